# shellcheck shell=bash
# Configuring and building a preset of CMakePresets.json under build/<preset>.

# As many jobs as there are processors, but none without 1 GB of memory to work in.
build_jobs() {
  local processors memory
  processors=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)
  [[ -z "${NEOBURST_JOBS:-}" ]] || { echo "$NEOBURST_JOBS"; return; }
  echo $((memory < 1 ? 1 : memory < processors ? memory : processors))
}

declare -A CONFIGURED=()

# build PRESET [TARGETS...]: without targets, everything. One builder at a time in a preset's folder.
build() {
  local preset=$1 folder="$PROJECT_ROOT/build/$1" lock status=0
  shift
  mkdir -p "$folder"
  exec {lock}> "$folder/.lock"
  flock -n "$lock" || { say "another build of preset $preset is at work; waiting for it"; flock "$lock"; }
  build_locked "$preset" "$folder" "$@" || status=$?
  exec {lock}>&-
  return "$status"
}

build_locked() {
  local preset=$1 folder=$2
  shift 2
  # Once in a run: afterwards ninja itself notices changed and new files.
  if [[ -z "${CONFIGURED[$preset]:-}" ]]; then
    run_logged "$folder/configure.log" "configuring preset $preset" in_project cmake --preset "$preset" || return 1
    CONFIGURED[$preset]=yes
  fi
  local targets=()
  [[ $# -eq 0 ]] || targets=(--target "$@")
  run_logged "$folder/build.log" "building preset $preset${*:+: $*}" \
    in_project cmake --build --preset "$preset" -j "$(build_jobs)" "${targets[@]}"
}

in_project() { cd "$PROJECT_ROOT" && "$@"; }
