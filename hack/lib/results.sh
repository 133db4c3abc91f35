# shellcheck shell=bash
# What was tested: counts of test cases, and the names of those that failed or were skipped.

PASSED=0
FAILED=0
SKIPPED=0
FAILURES=() # "stage: name: reason"
SKIPS=()

pass() { PASSED=$((PASSED + ${1:-1})); }

# failure STAGE NAME [REASON], skip STAGE NAME REASON
failure() {
  FAILED=$((FAILED + 1))
  FAILURES+=("$1: $2${3:+: $3}")
}
skip() {
  SKIPPED=$((SKIPPED + 1))
  SKIPS+=("$1: $2: $3")
}

# count_lines STAGE FILE: lines "ok NAME", "fail NAME: REASON" of our own checks.
count_lines() {
  local stage=$1 verdict rest seen=0
  while read -r verdict rest; do
    case "$verdict" in
      ok) pass ;;
      fail) failure "$stage" "$rest" ;;
      *) continue ;;
    esac
    seen=1
  done < <(grep -E '^(ok|fail) ' "$2" || true)
  [[ $seen -eq 1 ]] || failure "$stage" "it reported nothing"
}

# count_gtest STAGE JSON LOG EXIT_CODE: the cases of one GoogleTest binary.
count_gtest() {
  local stage=$1 json=$2 log=$3 status=$4 verdict name before=$FAILED
  if ! jq -e .testsuites "$json" > /dev/null 2>&1; then
    count_crashed "$stage" "$log" "$status"
    return
  fi
  while read -r verdict name; do
    case "$verdict" in
      ok) pass ;;
      fail) failure "$stage" "$name" "$(reason_in_log "$log" "$name")" ;;
      skip) skip "$stage" "$name" "$(reason_in_log "$log" "$name")" ;;
      off) skip "$stage" "$name" "disabled" ;;
    esac
  done < <(jq -r '.testsuites[].testsuite[] | (
      if .status == "NOTRUN" then (if (.name | startswith("DISABLED_")) or (.classname | startswith("DISABLED_")) then "off" else empty end)
      elif (.failures // []) | length > 0 then "fail"
      elif .result == "SKIPPED" then "skip" else "ok" end) + " " + .classname + "." + .name' "$json")
  # A failure outside of the cases: in an environment, or a sanitizer's report at the end.
  [[ $status -eq 0 || $FAILED -gt $before ]] || failure "$stage" "all cases passed but it ended with code $status" "$(last_words "$log")"
}

# It ended before it could write its report: what it finished counts, the case at work has failed.
count_crashed() {
  local stage=$1 log=$2 status=$3 name at_work why
  pass "$(grep -c '^\[       OK \] .*(' "$log" || true)"
  while read -r name; do failure "$stage" "$name" "$(reason_in_log "$log" "$name")"; done \
    < <(sed -n 's/^\[  FAILED  \] \([^ ,]*\).* (.*/\1/p' "$log")
  while read -r name; do skip "$stage" "$name" "$(reason_in_log "$log" "$name")"; done \
    < <(sed -n 's/^\[  SKIPPED \] \([^ ,]*\) (.*/\1/p' "$log")
  at_work=$(sed -n 's/^\[ RUN      \] //p' "$log" | tail -n 1)
  why="ended with code $status"
  ((status <= 128)) || why="ended by SIG$(kill -l $((status - 128)))"
  [[ $status -ne 124 && $status -ne 137 ]] || why="killed: it took too long"
  [[ -s "$log" ]] || why="did not run at all (code $status)"
  failure "$stage" "${at_work:-the binary}" "$why $(last_words "$log")"
}

# What a case said between the lines RUN and its verdict, on one line.
reason_in_log() {
  awk -v name="$2" '
    index($0, "[ RUN      ] ") == 1 { inside = ($0 == "[ RUN      ] " name); next }
    inside && /^\[ .*\] / { exit }
    inside && NF && !/: (Skipped|Failure)$/ { gsub(/^ +| +$/, ""); text = text (text == "" ? "" : "; ") $0 }
    inside && length(text) > 220 { exit }
    END { print substr(text, 1, 220) }' "$1"
}

last_words() { grep -aE 'SUMMARY: |ERROR: |terminate called|what\(\)|Assertion|error' "$1" | tail -n 1 | cut -c1-160 || true; }

# The lists, then the one last line. Returns 1 unless everything that should run ran and passed.
summary() {
  local line
  printf '\n'
  for line in "${SKIPS[@]}"; do printf '%sskipped%s %s\n' "$YELLOW" "$PLAIN" "$line"; done
  for line in "${FAILURES[@]}"; do printf '%sfailed%s  %s\n' "$RED" "$PLAIN" "$line"; done
  printf '%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
  [[ $FAILED -eq 0 && $PASSED -gt 0 ]]
}
