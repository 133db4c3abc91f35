# shellcheck shell=bash
# The stages of hack/test. Each counts what it ran; none stops the others. stage_NAME PART runs one; PART is "" or ".N".

REPORTS="$PROJECT_ROOT/build/test"
E2E_PARTS=4 # jobs that lanes share
e2e_parts() { seq -f e2e.%.0f "$E2E_PARTS"; }

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

stage_unit() { units unit unit_folders; }
stage_asan() {
  units asan unit_folders
  with_sandbox asan integration 1200
}

# Where threads share data: informers, queue, controllers. The other folders in a full run.
stage_tsan() { units tsan tsan_folders; }
tsan_folders() { if [[ $FULL == yes ]]; then unit_folders; else echo kube; fi; }

unit_folders() {
  local folder
  for folder in tests/unit/*/; do ! has_tests "$folder" || basename "$folder"; done
}

preset_of() { case "$1" in asan | tsan) echo "$1" ;; *) echo dev ;; esac; }

# What a stage needs built; nothing for those that compile nothing.
targets_of() {
  local programs="neoburst-operator neoburst-extender kubectl-neoburst"
  case "$1" in
    unit) unit_folders | sed 's/^/neoburst_unit_/' | xargs ;;
    fuzz) fuzz_names | sed 's/^/neoburst_fuzz_/' | xargs ;;
    integration | e2e | fault | kubelet) ! has_tests "tests/$1" || echo "$programs neoburst_$1" ;;
    asan) echo "$(unit_folders | sed 's/^/neoburst_unit_/' | xargs) $programs neoburst_integration" ;;
    tsan) tsan_folders | sed 's/^/neoburst_unit_/' | xargs ;;
  esac
}

has_tests() { compgen -G "$1/*_test.cc" > /dev/null; }

# units STAGE COMMAND: the unit tests of the folders that COMMAND prints.
units() {
  local folder
  wait_built "$1" || return 0
  for folder in $("$2"); do run_gtest "$1" "neoburst_unit_$folder" 600; done
}

# run_gtest STAGE BINARY TIMEOUT [PART]: PART ".2" of a stage in E2E_PARTS parts is the second of them.
run_gtest() {
  local stage=$1 binary limit=$3 part=${4:-} base="$REPORTS/$1.$2${4:-}" status=0 shard=()
  binary="build/$(preset_of "$stage")/tests/$2"
  rm -f "$base.json"
  if [[ ! -x "$binary" ]]; then
    failure "$stage" "$2" "it was not built, though it has tests"
    return 0
  fi
  [[ -z "$part" ]] || shard=(GTEST_TOTAL_SHARDS="$E2E_PARTS" GTEST_SHARD_INDEX=$((${part#.} - 1)))
  ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1 \
    run_logged "$base.log" "$2" timeout -k 20 "$limit" env "${shard[@]}" "$binary" \
    --gtest_filter="$FILTER" --gtest_output="json:$base.json" --gtest_color=no || status=$?
  count_gtest "$stage" "$base.json" "$base.log" "$status"
}

# A fuzz target is one case: it ends with 0 unless it broke its promise.
fuzz_names() {
  local source
  for source in tests/fuzz/*_fuzz.cc; do [[ ! -e "$source" ]] || basename "$source" _fuzz.cc; done
}

stage_fuzz() {
  local name names runs=20000
  [[ $FULL == no ]] || runs=5000000
  mapfile -t names < <(fuzz_names)
  [[ ${#names[@]} -gt 0 ]] || { skip fuzz all "no fuzz targets in tests/fuzz"; return 0; }
  wait_built fuzz || return 0
  for name in "${names[@]}"; do
    if run_logged "$REPORTS/fuzz.$name.log" "neoburst_fuzz_$name $runs" timeout -k 20 3600 "build/dev/tests/neoburst_fuzz_$name" "$runs"; then
      pass
    else
      failure fuzz "$name" "see $REPORTS/fuzz.$name.log"
    fi
  done
}

stage_integration() { with_sandbox integration integration 1200; }
stage_e2e() { with_sandbox e2e e2e 2400 metrics_up "$1"; }
stage_fault() { with_sandbox fault fault "$([[ $FULL == yes ]] && echo 7200 || echo 1200)"; }

# On a machine where it cannot be, it is skipped and the reason told.
stage_kubelet() {
  local obstacle
  obstacle=$(hack/sandbox kubelet check)
  [[ -z "$obstacle" ]] || { skip kubelet all "no real kubelet can run here: $obstacle"; return 0; }
  with_sandbox kubelet kubelet 1200 kubelet_up
  # The next job in these clusters expects only make-believe nodes.
  [[ $SANDBOX_STATE != up ]] || run_logged "$(prepare_log kubelet_down)" "hack/sandbox kubelet down" hack/sandbox kubelet down ||
    failure kubelet "hack/sandbox kubelet down" "see $(prepare_log kubelet_down)"
}

# with_sandbox STAGE FOLDER TIMEOUT [COMMAND] [PART]: the tests of tests/FOLDER, after COMMAND has added to the sandbox what
# they need. The sandbox comes up while they are still being compiled.
with_sandbox() {
  local stage=$1 folder=$2 prepare=${4:-true} part=${5:-}
  has_tests "tests/$folder" || { skip "$stage" all "no tests in tests/$folder"; return 0; }
  sandbox_up || { failure "$stage" "the sandbox" "see $(sandbox_log)"; return 0; }
  "$prepare" || { failure "$stage" "$prepare" "see $(prepare_log "$prepare")"; return 0; }
  wait_built "$stage" || return 0
  NEOBURST_BIN_DIR="$PROJECT_ROOT/build/$(preset_of "$stage")"
  NEOBURST_TEST_LOGS="$REPORTS/logs-$stage$part"
  export NEOBURST_BIN_DIR NEOBURST_TEST_LOGS
  rm -rf "$NEOBURST_TEST_LOGS"
  run_gtest "$stage" "neoburst_$folder" "$3" "$part"
}

prepare_log() { echo "$REPORTS/$1-$NEOBURST_SANDBOX.log"; }
metrics_up() { run_logged "$(prepare_log metrics_up)" "hack/sandbox metrics up" hack/sandbox metrics up; }
kubelet_up() { run_logged "$(prepare_log kubelet_up)" "hack/sandbox kubelet up (the first time it builds the kubelet)" hack/sandbox kubelet up; }
