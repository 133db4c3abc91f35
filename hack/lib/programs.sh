# shellcheck shell=bash
# Starting and stopping the two programs. Their logs and pid files lie in $RUN.

# start_program NAME COMMAND...: in a session of its own, so that it outlives this shell when asked to. A small shell
# stays beside it to note in the log how it ended: a crash leaves no other word.
start_program() {
  local name=$1
  shift
  mkdir -p "$RUN"
  # shellcheck disable=SC2016  # expanded by that shell
  setsid bash -c '"${@:2}" & echo $! > "$1"; wait $!; echo "${2##*/} ended with code $?"' \
    start "$RUN/$name.pid" "$@" < /dev/null > "$RUN/$name.log" 2>&1 &
  disown
}

# Prints the pid of a program of ours that runs; a number that now belongs to another program does not count.
program_pid() {
  local pid
  read -r pid 2> /dev/null < "$RUN/$1.pid" && [[ "$(readlink "/proc/$pid/exe" 2> /dev/null)" == */"$1"* ]] && echo "$pid"
}

# stop_program NAME: asks it to end, insists after 10 s.
stop_program() {
  local pid i
  pid=$(program_pid "$1") || return 0
  kill -TERM "$pid" 2> /dev/null || true
  for ((i = 0; i < 100; i++)); do
    program_pid "$1" > /dev/null || break
    sleep 0.1
  done
  ! program_pid "$1" > /dev/null || kill -KILL "$pid" 2> /dev/null || true
  rm -f "$RUN/$1.pid"
}

# wait_ready NAME URL SECONDS
wait_ready() {
  local deadline=$((SECONDS + $3))
  until curl -sf -o /dev/null --max-time 2 "$2"; do
    ((SECONDS < deadline)) || die "$1 is not ready after $3 s; the end of its log:
$(tail -n 15 "$RUN/$1.log")"
    # Half a second for the pid file to appear.
    sleep 0.5
    program_pid "$1" > /dev/null || die "$1 has ended; the end of its log:
$(tail -n 15 "$RUN/$1.log")"
  done
}

# A port nobody listens on, below those of the sandbox and of outgoing connections.
free_port() {
  local port
  while true; do
    port=$((12000 + RANDOM % 7000))
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo "$port"; return; }
  done
}
