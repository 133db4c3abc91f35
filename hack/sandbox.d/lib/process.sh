# shellcheck shell=bash
# Starting, recognising and ending processes.
#
# A process of ours carries NEOBURST_SANDBOX_PROCESS=<state dir>|<cluster>|<component> in its environment, which
# nobody can change after exec. That mark, not a number in a file, is what proves a process to be ours: a recycled
# pid never has it, and a process whose pid was not yet written down when `up` was killed still does.

process_mark() { printf 'NEOBURST_SANDBOX_PROCESS=%s|%s|%s' "$STATE" "$1" "$2"; }

# has_mark PID EXACT_MARK, or has_mark PID PREFIX '*'
has_mark() {
  local entry
  while IFS= read -r -d '' entry; do
    if [[ $# -eq 3 ]]; then [[ "$entry" != "$2"* ]] || return 0
    else [[ "$entry" != "$2" ]] || return 0; fi
  done 2>/dev/null < "/proc/$1/environ"
  return 1
}

# start_process CLUSTER COMPONENT COMMAND...
# The process gets a session of its own (it survives our shell and its terminal), files for its output, and an
# environment with nothing in it but what it needs: a stray HTTPS_PROXY or GODEBUG must not change a test.
start_process() {
  local cluster=$1 component=$2 folder="$STATE/$1"
  shift 2
  # shellcheck disable=SC2016  # expanded by the inner shell, which becomes the component
  setsid env -i PATH="$PATH" HOME="$folder" TMPDIR="$folder" KWOK_WORKDIR="$folder/kwok-work" GOMAXPROCS="${GOMAXPROCS:-}" \
    "$(process_mark "$cluster" "$component")" \
    bash -c 'echo $$ > "$1"; shift; exec "$@"' start "$folder/$component.pid" "$@" \
    < /dev/null > "$folder/$component.log" 2>&1 {UP_LOCK}>&- &
  disown
}

# Prints the pid of a component that lives; fails when it does not.
process_pid() {
  local pid=""
  read -r pid 2>/dev/null < "$STATE/$1/$2.pid" || return 1
  [[ "$pid" =~ ^[0-9]+$ ]] && has_mark "$pid" "$(process_mark "$1" "$2")" || return 1
  echo "$pid"
}

# All processes of this instance, whether or not a pid file speaks of them.
instance_pids() {
  local folder pid
  for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    [[ -O "$folder" ]] || continue
    ! has_mark "$pid" "NEOBURST_SANDBOX_PROCESS=$STATE|" '*' || echo "$pid"
  done
}

# Nothing is worth a graceful stop: the data goes with the instance, and an API server would wait a minute for its
# watchers. Repeated until none is left, as a process may have forked between looking and killing.
kill_instance() {
  local pids attempt
  for attempt in {1..50}; do
    pids=$(instance_pids)
    [[ -n "$pids" ]] || return 0
    # shellcheck disable=SC2086  # one word per pid is meant
    kill -KILL $pids 2>/dev/null || true
    sleep 0.1
  done
  die "processes ${pids//$'\n'/ } of $STATE do not end after $attempt tries" "look at them with ps; one may hang in the kernel"
}

# wait_for SECONDS CLUSTER COMPONENT COMMAND...: repeat the command until it succeeds; stop at once with the log's
# end when the component dies meanwhile.
wait_for() {
  local limit=$1 cluster=$2 component=$3 deadline unseen=0
  shift 3
  deadline=$((SECONDS + limit))
  # A process exists a moment before its pid file does.
  until [[ -s "$STATE/$cluster/$component.pid" ]] || ((SECONDS >= deadline)); do sleep 0.02; done
  until "$@" > /dev/null 2>&1; do
    # Not seen once is not dead: between fork and exec a process does not carry its mark yet.
    if process_pid "$cluster" "$component" > /dev/null; then unseen=0; else unseen=$((unseen + 1)); fi
    ((unseen < 20)) || fail_component "$cluster" "$component" "ended while starting"
    ((SECONDS < deadline)) || fail_component "$cluster" "$component" "is not ready after $limit s"
    sleep 0.1
  done
}

fail_component() {
  local log="$STATE/$1/$2.log"
  printf 'sandbox: %s of cluster %s %s; the end of its log:\n' "$2" "$1" "$3" >&2
  tail -n 15 "$log" 2>/dev/null | cut -c1-400 | sed 's/^/  | /' >&2
  exit 1
}
