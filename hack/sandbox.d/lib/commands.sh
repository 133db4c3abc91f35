# shellcheck shell=bash
# up, down, status, env.

sandbox_up() {
  need_tools
  # Asked before the long build, and again under the lock.
  refuse_if_running
  ensure_binaries
  claim_instance
  trap 'end_of_up $?' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  say "starting ${CLUSTERS[*]} in $STATE"
  local cluster pids=() failed=0
  # One shell per cluster, all at once. Each says itself what went wrong.
  for cluster in "${CLUSTERS[@]}"; do
    bring_up "$cluster" &
    pids+=($!)
  done
  for cluster in "${pids[@]}"; do wait "$cluster" || failed=1; done
  [[ $failed == 0 ]] || exit 1
  touch "$STATE/up"
  say "ready; next:  eval \"\$(${NEOBURST_SANDBOX:+NEOBURST_SANDBOX=$INSTANCE }hack/sandbox env)\""
}

bring_up() {
  # The parent cleans up; a second clean-up from here would race with it.
  trap - EXIT
  local cluster=$1 user
  mkdir -p "$STATE/$cluster" "$DATA/$cluster"
  make_pki "$cluster"
  kubeconfig_by_certificate "$cluster" admin "$(admin_kubeconfig "$cluster")"
  for user in kube-controller-manager kube-scheduler kwok startgate; do
    kubeconfig_by_certificate "$cluster" "$user" "$STATE/$cluster/$user.kubeconfig"
  done
  start_cluster "$cluster"
  # Not in a condition: there bash would go on after a failed command inside.
  furnish_cluster "$cluster"
  wait_cluster "$cluster"
  wait_for 60 "$cluster" kube-controller-manager default_accounts_ready "$cluster"
  wait_for 60 "$cluster" kwok nodes_ready "$cluster"
  say "$cluster is up"
}

# Takes the instance's folder for us, or refuses. Two at once cannot both succeed: the base folder is locked.
claim_instance() {
  local base_lock
  mkdir -p "$BASE"
  exec {base_lock}< "$BASE"
  flock "$base_lock"
  # `down` of another instance may have removed the folder between the two lines above.
  mkdir -p "$STATE"
  check_ownership
  exec {UP_LOCK}< "$STATE"
  flock -n "$UP_LOCK" || die "another 'up' of instance '$INSTANCE' is at work" "wait for it"
  refuse_if_running
  [[ ! -e "$STATE/ports" ]] || say "removing what a crashed run left in $STATE"
  remove_files
  echo "$INSTANCE" > "$STATE/instance"
  choose_data_folder
  link_binaries
  allocate_ports
  exec {base_lock}<&-
  load_ports
}

refuse_if_running() {
  [[ -z "$(instance_pids)" ]] || die "instance '$INSTANCE' is running already ($STATE)" \
    "use it with 'hack/sandbox env', end it with 'hack/sandbox down', or choose another name in NEOBURST_SANDBOX"
}

# NEOBURST_SANDBOX_DIR of one instance and NEOBURST_SANDBOX of another in the same shell is a mistake that would take
# down the wrong one. And a folder that is not ours is never emptied.
check_ownership() {
  local owner
  if [[ -r "$STATE/instance" ]]; then
    owner=$(< "$STATE/instance")
    [[ "$owner" == "$INSTANCE" ]] ||
      die "$STATE belongs to instance '$owner', not to '$INSTANCE'" "unset NEOBURST_SANDBOX_DIR, or set NEOBURST_SANDBOX=$owner"
  elif [[ -d "$STATE" && -n "$(ls -A "$STATE")" ]]; then
    die "$STATE is not empty and was not made by hack/sandbox" "choose another NEOBURST_SANDBOX_DIR"
  fi
}

choose_data_folder() {
  DATA="$STATE/etcd"
  if [[ -w /dev/shm ]]; then DATA=$(memory_dir); fi
  rm -rf "$DATA"
  mkdir -p "$DATA"
}

# One folder with every program, wherever each came from.
link_binaries() {
  local name
  mkdir -p "$STATE/bin"
  for name in "${!BIN_OF[@]}"; do ln -s "${BIN_OF[$name]}" "$STATE/bin/$name"; done
}

