# shellcheck shell=bash
# metrics-server, for those who ask for it: `hack/sandbox metrics up`. It stands for what home has, where it reads the
# burst nodes' kubelet API, and for a provider that has a metrics API. The other providers have none.

METRICS_CLUSTERS=(home neocloud-eu)

metrics_up() {
  local cluster
  check_up
  choose_version
  [[ "$METRICS_VERSION" != - ]] || { say "no metrics-server is built for Kubernetes $K8S_MINOR; going on without"; return 0; }
  ensure_binary metrics-server metrics-server
  exec {UP_LOCK}< "$STATE"
  flock -n "$UP_LOCK" || die "another 'up' of instance '$INSTANCE' is at work" "wait for it"
  ln -sf "${BIN_OF[metrics-server]}" "$STATE/bin/metrics-server"
  for cluster in "${METRICS_CLUSTERS[@]}"; do
    ! process_pid "$cluster" metrics-server > /dev/null || continue
    new_certificate "$STATE/$cluster/pki" metrics-server "/CN=metrics-server" serverAuth "DNS:metrics-server.kube-system.svc"
    metrics_objects "$cluster" | kubectl_of "$cluster" apply --server-side -f - > /dev/null
    kubeconfig_by_token "$cluster" kube-system metrics-server "$STATE/$cluster/metrics-server.kubeconfig"
    start_metrics_server "$cluster"
  done
  for cluster in "${METRICS_CLUSTERS[@]}"; do wait_for 60 "$cluster" metrics-server metrics_api_available "$cluster"; done
  say "${METRICS_CLUSTERS[*]} have a metrics API; the first numbers come after two readings, ten seconds apart"
}

metrics_down() {
  local cluster pid
  check_up
  for cluster in "${METRICS_CLUSTERS[@]}"; do
    # First the API, so that no client waits for a server that is gone.
    metrics_objects "$cluster" | kubectl_of "$cluster" delete --ignore-not-found -f - > /dev/null
    ! pid=$(process_pid "$cluster" metrics-server) || kill -KILL "$pid" 2> /dev/null || true
    rm -f "$STATE/$cluster/metrics-server.pid"
  done
}

metrics_objects() {
  sed -e "s/@PORT@/${PORT[$1/metrics-server]}/; s/@CA@/$(base64 -w0 < "$STATE/$1/pki/ca.crt" | sed 's/[&/\]/\\&/g')/" "$SANDBOX_HOME/metrics-server.yaml"
}
