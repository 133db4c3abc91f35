# shellcheck shell=bash
# shellcheck disable=SC2034  # PORT is read by the other files
# Free ports. They are chosen below the kernel's ephemeral range (32768 and up), so that an outgoing connection
# cannot take one between our choice and the server's bind, and are remembered in $STATE/ports as "name port".

declare -A PORT=()

# Every local TCP port in use, from the kernel's own table: no tool need be installed for it.
ports_in_use() {
  local files=(/proc/net/tcp)
  [[ ! -r /proc/net/tcp6 ]] || files+=(/proc/net/tcp6)
  awk 'FNR > 1 { split($2, local, ":"); print local[2] }' "${files[@]}" |
    while read -r hex; do echo $((16#$hex)); done
}

# Ports promised to other instances that may not have bound them yet.
ports_promised() {
  local file
  for file in "$BASE"/*/ports; do
    [[ ! -r "$file" ]] || cut -d' ' -f2 "$file"
  done
}

port_names() {
  local cluster component
  echo extender
  echo "$KUBELET_CLUSTER/kubelet"
  echo "$KUBELET_CLUSTER/kubelet-health"
  for cluster in "${CLUSTERS[@]}"; do
    echo "$cluster/etcd-peer"
    echo "$cluster/metrics-server"
    for component in $(components_of "$cluster"); do echo "$cluster/$component"; done
  done
}

# Call with the base folder locked.
allocate_ports() {
  local -A taken=()
  local port name
  for port in $(ports_in_use) $(ports_promised); do taken[$port]=1; done
  port=$((20000 + RANDOM % 11000))
  for name in $(port_names); do
    while [[ -n "${taken[$port]:-}" ]]; do port=$((port + 1)); done
    PORT[$name]=$port
    echo "$name $port"
    port=$((port + 1))
  done > "$STATE/ports.new"
  mv "$STATE/ports.new" "$STATE/ports"
}

load_ports() {
  local name port
  PORT=()
  [[ -r "$STATE/ports" ]] || return 1
  while read -r name port; do PORT[$name]=$port; done < "$STATE/ports"
}
