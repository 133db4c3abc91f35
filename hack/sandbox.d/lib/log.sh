# shellcheck shell=bash
# Progress and errors. Both go to standard error: standard output belongs to `env` and `status`.

say() { printf '[sandbox %3ds] %s\n' "$SECONDS" "$*" >&2; }

# die WHAT [HOW TO MEND IT]
die() {
  printf 'sandbox: error: %s\n' "$1" >&2
  [[ $# -lt 2 ]] || printf '  to mend it: %s\n' "$2" >&2
  exit 1
}

# report_every SECONDS TEXT COMMAND...: run a long command and say now and then that it is still at work.
report_every() {
  local period=$1 text=$2 command_pid next
  shift 2
  "$@" &
  command_pid=$!
  next=$((SECONDS + period))
  while kill -0 "$command_pid" 2>/dev/null; do
    sleep 0.3
    ((SECONDS < next)) || { say "$text"; next=$((SECONDS + period)); }
  done
  wait "$command_pid"
}
