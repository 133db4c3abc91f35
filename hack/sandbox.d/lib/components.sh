# shellcheck shell=bash
# The processes of one cluster and their flags.

# Requests per second of every client. The defaults (20 to 50) would be what a benchmark measures.
CLIENT_QPS=1000

start_cluster() {
  local cluster=$1
  start_etcd "$cluster"
  wait_for 30 "$cluster" etcd etcd_healthy "$cluster"
  start_apiserver "$cluster"
  wait_for 90 "$cluster" kube-apiserver component_healthy "$cluster" kube-apiserver
  start_controller_manager "$cluster"
  start_scheduler "$cluster"
  start_kwok "$cluster"
  ! is_provider "$cluster" || start_startgate "$cluster"
}

wait_cluster() {
  local cluster=$1 component
  for component in $(components_of "$cluster"); do
    wait_for 60 "$cluster" "$component" component_healthy "$cluster" "$component"
  done
}

etcd_healthy() { curl -fs -m 2 "http://127.0.0.1:${PORT[$1/etcd]}/health" | grep -q '"health":"true"'; }

component_healthy() {
  local address="127.0.0.1:${PORT[$1/$2]}" ca="$STATE/$1/pki/ca.crt"
  case "$2" in
    etcd) etcd_healthy "$1" ;;
    kube-apiserver) curl -fs -m 2 --cacert "$ca" "https://$address/readyz" > /dev/null ;;
    startgate) curl -fs -m 2 "http://$address/healthz" > /dev/null ;;
    kubelet) curl -fs -m 2 "http://127.0.0.1:${PORT[$1/kubelet-health]}/healthz" > /dev/null ;;
    metrics-server) metrics_api_available "$1" ;;
    *) curl -fs -m 2 --cacert "$ca" "https://$address/healthz" > /dev/null ;;
  esac
}

metrics_api_available() {
  [[ "$(kubectl_of "$1" get apiservice v1beta1.metrics.k8s.io \
    -o jsonpath='{.status.conditions[?(@.type=="Available")].status}')" == True ]]
}

# One member talks to nobody, so short election times only save the first second; fsync guards data nobody will miss.
start_etcd() {
  local cluster=$1 url="http://127.0.0.1:${PORT[$1/etcd]}" peer="http://127.0.0.1:${PORT[$1/etcd-peer]}"
  start_process "$cluster" etcd "$STATE/bin/etcd" \
    --name="$cluster" --data-dir="$DATA/$cluster" --unsafe-no-fsync=true \
    --listen-client-urls="$url" --advertise-client-urls="$url" \
    --listen-peer-urls="$peer" --initial-advertise-peer-urls="$peer" --initial-cluster="$cluster=$peer" \
    --heartbeat-interval=20 --election-timeout=200 \
    --auto-compaction-mode=periodic --auto-compaction-retention=10m --quota-backend-bytes=4294967296 --log-level=warn
}

# Priority and fairness stays on, with room for far more than two cores can serve: requests queue for the processor,
# never for a seat.
start_apiserver() {
  local cluster=$1 pki="$STATE/$1/pki" audit=()
  if [[ "${NEOBURST_SANDBOX_AUDIT:-}" == 1 ]]; then
    audit=(--audit-policy-file="$SANDBOX_HOME/audit-policy.yaml" --audit-log-path="$STATE/$cluster/audit.log" --audit-log-maxsize=4096)
  fi
  start_process "$cluster" kube-apiserver "$STATE/bin/kube-apiserver" \
    --etcd-servers="http://127.0.0.1:${PORT[$cluster/etcd]}" \
    --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port="${PORT[$cluster/kube-apiserver]}" \
    --endpoint-reconciler-type=none --service-cluster-ip-range=10.0.0.0/24 \
    --client-ca-file="$pki/ca.crt" --tls-cert-file="$pki/serving.crt" --tls-private-key-file="$pki/serving.key" \
    --authorization-mode=RBAC --enable-admission-plugins=ServiceAccount --allow-privileged=true \
    --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$pki/service-account.pub" --service-account-signing-key-file="$pki/service-account.key" \
    --kubelet-client-certificate="$pki/kubelet-client.crt" --kubelet-client-key="$pki/kubelet-client.key" \
    --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --requestheader-client-ca-file="$pki/ca.crt" --requestheader-allowed-names=front-proxy \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
    --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key" \
    --max-requests-inflight=3000 --max-mutating-requests-inflight=1000 \
    "${audit[@]}"
}

