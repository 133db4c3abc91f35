# shellcheck shell=bash
# What was tested: counts of test cases, the names of those that failed or were skipped, and how long it took. Jobs run
# beside each other, so each appends lines to a file of its own, $RESULTS/<job>; the summary reads them all:
#
#   pass COUNT     fail STAGE: NAME: REASON     skip STAGE: NAME: REASON     time STAGE BEGIN END

RESULTS="$PROJECT_ROOT/build/test/results"
JOB=hack-test # the file that this shell writes to

result() { printf '%s\n' "$*" >> "$RESULTS/$JOB"; }

pass() { result "pass ${1:-1}"; }

# failure STAGE NAME [REASON], skip STAGE NAME REASON
failure() { result "fail $1: $2${3:+: $3}"; }
skip() { result "skip $1: $2: $3"; }

# How many lines of one kind this job has written.
results_of() { grep -c "^$1 " "$RESULTS/$JOB" 2> /dev/null || true; }

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
  local stage=$1 json=$2 log=$3 status=$4 verdict name before
  before=$(results_of fail)
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
  [[ $status -eq 0 || $(results_of fail) -gt $before ]] || failure "$stage" "all cases passed but it ended with code $status" "$(last_words "$log")"
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

# The table, the lists, then the one last line. Returns 1 unless everything that should run ran and passed.
summary() {
  local passed failed skipped
  passed=$(count_of 'pass ' | awk '{ sum += $2 } END { print sum + 0 }')
  failed=$(count_of 'fail ' | grep -c '' || true)
  skipped=$(count_of 'skip ' | grep -c '' || true)
  printf '\n'
  table
  count_of 'skip ' | sed "s/^skip /${YELLOW}skipped$PLAIN /"
  count_of 'fail ' | sed "s/^fail /${RED}failed$PLAIN  /"
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [[ $failed -eq 0 && $passed -gt 0 ]]
}

count_of() { cat "$RESULTS"/* 2> /dev/null | grep "^$1" || true; }

# Stage, seconds from the beginning of its first job to the end of its last, tests. Stages run beside each other, so the
# seconds do not add up.
table() {
  printf '%s%-20s %8s %8s %8s %8s%s\n' "$BOLD" STAGE SECONDS PASSED FAILED SKIPPED "$PLAIN"
  awk '
    FNR == 1 { job = FILENAME; sub(/.*\//, "", job); stage = job; sub(/[.].*/, "", stage) }
    $1 == "time" { if (!($2 in begin) || $3 < begin[$2]) begin[$2] = $3; if ($4 > end[$2]) end[$2] = $4 }
    $1 == "pass" { passed[stage] += $2 }
    $1 == "fail" { failed[stage]++ }
    $1 == "skip" { skipped[stage]++ }
    END {
      for (name in begin)
        printf "%d %s %d %d %d %d\n", begin[name], name, end[name] - begin[name], passed[name], failed[name], skipped[name]
    }' "$RESULTS"/* 2> /dev/null | sort -n | while read -r _ stage seconds passed failed skipped; do
    [[ $stage != build-* ]] || passed=- failed=- skipped=-
    printf '%-20s %8s %8s %8s %8s\n' "$stage" "$seconds" "$passed" "$failed" "$skipped"
  done
  printf '%-20s %8s\n' "all, wall time" "$SECONDS"
}
