# shellcheck shell=bash
# The sandbox of one lane of hack/test: brought up by its first job that needs one, taken down when the lane ends.

SANDBOX_STATE=down

sandbox_up() {
  [[ $SANDBOX_STATE == down ]] || { [[ $SANDBOX_STATE == up ]]; return; }
  choose_instance || return 1
  # Before anything is up: from here on the end of the lane takes it down.
  SANDBOX_STATE=broken
  run_logged "$(sandbox_log)" "hack/sandbox up (instance $NEOBURST_SANDBOX; the first time on a machine it builds Kubernetes)" \
    fresh_sandbox || return 1
  eval "$(hack/sandbox env)"
  SANDBOX_STATE=up
}

sandbox_log() { echo "$REPORTS/sandbox-${NEOBURST_SANDBOX:-none}.log"; }

# "test", or "test-2" and so on while other lanes and other runs hold it. What a killed run left there has no holder and
# is replaced.
choose_instance() {
  local name base=${NEOBURST_SANDBOX:-test}
  for name in "$base" "$base"-{2..12}; do
    exec {INSTANCE_LOCK}> "${TMPDIR:-/tmp}/neoburst-$UID-$name.lock"
    if flock -n "$INSTANCE_LOCK"; then
      export NEOBURST_SANDBOX=$name
      return 0
    fi
    exec {INSTANCE_LOCK}>&-
  done
  say "every sandbox instance from $base to $base-12 is in use by another run"
  return 1
}

# The lock must end with this lane, so the clusters do not inherit it. Their API servers keep audit logs: some tests
# read them.
fresh_sandbox() {
  exec {INSTANCE_LOCK}>&-
  hack/sandbox down && NEOBURST_SANDBOX_AUDIT=1 hack/sandbox up
}

sandbox_down() {
  [[ $SANDBOX_STATE != down ]] || return 0
  SANDBOX_STATE=down
  say "hack/sandbox down"
  hack/sandbox down || failure sandbox "it did not go down"
}
