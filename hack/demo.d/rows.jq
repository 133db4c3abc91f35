# kubectl get pods,podbursts -o json -> one tab-separated row per pod:
# pod, state, node, provider, country, seconds, GPU-seconds charged, cost, currency, end reason
def stamp: if . == null then null else sub("\\.[0-9]+"; "") | fromdateiso8601 end;
def ended: [.status.containerStatuses[]?.state.terminated.finishedAt // empty] | max | stamp;
def begun: [.status.containerStatuses[]?.state | (.running.startedAt // .terminated.startedAt // empty)] | min | stamp;

([.items[] | select(.kind == "PodBurst") | {key: .spec.podUID, value: .}] | from_entries) as $bursts
| [.items[] | select(.kind == "Pod")] | sort_by(.spec.nodeName // "~", .metadata.name)[]
| ($bursts[.metadata.uid] // {}) as $burst
| ($burst.status.attempt // {}) as $attempt
| (.spec.nodeName // "") as $node
| ($node | startswith("neoburst-")) as $away
| (.status.phase // "Pending") as $phase
| [ .metadata.name,
    (if $phase == "Pending" and $node == "" and $burst.status.state != null then $burst.status.state
     elif $phase == "Pending" and $away then "Starting" else $phase end),
    (if $node == "" then "-" else $node end),
    (if $away or $node == "" then ($attempt.provider // "-") else "home" end),
    (if $away or $node == "" then ($attempt.country // "-") else "-" end),
    ((ended // now) - (begun // (.metadata.creationTimestamp | stamp)) | floor | if . < 0 then 0 else . end),
    ($burst.status.gpuSeconds // "-"), ($burst.status.cost // "-"), ($attempt.currency // "-"),
    ($burst.status.endReason // "-" | if . == "" then "-" else . end) ]
| map(tostring) | @tsv
