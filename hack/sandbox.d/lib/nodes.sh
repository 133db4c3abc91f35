# shellcheck shell=bash
# The fake nodes: how many, where.

# cluster, number of nodes, region, zone
nodes_of() {
  case "$1" in
    home) echo "1 home-region home-region-a" ;;
    neocloud-eu) echo "4 eu-north1 eu-north1-a" ;; # Finland
    neocloud-us) echo "4 us-east1 us-east1-a" ;;   # Virginia
    neocloud-es) echo "0 - -" ;;                   # Spain; who needs nodes there makes them
  esac
}

node_manifests() {
  local cluster=$1 count region zone index
  read -r count region zone <<< "$(nodes_of "$cluster")"
  for ((index = 0; index < count; index++)); do
    echo ---
    sed -e "s/@NAME@/$cluster-gpu-$index/; s/@REGION@/$region/; s/@ZONE@/$zone/; s/@K8S_VERSION@/$K8S_VERSION/" \
      "$SANDBOX_HOME/gpu-node.yaml"
  done
}

# Ready, and no taint left of the time before: from here on a pod is scheduled at the first attempt.
nodes_ready() {
  local count ready
  read -r count _ <<< "$(nodes_of "$1")"
  # shellcheck disable=SC2016
  ready=$(kubectl_of "$1" get nodes -o go-template='{{range .items}}{{$n := .}}{{range .status.conditions}}{{if and (eq .type "Ready") (eq .status "True") (not $n.spec.taints)}}x{{end}}{{end}}{{end}}')
  [[ ${#ready} -ge $count ]]
}
