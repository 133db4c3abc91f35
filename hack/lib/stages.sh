# shellcheck shell=bash
# The stages of hack/test. Each counts what it ran; none stops the others.

REPORTS="$PROJECT_ROOT/build/test"

timed_stage() {
  local stage=$1 started=$SECONDS passed=$PASSED failed=$FAILED skipped=$SKIPPED colour=$GREEN
  say "${BOLD}$stage${PLAIN}"
  "stage_$stage"
  [[ $FAILED -eq $failed ]] || colour=$RED
  say "${BOLD}$stage${PLAIN}: $colour$((PASSED - passed)) passed, $((FAILED - failed)) failed, $((SKIPPED - skipped)) skipped$PLAIN in $((SECONDS - started)) s"
}

stage_verify() { checks verify hack/verify; }

stage_model() {
  local full=()
  [[ $FULL == no ]] || full=(--full)
  checks model tests/model/run "${full[@]}"
}

# checks STAGE COMMAND...: one of our own that prints "ok" and "fail" lines.
checks() {
  local stage=$1 log="$REPORTS/$1.log"
  shift
  run_logged "$log" "$*" "$@" || true
  count_lines "$stage" "$log"
}

stage_unit() { units unit dev unit_folders; }
stage_asan() {
  units asan asan unit_folders
  with_sandbox asan asan integration 1200
}

# Where threads share data: informers, queue, controllers. The other folders in a full run.
stage_tsan() { if [[ $FULL == yes ]]; then units tsan tsan unit_folders; else units tsan tsan echo kube; fi; }

unit_folders() {
  local folder
  for folder in tests/unit/*/; do ! has_tests "$folder" || basename "$folder"; done
}

has_tests() { compgen -G "$1/*_test.cc" > /dev/null; }

# units STAGE PRESET COMMAND...: the unit tests of the folders that COMMAND prints.
units() {
  local stage=$1 preset=$2 folders folder
  shift 2
  mapfile -t folders < <("$@")
  if ! build "$preset" "${folders[@]/#/neoburst_unit_}"; then
    failure "$stage" "the build" "see build/$preset/build.log"
    return 0
  fi
  for folder in "${folders[@]}"; do run_gtest "$stage" "$preset" "neoburst_unit_$folder" 600; done
}

# run_gtest STAGE PRESET BINARY TIMEOUT
run_gtest() {
  local stage=$1 binary="build/$2/tests/$3" base="$REPORTS/$1.$3" limit=$4 status=0
  rm -f "$base.json"
  if [[ ! -x "$binary" ]]; then
    failure "$stage" "$3" "it was not built, though it has tests"
    return 0
  fi
  ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1 \
    run_logged "$base.log" "$stage: $3" timeout -k 20 "$limit" "$binary" \
    --gtest_filter="$FILTER" --gtest_output="json:$base.json" --gtest_color=no || status=$?
  count_gtest "$stage" "$base.json" "$base.log" "$status"
}

# A fuzz target is one case: it ends with 0 unless it broke its promise.
stage_fuzz() {
  local source name names=() runs=20000
  [[ $FULL == no ]] || runs=5000000
  for source in tests/fuzz/*_fuzz.cc; do
    [[ ! -e "$source" ]] || names+=("$(basename "$source" _fuzz.cc)")
  done
  [[ ${#names[@]} -gt 0 ]] || { skip fuzz all "no fuzz targets in tests/fuzz"; return 0; }
  if ! build dev "${names[@]/#/neoburst_fuzz_}"; then
    failure fuzz "the build" "see build/dev/build.log"
    return 0
  fi
  for name in "${names[@]}"; do
    if run_logged "$REPORTS/fuzz.$name.log" "neoburst_fuzz_$name $runs" timeout -k 20 3600 "build/dev/tests/neoburst_fuzz_$name" "$runs"; then
      pass
    else
      failure fuzz "$name" "see $REPORTS/fuzz.$name.log"
    fi
  done
}

stage_integration() { with_sandbox integration dev integration 1200; }
stage_e2e() { with_sandbox e2e dev e2e 2400 metrics_up; }

# On a machine where it cannot be, it is skipped and the reason told.
stage_kubelet() {
  local obstacle
  # In a subshell: packages that cannot be installed are such a reason, not the end of the run.
  [[ $(id -u) -ne 0 ]] || (ensure_packages kubelet-packages.txt) || true
  obstacle=$(hack/sandbox kubelet check)
  [[ -z "$obstacle" ]] || { skip kubelet all "no real kubelet can run here: $obstacle"; return 0; }
  with_sandbox kubelet dev kubelet 1200 kubelet_up
}
stage_fault() { with_sandbox fault dev fault "$([[ $FULL == yes ]] && echo 7200 || echo 1200)"; }

# with_sandbox STAGE PRESET FOLDER TIMEOUT [COMMAND]: the tests of tests/FOLDER, test and programs built with PRESET,
# after COMMAND has added to the sandbox what they need.
with_sandbox() {
  local stage=$1 preset=$2 folder=$3 prepare=${5:-true}
  has_tests "tests/$folder" || { skip "$stage" all "no tests in tests/$folder"; return 0; }
  if ! build "$preset" neoburst-operator neoburst-extender kubectl-neoburst "neoburst_$folder"; then
    failure "$stage" "the build" "see build/$preset/build.log"
    return 0
  fi
  sandbox_up || { failure "$stage" "the sandbox" "see $REPORTS/sandbox.log"; return 0; }
  "$prepare" || { failure "$stage" "$prepare" "see $REPORTS/$prepare.log"; return 0; }
  export NEOBURST_BIN_DIR="$PROJECT_ROOT/build/$preset" NEOBURST_TEST_LOGS="$REPORTS/logs-$stage"
  rm -rf "$NEOBURST_TEST_LOGS"
  run_gtest "$stage" "$preset" "neoburst_$folder" "$4"
}

# One instance for all stages that need one, brought up by the first. Two runs on one machine have one each.
SANDBOX_STATE=down

sandbox_up() {
  [[ $SANDBOX_STATE == down ]] || { [[ $SANDBOX_STATE == up ]]; return; }
  choose_instance || return 1
  # Before anything is up: from here on the end of the run takes it down.
  SANDBOX_STATE=broken
  run_logged "$REPORTS/sandbox.log" "hack/sandbox up (instance $NEOBURST_SANDBOX; the first time on a machine it builds Kubernetes)" \
    fresh_sandbox || return 1
  eval "$(hack/sandbox env)"
  SANDBOX_STATE=up
}

metrics_up() { run_logged "$REPORTS/metrics_up.log" "hack/sandbox metrics up" hack/sandbox metrics up; }
kubelet_up() { run_logged "$REPORTS/kubelet_up.log" "hack/sandbox kubelet up (the first time it builds the kubelet)" hack/sandbox kubelet up; }

# "test", or "test-2" and so on while other runs hold it. What a killed run left there has no holder and is replaced.
choose_instance() {
  local name
  for name in ${NEOBURST_SANDBOX:-test test-2 test-3 test-4}; do
    exec {INSTANCE_LOCK}> "${TMPDIR:-/tmp}/neoburst-$UID-$name.lock"
    if flock -n "$INSTANCE_LOCK"; then
      export NEOBURST_SANDBOX=$name
      return 0
    fi
    exec {INSTANCE_LOCK}>&-
  done
  say "the sandbox instance is in use by another run"
  return 1
}

# The lock must end with this run, so the clusters do not inherit it. Their API servers keep audit logs: some tests
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