start_controller_manager() {
  local cluster=$1 pki="$STATE/$1/pki"
  start_process "$cluster" kube-controller-manager "$STATE/bin/kube-controller-manager" \
    --kubeconfig="$STATE/$cluster/kube-controller-manager.kubeconfig" --leader-elect=false \
    --bind-address=127.0.0.1 --secure-port="${PORT[$cluster/kube-controller-manager]}" \
    --tls-cert-file="$pki/serving.crt" --tls-private-key-file="$pki/serving.key" \
    --service-account-private-key-file="$pki/service-account.key" --root-ca-file="$pki/ca.crt" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
    --horizontal-pod-autoscaler-sync-period=5s --horizontal-pod-autoscaler-downscale-stabilization=10s \
    --horizontal-pod-autoscaler-initial-readiness-delay=5s --horizontal-pod-autoscaler-cpu-initialization-period=5s \
    --kube-api-qps="$CLIENT_QPS" --kube-api-burst="$CLIENT_QPS"
}

start_scheduler() {
  local cluster=$1 folder="$STATE/$1" template="$SANDBOX_HOME/provider-scheduler.yaml"
  is_provider "$cluster" || template="$SANDBOX_HOME/home-scheduler.yaml"
  sed -e "s|@KUBECONFIG@|$folder/kube-scheduler.kubeconfig|" -e "s|@EXTENDER_PORT@|${PORT[extender]}|" \
    "$template" > "$folder/scheduler.yaml"
  start_process "$cluster" kube-scheduler "$STATE/bin/kube-scheduler" \
    --config="$folder/scheduler.yaml" --bind-address=127.0.0.1 --secure-port="${PORT[$cluster/kube-scheduler]}" \
    --authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics \
    --tls-cert-file="$folder/pki/serving.crt" --tls-private-key-file="$folder/pki/serving.key"
}

start_kwok() {
  local cluster=$1 folder="$STATE/$1" gated=false
  ! is_provider "$cluster" || gated=true
  mkdir -p "$folder/exec"
  write_container_logs "$cluster"
  sed "s|@DIR@|$folder|; s|@TICKER@|$STATE/$HOME_CLUSTER/logs/ticker.log|" "$SANDBOX_HOME/kwok.yaml" > "$folder/kwok.yaml"
  local stage
  for stage in node pod-start pod-complete pod-deadline pod-delete usage $([[ $gated == false ]] || echo pod-admit); do
    echo ---
    sed "s/@GATED@/$gated/" "$SANDBOX_HOME/stages/$stage.yaml"
  done >> "$folder/kwok.yaml"
  start_process "$cluster" kwok "$STATE/bin/kwok" \
    --config="$folder/kwok.yaml" --kubeconfig="$folder/kwok.kubeconfig" \
    --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake --cidr=10.244.0.0/16 \
    --node-ip=127.0.0.1 --node-port="${PORT[$cluster/kwok]}" --server-address="127.0.0.1:${PORT[$cluster/kwok]}" \
    --tls-cert-file="$folder/pki/serving.crt" --tls-private-key-file="$folder/pki/serving.key"
}

# The files behind kwok.yaml's ClusterLogs, in the format a container runtime writes, which kwok parses. One growing
# file is enough for all clusters.
write_container_logs() {
  local cluster=$1 folder="$STATE/$1/logs"
  mkdir -p "$folder"
  log_line "a container on a fake node of $cluster" > "$folder/container.log"
  log_line "a container on a fake node of $cluster, before its restart" > "$folder/previous.log"
  log_line "a file that tests may write" > "$folder/file.log"
  is_provider "$cluster" || start_process "$cluster" ticker "$SANDBOX_HOME/ticker" "$folder/ticker.log"
}

log_line() { printf '%s stdout F %s\n' "$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)" "$1"; }

# It believes kubelets whose certificate the cluster has signed, as its documentation asks for, and is itself a service
# account with the rights of its documentation (metrics-server.yaml).
start_metrics_server() {
  local cluster=$1 pki="$STATE/$1/pki" kubeconfig="$STATE/$1/metrics-server.kubeconfig"
  start_process "$cluster" metrics-server "$STATE/bin/metrics-server" \
    --kubeconfig="$kubeconfig" --authentication-kubeconfig="$kubeconfig" --authorization-kubeconfig="$kubeconfig" \
    --bind-address=127.0.0.1 --secure-port="${PORT[$cluster/metrics-server]}" \
    --tls-cert-file="$pki/metrics-server.crt" --tls-private-key-file="$pki/metrics-server.key" \
    --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP --kubelet-use-node-status-port \
    --metric-resolution=10s --kubelet-request-timeout=5s
}

start_startgate() {
  start_process "$1" startgate "$STATE/bin/startgate" \
    --kubeconfig="$STATE/$1/startgate.kubeconfig" --listen="127.0.0.1:${PORT[$1/startgate]}" --except-node="$1-real-0"
}
