# shellcheck shell=bash
# The Debian packages of hack/packages.txt, and of other such lists: only what is missing is installed.

listed_packages() { sed 's/#.*//' "$PROJECT_ROOT/hack/$1" | grep -oE '[^[:space:]]+'; }

# missing_packages LIST: prints the missing ones.
missing_packages() {
  local package
  for package in $(listed_packages "$1"); do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2> /dev/null | grep -qx installed || echo "$package"
  done
}

# ensure_packages [LIST]
ensure_packages() {
  command -v dpkg-query > /dev/null && command -v apt-get > /dev/null || { ensure_tools; return 0; }
  local missing
  mapfile -t missing < <(missing_packages "${1:-packages.txt}")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  choose_root "${missing[*]}"
  # An update is needed only where apt does not know a package yet, or knows a version that is gone.
  if ! all_known "${missing[@]}"; then
    apt_quiet update || die "apt-get update failed; its messages are above" "see that the machine reaches its Debian mirror"
  fi
  apt_install "${missing[@]}" || { say "once more after apt-get update"; apt_quiet update && apt_install "${missing[@]}"; } ||
    die "apt-get could not install: ${missing[*]}" "the messages are above; run 'apt-get install ${missing[*]}' by hand"
}

# Sets AS_ROOT.
choose_root() {
  AS_ROOT=()
  [[ $(id -u) -ne 0 ]] || return 0
  if command -v sudo > /dev/null && { sudo -n true 2> /dev/null || [[ -t 0 ]]; }; then
    AS_ROOT=(sudo)
  else
    die "packages are missing, and neither root nor sudo is at hand: $1" "as root: apt-get install --no-install-recommends $1"
  fi
}

all_known() {
  local package
  for package in "$@"; do
    apt-cache policy "$package" 2> /dev/null | grep -q 'Candidate: [^(]' || return 1
  done
}

apt_install() { apt_quiet install -y --no-install-recommends "$@"; }

# Says nothing unless it fails.
apt_quiet() {
  local log
  log=$(mktemp)
  if "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" > "$log" 2>&1 < /dev/null; then
    rm -f "$log"
    return 0
  fi
  tail -n 15 "$log" | sed 's/^/  | /'
  rm -f "$log"
  return 1
}

# Elsewhere than on Debian we cannot install, only say what is missing. Libraries are CMake's to find.
ensure_tools() {
  local tool missing=()
  for tool in g++ cmake ninja pkg-config jq openssl curl; do command -v "$tool" > /dev/null || missing+=("$tool"); done
  [[ ${#missing[@]} -eq 0 ]] ||
    die "missing: ${missing[*]}" "this is not Debian: install them and the libraries of hack/packages.txt in your system's way"
}
