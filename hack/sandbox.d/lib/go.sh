# shellcheck shell=bash
# shellcheck disable=SC2034  # the versions are read by binaries.sh
# Which Go is here, which Kubernetes it can build, and how to get a newer one.

# Whatever Go is here is used as it is, unless it is too old (ensure_go).
export GOTOOLCHAIN="${GOTOOLCHAIN:-local}"

go_version() { (cd / && "$1" env GOVERSION 2>/dev/null | sed 's/^go//; s/[ -].*//'); }

# The newest of the installed ones: Debian puts several side by side, and the first on PATH may be old.
find_go() {
  local go best="" best_version=0
  for go in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go-*/bin/go; do
    [[ -x "$go" ]] || continue
    at_least "$best_version" "$(go_version "$go")" || { best=$go best_version=$(go_version "$go"); }
  done
  [[ -n "$best" ]] && echo "$best"
}

# at_least HAVE WANT, both like 1.26 or 1.26.8
at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" == "$2" ]]; }

version_table() { grep -v '^ *#' "$SANDBOX_HOME/versions"; }

# select_versions GO_VERSION: sets K8S_MINOR and the version of each module, or fails.
select_versions() {
  local minor kubernetes etcd kwok go metrics
  while read -r minor kubernetes etcd kwok go metrics; do
    [[ -z "${NEOBURST_SANDBOX_K8S:-}" || "$NEOBURST_SANDBOX_K8S" == "$minor" ]] || continue
    [[ -z "$1" ]] || at_least "$1" "$go" || continue
    K8S_MINOR=$minor K8S_VERSION=$kubernetes ETCD_VERSION=$etcd KWOK_VERSION=$kwok METRICS_VERSION=$metrics
    return 0
  done < <(version_table)
  return 1
}

newest_go() { version_table | awk 'NF { print $5 }' | sort -V | tail -n1; }
oldest_go() { version_table | awk 'NF { print $5 }' | sort -V | head -n1; }

# Debian's own Go (1.19 in Debian 12) cannot switch toolchains; the one in backports can. The mirror is the one that
# apt uses already.
install_go() {
  local as_root=() mirror suite
  # shellcheck source=/dev/null
  suite="$(. /etc/os-release 2>/dev/null && echo "${VERSION_CODENAME:-}")-backports"
  command -v apt-get > /dev/null || return 1
  if [[ $UID -ne 0 ]]; then
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo)
  fi
  say "installing Go from Debian ($suite)"
  if ! apt-cache policy | grep -q "$suite"; then
    # shellcheck disable=SC2016  # a placeholder of apt's
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | head -n1)
    echo "deb $mirror $suite main" | "${as_root[@]}" tee /etc/apt/sources.list.d/backports.list > /dev/null
  fi
  "${as_root[@]}" apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq -t "$suite" golang-go > /dev/null
}

# Sets GO and the versions to build, or says how to get there.
ensure_go() {
  local version known
  known=$(version_table | awk 'NF { printf "%s ", $1 }')
  [[ -z "${NEOBURST_SANDBOX_K8S:-}" || " $known" == *" $NEOBURST_SANDBOX_K8S "* ]] ||
    die "NEOBURST_SANDBOX_K8S is '$NEOBURST_SANDBOX_K8S'" "choose one of: $known"
  GO=$(find_go || true)
  # Go 1.21 is the first that can be told to use another toolchain; anything older is of no use.
  if [[ -z "$GO" ]] || ! at_least "$(go_version "$GO")" 1.21; then
    install_go || die "Go is missing and cannot be installed without root" "apt-get install golang-go (from backports), or put Go $(oldest_go) or newer on PATH"
    GO=$(find_go)
  fi
  version=$(go_version "$GO")
  if ! select_versions "$version" && [[ "$GOTOOLCHAIN" == local ]]; then
    # A toolchain is a module like any other: fetched by this Go from its module proxy, its checksum verified.
    GOTOOLCHAIN="go$(newest_go).0"
    export GOTOOLCHAIN
    say "Go $version is too old for Kubernetes; it fetches Go $(newest_go).0 as a module"
    version=$(go_version "$GO")
  fi
  select_versions "$version" ||
    die "Kubernetes ${NEOBURST_SANDBOX_K8S:-} cannot be built with Go ${version:-$(newest_go)}" \
      "put Go $(newest_go) on PATH, or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, etcd and kwok"
}