need_tools() {
  local tool missing=()
  for tool in curl openssl flock setsid awk; do command -v "$tool" > /dev/null || missing+=("$tool"); done
  [[ ${#missing[@]} -eq 0 ]] || die "missing: ${missing[*]}" "apt-get install curl openssl util-linux gawk"
}

end_of_up() {
  trap - EXIT
  [[ "$1" != 0 ]] || return 0
  say "not started; cleaning up"
  local job
  for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
  wait
  kill_instance
  remove_files
  remove_folders
  exit "$1"
}

remove_files() {
  kubelet_remove
  rm -rf "$(memory_dir)"
  # Only what is inside: the folder itself carries the lock of `up`. The owner's name goes last, so that an interrupted
  # clean-up can be taken up again.
  find "$STATE" -mindepth 1 ! -path "$STATE/instance" -delete 2>/dev/null || true
  rm -f "$STATE/instance"
}

remove_folders() {
  rmdir "$STATE" 2>/dev/null || true
  rmdir "$BASE" 2>/dev/null || true
}

sandbox_down() {
  [[ ! -d "$STATE" ]] || check_ownership
  # A run of `up` that is at work would start again what we kill; it owns the lock until it is done.
  if [[ -d "$STATE" ]]; then
    exec {UP_LOCK}< "$STATE"
    flock -n "$UP_LOCK" || { say "an 'up' is at work; waiting for its end"; flock -w 120 "$UP_LOCK"; } ||
      die "an 'up' of instance '$INSTANCE' is still at work" "end it first"
  fi
  kill_instance
  # The processes are dead but files of theirs may appear until the kernel is done with them; hence twice.
  remove_files
  remove_files
  remove_folders
  say "instance '$INSTANCE' is down"
}

sandbox_status() {
  local cluster component pid port health all=0
  check_up
  printf '%-12s %-24s %-8s %-6s %s\n' CLUSTER COMPONENT PID PORT HEALTH
  for cluster in "${CLUSTERS[@]}"; do
    for component in $(components_of "$cluster"); do
      # shellcheck disable=SC2153  # PORT comes from ports.sh
      port=${PORT[$cluster/$component]}
      if ! pid=$(process_pid "$cluster" "$component"); then
        pid=- health=dead all=1
      elif component_healthy "$cluster" "$component" 2> /dev/null; then
        health=healthy
      else
        health=unhealthy all=1
      fi
      printf '%-12s %-24s %-8s %-6s %s\n' "$cluster" "$component" "$pid" "$port" "$health"
    done
  done
  return "$all"
}

check_up() {
  [[ ! -d "$STATE" ]] || check_ownership
  if [[ ! -e "$STATE/up" ]] || ! load_ports; then
    die "instance '$INSTANCE' is not up" "${NEOBURST_SANDBOX:+NEOBURST_SANDBOX=$INSTANCE }hack/sandbox up"
  fi
}

sandbox_env() {
  check_up
  local provider name
  print_export NEOBURST_SANDBOX "$INSTANCE"
  print_export NEOBURST_SANDBOX_DIR "$STATE"
  print_export NEOBURST_K8S_BIN "$STATE/bin"
  print_export NEOBURST_EXTENDER_PORT "${PORT[extender]}"
  print_export KUBECONFIG "$STATE/home.kubeconfig"
  print_export NEOBURST_HOME_KUBECONFIG "$STATE/home.kubeconfig"
  print_export NEOBURST_OPERATOR_KUBECONFIG "$STATE/operator.kubeconfig"
  print_export NEOBURST_EXTENDER_KUBECONFIG "$STATE/extender.kubeconfig"
  for provider in "${PROVIDERS[@]}"; do
    name=${provider^^}
    name=${name//-/_}
    print_export "NEOBURST_${name}_KUBECONFIG" "$STATE/$provider.kubeconfig"
    print_export "NEOBURST_${name}_ADMIN_KUBECONFIG" "$STATE/$provider-admin.kubeconfig"
  done
}

print_export() { printf 'export %s=%q\n' "$1" "$2"; }
