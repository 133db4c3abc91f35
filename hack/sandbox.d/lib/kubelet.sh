# shellcheck shell=bash
# A node with a real kubelet, for those who are root on a machine with containerd and runc: `hack/sandbox kubelet up`
# adds it to the provider in Spain. Everything it starts lives in namespaces and cgroups of its own, so that `down`
# leaves nothing on the machine: no mount, no process, no network link, no cgroup, no changed setting.

KUBELET_CLUSTER=neocloud-es
KUBELET_NODE=$KUBELET_CLUSTER-real-0
KUBELET_IMAGE=sandbox.neoburst.io/workload:1
# For all its pods together, in MiB. As much again is for the programs of the node.
KUBELET_MEMORY=1024

kubelet_folder() { echo "$STATE/$KUBELET_CLUSTER/kubelet"; }

# A name for what cannot lie in the instance's folder: control groups and the bridge. At most 15 characters.
kubelet_mark() { printf 'nbk-%08x' "$(printf '%s' "$STATE" | cksum | cut -d' ' -f1)"; }

# Prints why no kubelet can run here; nothing when one can.
kubelet_obstacle() {
  local tool missing=()
  for tool in containerd ctr runc containerd-shim-runc-v2 ip unshare busybox; do
    in_root_path command -v "$tool" > /dev/null || missing+=("$tool")
  done
  if [[ $UID -ne 0 ]]; then echo "it needs root"
  elif [[ "$STATE" =~ ^/(run|var/lib|var/log)/ ]]; then echo "$STATE is in a place that the node hides from itself"
  elif [[ ${#missing[@]} -gt 0 ]]; then echo "missing: ${missing[*]}"
  elif [[ ! -x /usr/lib/cni/bridge ]]; then echo "missing: /usr/lib/cni/bridge"
  elif ! unshare --mount --pid --fork true 2> /dev/null; then echo "the kernel gives no namespaces"
  elif ! probe_network; then echo "the kernel gives no network bridges"
  elif ! probe_cgroups; then echo "no control groups can be made in /sys/fs/cgroup"
  fi
}

in_root_path() { PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" "$@"; }

probe_network() {
  # In a network namespace that goes with the probe.
  in_root_path unshare --net bash -c 'ip link add probe type bridge && ip link add one type veth peer name two' 2> /dev/null
}

probe_cgroups() {
  local group
  group=$(cgroup_folders | head -n 1)
  [[ -n "$group" ]] && mkdir "$group-probe" 2> /dev/null && rmdir "$group-probe"
}

kubelet_up() {
  local obstacle
  check_up
  obstacle=$(kubelet_obstacle)
  [[ -z "$obstacle" ]] || die "no real kubelet can run here: $obstacle" "as root: apt-get install containerd runc containernetworking-plugins busybox-static iproute2"
  ! process_pid "$KUBELET_CLUSTER" kubelet > /dev/null || die "the kubelet runs already" "hack/sandbox kubelet down"
  ensure_kubelet_binaries
  exec {UP_LOCK}< "$STATE"
  flock -n "$UP_LOCK" || die "another 'up' of instance '$INSTANCE' is at work" "wait for it"
  kubelet_remove
  mkdir -p "$(kubelet_folder)"
  trap 'kubelet_failed $?' EXIT
  make_image
  make_kubelet_network
  make_cgroups
  change_kernel_settings
  make_kubelet_access
  start_kubelet
  wait_for 90 "$KUBELET_CLUSTER" kubelet kubelet_ready
  trap - EXIT
  say "node $KUBELET_NODE of $KUBELET_CLUSTER is ready: 4 GPUs, image $KUBELET_IMAGE"
}

ensure_kubelet_binaries() {
  choose_version
  ensure_binary kubelet kubelet
  ensure_own_program gpuplugin
  ensure_own_program workload
}

kubelet_failed() {
  trap - EXIT
  [[ "$1" != 0 ]] || return 0
  local log
  for log in containerd kubelet gpuplugin; do
    say "the end of $log.log:"
    tail -n 8 "$(kubelet_folder)/$log.log" 2> /dev/null | cut -c1-300 | sed "s/^/  | /" >&2 || true
  done
  kubelet_stop
  exit "$1"
}

kubelet_down() {
  check_up
  kubelet_stop
  kubectl_of "$KUBELET_CLUSTER" delete node "$KUBELET_NODE" --ignore-not-found > /dev/null
  kubectl_of "$KUBELET_CLUSTER" delete pods --all-namespaces --field-selector "spec.nodeName=$KUBELET_NODE" --force --grace-period=0 > /dev/null 2>&1
  say "node $KUBELET_NODE is gone"
}

# One image for everything: busybox for a shell, tar and the like, and our own program. No registry: containerd reads it
# from a file in the format of `docker save`.
make_image() {
  local folder staging
  folder=$(kubelet_folder)
  staging="$folder/image"
  mkdir -p "$staging/rootfs/bin" "$staging/rootfs/tmp"
  cp "$(command -v busybox)" "$staging/rootfs/bin/busybox"
  cp "${BIN_OF[workload]}" "$staging/rootfs/bin/workload"
  chmod -R go+rX "$staging/rootfs" && chmod 1777 "$staging/rootfs/tmp"
  local applet
  for applet in $(busybox --list); do [[ -e "$staging/rootfs/bin/$applet" ]] || ln -s busybox "$staging/rootfs/bin/$applet"; done
  tar -C "$staging/rootfs" --owner=0 --group=0 -cf "$staging/layer.tar" .
  cat > "$staging/config.json" << JSON
{"architecture": "$(go_architecture)", "os": "linux",
 "config": {"Env": ["PATH=/bin"], "Entrypoint": ["/bin/workload"], "Cmd": ["pause"]},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(sha256sum < "$staging/layer.tar" | cut -d' ' -f1)"]}}
JSON
  echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$KUBELET_IMAGE\"], \"Layers\": [\"layer.tar\"]}]" > "$staging/manifest.json"
  tar -C "$staging" -cf "$folder/image.tar" manifest.json config.json layer.tar
  rm -rf "$staging"
}

go_architecture() { case "$(uname -m)" in x86_64) echo amd64 ;; aarch64) echo arm64 ;; *) uname -m ;; esac; }

# A bridge that pods are plugged into. They reach this machine and each other, and nothing else. Its address is the
# node's, as a kubelet refuses to be at a loopback address.
make_kubelet_network() {
  local mark subnet third
  mark=$(kubelet_mark)
  for third in $(seq 40 250) ''; do
    subnet=10.213.$third
    in_root_path ip -o -4 address | grep -q " $subnet\." || break
  done
  [[ -n "$third" ]] || die "no free subnet in 10.213.0.0/16" "take down other sandboxes' kubelets"
  in_root_path ip link add "$mark" type bridge
  in_root_path ip address add "$subnet.1/24" dev "$mark"
  in_root_path ip link set "$mark" up
  echo "$subnet" > "$(kubelet_folder)/subnet"
  mkdir "$(kubelet_folder)/cni"
  sed -e "s/@BRIDGE@/$mark/; s/@SUBNET@/$subnet/g" "$SANDBOX_HOME/kubelet/network.conflist" > "$(kubelet_folder)/cni/10-sandbox.conflist"
}

# The instance's folder in every hierarchy of control groups: one each with version 1, one in all with version 2.
cgroup_folders() {
  local base
  for base in /sys/fs/cgroup /sys/fs/cgroup/*; do
    [[ ! -e "$base/cgroup.procs" ]] || echo "$base/$(kubelet_mark)"
  done
}

# Limited as a whole. The programs of the node are in `node`, the kubelet makes what pods are in.
make_cgroups() {
  local folder memory=$((KUBELET_MEMORY * 2 * 1048576)) processors=$((($(nproc) + 1) / 2)) file
  cgroup_folders | while read -r folder; do
    mkdir -p "$folder"
    # With version 1 a set of processors starts empty.
    for file in cpuset.cpus cpuset.mems; do
      [[ ! -w "$folder/$file" ]] || cat "${folder%/*}/$file" > "$folder/$file"
    done
    limit_cgroup "$folder" memory.limit_in_bytes "$memory"
    limit_cgroup "$folder" memory.max "$memory"
    limit_cgroup "$folder" cpu.cfs_quota_us "$((processors * 100000))"
    limit_cgroup "$folder" cpu.max "$((processors * 100000)) 100000"
    mkdir -p "$folder/node"
    for file in cpuset.cpus cpuset.mems; do [[ ! -w "$folder/node/$file" ]] || cat "$folder/$file" > "$folder/node/$file"; done
  done
}

limit_cgroup() { [[ ! -w "$1/$2" ]] || echo "$3" > "$1/$2"; }

# What a kubelet sets, and the number of file watchers, of which containerd and the kubelet need more than a machine with
# some sandboxes has left. `down` sets all of it back.
change_kernel_settings() {
  local name watchers=fs/inotify/max_user_instances
  for name in "$watchers" vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
    [[ ! -r "/proc/sys/$name" ]] || echo "$name $(< "/proc/sys/$name")"
  done > "$(kubelet_folder)/kernel-settings"
  [[ "$(< "/proc/sys/$watchers")" -ge 1024 ]] || echo 1024 > "/proc/sys/$watchers"
}

make_kubelet_access() {
  local pki="$STATE/$KUBELET_CLUSTER/pki" subnet
  subnet=$(< "$(kubelet_folder)/subnet")
  new_certificate "$pki" kubelet "/CN=$KUBELET_NODE" serverAuth "IP:$subnet.1,DNS:$KUBELET_NODE"
  new_certificate "$pki" real-node "/O=system:masters/CN=system:node:$KUBELET_NODE" clientAuth
  kubeconfig_by_certificate "$KUBELET_CLUSTER" real-node "$(kubelet_folder)/kubeconfig"
  # What a cluster's installer does: the API server may use the API of kubelets, which ask who may.
  kubectl_of "$KUBELET_CLUSTER" apply --server-side -f - > /dev/null << 'YAML'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: kube-apiserver-kubelet-client}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:kubelet-api-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: kube-apiserver-kubelet-client}]
YAML
}

start_kubelet() {
  local folder subnet memory
  folder=$(kubelet_folder)
  subnet=$(< "$folder/subnet")
  memory=$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)
  sed "s|@FOLDER@|$folder|" "$SANDBOX_HOME/kubelet/containerd.toml" > "$folder/containerd.toml"
  sed -e "s|@CGROUP@|$(kubelet_mark)|; s|@RESERVED_MEMORY@|$((memory - KUBELET_MEMORY))Mi|; s|@ADDRESS@|$subnet.1|" \
    -e "s|@PORT@|${PORT[$KUBELET_CLUSTER/kubelet]}|; s|@HEALTH_PORT@|${PORT[$KUBELET_CLUSTER/kubelet-health]}|" \
    -e "s|@PKI@|$STATE/$KUBELET_CLUSTER/pki|" "$SANDBOX_HOME/kubelet/kubelet.yaml" > "$folder/kubelet.yaml"
  # shellcheck disable=SC2016  # expanded by the inner shell, whose first act is to enter the control groups
  start_process "$KUBELET_CLUSTER" kubelet bash -c '
    while read -r group; do echo $$ > "$group/node/cgroup.procs"; done <<< "$1"
    exec unshare --mount --propagation slave --pid --fork --kill-child --mount-proc "${@:2}"' enter "$(cgroup_folders)" \
    "$SANDBOX_HOME/kubelet/node" "$folder" "${BIN_OF[kubelet]}" "${BIN_OF[gpuplugin]}" \
    --config="$folder/kubelet.yaml" --kubeconfig="$folder/kubeconfig" \
    --hostname-override="$KUBELET_NODE" --node-ip="$subnet.1" --node-labels="$(gpu_labels 4 eu-south-03 eu-south-03-a)"
}

# gpu_labels COUNT REGION ZONE: those of gpu-node.yaml that are not the kubelet's own to write.
gpu_labels() {
  awk -v count="$1" -v region="$2" -v zone="$3" '
    /^  labels:/ { inside = 1; next }
    /^[a-z]/ { inside = 0 }
    !inside || /kubernetes.io\/(arch|os|hostname):/ { next }
    {
      sub(/:$/, "", $1); gsub(/"/, "", $2)
      if ($1 == "nvidia.com/gpu.count") $2 = count
      sub(/@REGION@/, region, $2); sub(/@ZONE@/, zone, $2)
      printf "%s%s=%s", separator, $1, $2
      separator = ","
    }' "$SANDBOX_HOME/gpu-node.yaml"
}

kubelet_ready() {
  [[ "$(kubectl_of "$KUBELET_CLUSTER" get node "$KUBELET_NODE" \
    -o go-template='{{index .status.allocatable "nvidia.com/gpu"}} {{range .status.conditions}}{{if eq .type "Ready"}}{{.status}}{{end}}{{end}}' 2> /dev/null)" == "4 True" ]]
}

# Ends it, and removes what is outside of the instance's folder.
kubelet_stop() {
  local pid
  if pid=$(process_pid "$KUBELET_CLUSTER" kubelet); then
    # The first process of the node ends with this one, and everything in its namespace with it.
    kill -KILL "$pid" 2> /dev/null || true
    for ((tries = 0; tries < 100; tries++)); do
      [[ -e "/proc/$pid" ]] || break
      sleep 0.1
    done
  fi
  rm -f "$STATE/$KUBELET_CLUSTER/kubelet.pid"
  kubelet_remove
}

# kubelet_remove: after its processes have ended; safe to repeat, also when nothing is there.
kubelet_remove() {
  local folder group name value tries
  folder=$(kubelet_folder)
  [[ -d "$folder" ]] || return 0
  in_root_path ip link delete "$(kubelet_mark)" 2> /dev/null || true
  while read -r name value; do echo "$value" > "/proc/sys/$name"; done < "$folder/kernel-settings" 2> /dev/null || true
  for group in $(cgroup_folders); do
    # A group can be removed a moment after its last process has ended.
    for ((tries = 0; tries < 100; tries++)); do
      find "$group" -depth -type d -exec rmdir {} + 2> /dev/null || true
      [[ -d "$group" ]] || break
      sleep 0.1
    done
  done
  for ((tries = 0; tries < 50; tries++)); do
    rm -rf "$folder" 2> /dev/null && break
    sleep 0.1
  done
}
