# shellcheck shell=bash
# Running the stages beside each other. A machine with two processors would be idle half of the time if each stage waited
# for the one before: tests wait for Kubernetes, compilers for nobody.
#
#   builder    compiles for one stage after the other, the one with the longest tests first
#   plain      the stages that need no cluster
#   sandbox N  each has clusters of its own and takes the next job that nobody has taken
#
# A job waits for its stage to be built. A lane that ends before its time is a failure.

MARKS="$PROJECT_ROOT/build/test/marks" # built/STAGE, unbuilt/STAGE, taken/JOB, ended/LANE
LANE_PIDS=()

# start_lane NAME COMMAND...
start_lane() {
  local name=$1
  shift
  (
    LANE=$name JOB=lane-${name// /-}
    trap 'lane_end' EXIT
    trap 'exit 143' TERM
    trap '' INT
    "$@"
    touch "$MARKS/ended/lane-${name// /-}"
  ) &
  LANE_PIDS+=($!)
  LANE_NAMES+=("$name")
}

lane_end() {
  trap - EXIT TERM
  set +e
  stop_running
  sandbox_down
}

LANE_NAMES=()
wait_lanes() {
  local i
  for i in "${!LANE_PIDS[@]}"; do
    wait "${LANE_PIDS[$i]}" || true
    [[ -e "$MARKS/ended/lane-${LANE_NAMES[$i]// /-}" ]] || failure "${LANE_NAMES[$i]}" "it was cut short"
  done
  LANE_PIDS=()
}

# For traps.
stop_lanes() {
  [[ ${#LANE_PIDS[@]} -eq 0 ]] || kill -TERM "${LANE_PIDS[@]}" 2> /dev/null || true
  wait_lanes
}

BEGIN=0 # when the job of this lane began
# run_job JOB: "unit", or "e2e.2" for a part of a stage.
run_job() {
  local stage=${1%%.*} lane=$LANE
  JOB=$1 LANE=$1 BEGIN=$SECONDS
  "stage_$stage" "${1#"$stage"}"
  result "time $stage $BEGIN $SECONDS"
  say_result "$BEGIN"
  LANE=$lane
}

say_result() {
  local failed colour=$GREEN
  failed=$(results_of fail)
  [[ $failed -eq 0 ]] || colour=$RED
  say "$colour$(awk '$1 == "pass" { sum += $2 } END { print sum + 0 }' "$RESULTS/$JOB") passed, $failed failed, $(results_of skip) skipped$PLAIN in $((SECONDS - $1)) s"
}

# run_jobs JOB...: one after the other.
run_jobs() {
  local job
  for job in "$@"; do run_job "$job"; done
}

# share_jobs JOB...: those that no other lane has taken.
share_jobs() {
  local job
  for job in "$@"; do
    ! mkdir "$MARKS/taken/$job" 2> /dev/null || run_job "$job"
  done
}

# build_stages STAGE...: in this order. It stands behind the tests that already run.
build_stages() {
  local stage begin targets
  for stage in "$@"; do
    begin=$SECONDS LANE="build $stage"
    read -ra targets <<< "$(targets_of "$stage")"
    # Without targets everything would be built.
    if [[ ${#targets[@]} -eq 0 ]] || build "$(preset_of "$stage")" "${targets[@]}"; then
      touch "$MARKS/built/$stage"
    else
      touch "$MARKS/unbuilt/$stage"
    fi
    result "time build-$stage $begin $SECONDS"
  done
}

# wait_built STAGE: false, and a failure, when it could not be built. What a job waits for does not count as its time.
wait_built() {
  until [[ -e "$MARKS/built/$1" ]]; do
    if [[ -e "$MARKS/unbuilt/$1" || -e "$MARKS/ended/lane-builder" ]]; then
      failure "$1" "the build" "see build/$(preset_of "$1")/build.log"
      return 1
    fi
    sleep 0.5
    BEGIN=$SECONDS
  done
}

# How many lanes with clusters of their own: one more than processors, since tests wait more than they work, but none
# without 4 GB of memory and 60 inotify instances (54 that its programs hold, and those of `kubectl logs --follow`).
sandbox_lanes() {
  local memory watchers lanes
  [[ -z "${NEOBURST_TEST_LANES:-}" ]] || { echo "$NEOBURST_TEST_LANES"; return; }
  memory=$(awk '/^MemAvailable/ { print int($2 / 1048576 / 4) }' /proc/meminfo)
  watchers=$(($(< "$WATCHERS") / 60))
  lanes=$(($(nproc) + 1))
  ((lanes <= memory)) || lanes=$memory
  ((lanes <= watchers)) || lanes=$watchers
  ((lanes <= 4)) || lanes=4
  echo $((lanes < 1 ? 1 : lanes))
}

# The kernel's default of 128 is enough for two lanes. Root raises it while the tests run.
WATCHERS=/proc/sys/fs/inotify/max_user_instances
WATCHERS_BEFORE=""

raise_watchers() {
  local before
  before=$(< "$WATCHERS")
  [[ $before -lt 1024 && -w "$WATCHERS" ]] || return 0
  ! { echo 1024 > "$WATCHERS"; } 2> /dev/null || WATCHERS_BEFORE=$before
}

restore_watchers() { [[ -z "$WATCHERS_BEFORE" ]] || echo "$WATCHERS_BEFORE" > "$WATCHERS"; }
