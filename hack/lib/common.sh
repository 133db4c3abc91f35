# shellcheck shell=bash
# Progress, errors, long commands. Sourced first by every command in hack/.

PROJECT_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
COMMAND="hack/$(basename "$0")"

# Colour only for a person.
if [[ -t 1 && -z "${NO_COLOR:-}" && "${TERM:-dumb}" != dumb ]]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else
  BOLD="" DIM="" RED="" GREEN="" YELLOW="" PLAIN=""
fi

LANE="" # what this shell is at, said before each of its lines where several work beside each other
say() { printf '%s[%4ds]%s %s%s\n' "$DIM" "$SECONDS" "$PLAIN" "${LANE:+$LANE: }" "$*"; }

# die WHAT [HOW TO MEND IT]
die() {
  printf '%s: %serror:%s %s\n' "$COMMAND" "$RED" "$PLAIN" "$1" >&2
  [[ $# -lt 2 ]] || printf '  to mend it: %s\n' "$2" >&2
  exit 1
}

# run_logged LOG TEXT COMMAND...: runs a long command with its output in LOG; says every 30 s how far it is; shows
# the end of the log when it fails. Returns the command's exit code.
run_logged() {
  local log=$1 text=$2 pid next status=0 started=$SECONDS
  shift 2
  mkdir -p "$(dirname "$log")"
  say "$text"
  # A process group of its own, so that stop_running ends all of it.
  set -m
  "$@" > "$log" 2>&1 < /dev/null &
  set +m
  pid=$!
  RUNNING=$pid
  next=$((SECONDS + 30))
  while kill -0 "$pid" 2> /dev/null; do
    sleep 0.2
    ((SECONDS < next)) || { say "  still at it: $(last_line "$log")"; next=$((SECONDS + 30)); }
  done
  wait "$pid" || status=$?
  RUNNING=""
  if [[ $status -ne 0 ]]; then
    printf '%s%s failed (exit code %d after %d s); the end of %s:%s\n' "$RED" "$text" "$status" "$((SECONDS - started))" "$log" "$PLAIN"
    failure_lines "$log" | sed 's/^/  | /'
  fi
  return "$status"
}

# For traps: ends the command that run_logged waits for, with its children.
RUNNING=""
stop_running() {
  [[ -z "$RUNNING" ]] || kill -TERM -- "-$RUNNING" 2> /dev/null || true
}

last_line() { tail -c 400 "$1" | tr '\r' '\n' | grep -v '^ *$' | tail -n 1 | cut -c1-100; }

# Of a compiler's log the first failure tells the most, of any other log its end.
failure_lines() {
  if grep -q '^FAILED: ' "$1"; then
    grep -m1 -A 25 '^FAILED: ' "$1" | cut -c1-300
  else
    tail -n 25 "$1" | cut -c1-300
  fi
}
