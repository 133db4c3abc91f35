# shellcheck shell=bash
# shellcheck disable=SC2034  # BIN_OF and the versions are read by the other files
# The programs of a control plane: taken from $KUBEBUILDER_ASSETS, else from the cache, else built into the cache.
#
# kubernetes, kwok and etcd are published as Go modules, but `go install module@version` refuses them because of
# their replace directives. So each is built from a small go.mod of ours, made from upstream's own at the pinned
# version: same dependencies, checked against the checksum database.

K8S_BINARIES=(kube-apiserver kube-controller-manager kube-scheduler kubectl)
CACHE="${NEOBURST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/neoburst}/k8s"

# Sets BIN_OF[name] for every program.
declare -A BIN_OF=()

ensure_binaries() {
  local name
  choose_version
  for name in "${K8S_BINARIES[@]}"; do ensure_binary "$name" kubernetes; done
  ensure_binary etcd etcd
  ensure_binary kwok kwok
  ensure_own_program startgate
  say "Kubernetes $K8S_VERSION is ready in $VERSION_DIR/bin"
}

# Without Go a cache that was filled before is still good; with Go the newest it builds is wanted.
choose_version() {
  if [[ -z "$(find_go || true)" ]]; then
    local minor kubernetes etcd kwok go metrics
    while read -r minor kubernetes etcd kwok go metrics; do
      [[ -z "${NEOBURST_SANDBOX_K8S:-}" || "$NEOBURST_SANDBOX_K8S" == "$minor" ]] || continue
      [[ -x "$CACHE/$kubernetes/bin/kube-apiserver" && -x "$CACHE/$kubernetes/bin/$(own_program_name startgate)" ]] || continue
      K8S_MINOR=$minor K8S_VERSION=$kubernetes ETCD_VERSION=$etcd KWOK_VERSION=$kwok METRICS_VERSION=$metrics
      VERSION_DIR="$CACHE/$K8S_VERSION"
      return 0
    done < <(version_table)
  fi
  ensure_go
  VERSION_DIR="$CACHE/$K8S_VERSION"
}

# ensure_binary NAME MODULE
ensure_binary() {
  local ready="${KUBEBUILDER_ASSETS:-/nonexistent}/$1"
  if [[ ! -x "$ready" ]]; then
    ready="$VERSION_DIR/bin/$1"
    is_built "$2" "$1" || under_build_lock build_module "$2"
  fi
  BIN_OF[$1]=$ready
}

module_version() {
  case "$1" in
    kubernetes | kubelet) echo "$K8S_VERSION" ;;
    etcd) echo "$ETCD_VERSION" ;;
    kwok) echo "$KWOK_VERSION" ;;
    metrics-server) echo "$METRICS_VERSION" ;;
  esac
}

# The stamp names the version, so that a new pin of etcd or kwok for the same Kubernetes is built anew; so does a change
# of kwok's patch.
stamp_of() {
  local patch=""
  [[ "$1" != kwok ]] || patch="-$(cksum < "$SANDBOX_HOME/kwok.patch" | cut -d' ' -f1)"
  echo "$VERSION_DIR/modules/$1/built-$(module_version "$1")$patch"
}

is_built() { [[ -x "$VERSION_DIR/bin/$2" && -e "$(stamp_of "$1")" ]]; }

# One builder at a time per version; who waited finds the work done.
under_build_lock() {
  mkdir -p "$VERSION_DIR/bin" "$VERSION_DIR/modules"
  local lock
  exec {lock}> "$VERSION_DIR/.lock"
  flock -n "$lock" || { say "another sandbox is building Kubernetes $K8S_VERSION; waiting for it"; flock "$lock"; }
  "$@"
  exec {lock}>&-
}

# The kubelet is a part of Kubernetes, built apart because few need it.
build_module() {
  local module=$1 version staging packages ldflags
  version=$(module_version "$module")
  [[ ! -e "$(stamp_of "$module")" ]] || return 0
  # Already built binaries and no Go: say so instead of failing on an empty command.
  [[ -n "${GO:-}" ]] || ensure_go
  staging="$VERSION_DIR/modules/$module"
  mkdir -p "$staging"
  case "$module" in
    kubernetes) packages="${K8S_BINARIES[*]/#/k8s.io/kubernetes/cmd/}" ;;
    kubelet) packages=k8s.io/kubernetes/cmd/kubelet ;;
    etcd) packages=go.etcd.io/etcd/server/v3 ;;
    kwok) packages=sigs.k8s.io/kwok/cmd/kwok ;;
    metrics-server) packages=sigs.k8s.io/metrics-server/cmd/metrics-server ;;
  esac
  ldflags=$(version_flags "$module" "$version")
  say "building $module $version (once; some 10 minutes in all on two cores)"
  write_module "$module" "$version" > "$staging/go.mod"
  case "$module" in
    kwok) patch_kwok "$staging" "$version" ;;
    metrics-server) adopt_metrics_server "$staging" "$version" ;;
  esac
  rm -rf "$staging/out" && mkdir "$staging/out"
  # shellcheck disable=SC2086  # a list of packages
  report_every 30 "still building $module $version" \
    go_build "$staging" -ldflags "$ldflags" -o "$staging/out/" $packages ||
    die "building $module $version failed; the compiler's messages are above" "see that the Go module proxy ($("$GO" env GOPROXY)) is reachable and that $CACHE has 8 GB free"
  # The etcd server's package is named after its module's last element.
  [[ "$module" != etcd ]] || mv "$staging/out/"* "$staging/out/etcd"
  mv -f "$staging/out/"* "$VERSION_DIR/bin/"
  rmdir "$staging/out"
  touch "$(stamp_of "$module")"
}

# go_build FOLDER ARGUMENTS...: static, reproducible, and allowed to fill in go.sum.
go_build() {
  cd "$1" && shift
  CGO_ENABLED=0 GOFLAGS=-mod=mod GOWORK=off nice -n 5 "$GO" build -trimpath "$@" 2> >(grep -v '^go: \(downloading\|finding\)' >&2)
}

# A go.mod, go.work or GOFLAGS around us must not have a say.
go_outside() { (cd / && GOWORK=off GOFLAGS="" "$GO" "$@"); }

# copy_module MODULE VERSION FOLDER: its files, with their checksums verified, for us to change.
copy_module() {
  local source
  source=$(go_outside mod download -json "$1@$2" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p' || true)
  [[ -d "$source" ]] || die "$1 $2 cannot be downloaded" "see that the Go module proxy ($("$GO" env GOPROXY)) is reachable"
  rm -rf "$3"
  cp -r "$source" "$3"
  chmod -R u+w "$3"
}

patch_kwok() {
  local staging=$1 version=$2
  copy_module sigs.k8s.io/kwok "$version" "$staging/source"
  # Told that it is in no repository: inside of one, git leaves out what is not below its top folder.
  (cd "$staging/source" && GIT_DIR=/nonexistent git apply "$SANDBOX_HOME/kwok.patch") ||
    die "hack/sandbox.d/kwok.patch does not fit kwok $version"
  echo "replace sigs.k8s.io/kwok => ./source" >> "$staging/go.mod"
}

# metrics-server and the one package of Prometheus that it reads metrics with, without a say of theirs in the versions of
# what they depend on: those of Kubernetes are compiled already. Otherwise this would take longer than all the rest.
adopt_metrics_server() {
  local staging=$1 version=$2 prometheus module folder
  folder="$staging/source"
  copy_module sigs.k8s.io/metrics-server "$version" "$folder"
  prometheus=$(sed -n 's|^[[:space:]]*github.com/prometheus/prometheus \(v[^ ]*\).*|\1|p' "$folder/go.mod")
  copy_module github.com/prometheus/prometheus "$prometheus" "$staging/prometheus"
  for module in sigs.k8s.io/metrics-server github.com/prometheus/prometheus; do
    printf 'module %s\n\ngo 1.26.0\n' "$module" > "$folder/go.mod"
    printf 'require %s v0.0.0\nreplace %s => ./%s\n' "$module" "$module" "$(basename "$folder")" >> "$staging/go.mod"
    folder="$staging/prometheus"
  done
}

# Kubernetes names its staging modules v0.0.0 and replaces them by folders; published, they are v0.<minor>.<patch>.
write_module() {
  local module=$1 version=$2 upstream
  if [[ "$module" == etcd || "$module" == kwok ]]; then
    case "$module" in
      etcd) module=go.etcd.io/etcd/server/v3 ;;
      kwok) module=sigs.k8s.io/kwok ;;
    esac
    printf 'module sandbox.neoburst.io/build\n\ngo %s\n\nrequire %s %s\n' "$(go_outside list -m -f '{{.GoVersion}}' "$module@$version")" "$module" "$version"
    return
  fi
  version=$K8S_VERSION
  upstream=$(go_outside mod download -json "k8s.io/kubernetes@$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p' || true)
  [[ -r "$upstream" ]] || die "k8s.io/kubernetes $version cannot be downloaded" "see that the Go module proxy ($("$GO" env GOPROXY)) is reachable"
  printf 'module sandbox.neoburst.io/build\n\n'
  grep -E '^(go|godebug) ' "$upstream"
  sed -n '/^godebug (/,/^)/p' "$upstream"
  printf '\nrequire k8s.io/kubernetes %s\n' "$version"
  sed -n '/^require (/,/^)/p' "$upstream" | sed "s/ v0\.0\.0\( \|$\)/ v0.${version#v1.}\1/"
}

# Without these a component believes to be v0.0.0 and its feature gates and version checks go wrong.
version_flags() {
  local flags="-s -w" package
  case "$1" in
    kubernetes | kubelet)
      for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
        flags+=" -X $package.gitVersion=$2 -X $package.gitMajor=1 -X $package.gitMinor=${K8S_MINOR#1.}"
        flags+=" -X $package.gitTreeState=clean -X $package.buildDate=1970-01-01T00:00:00Z"
      done
      ;;
    kwok) flags+=" -X sigs.k8s.io/kwok/pkg/consts.Version=${2#v}" ;;
  esac
  echo "$flags"
}

# Our own small programs. Each binary is named after its source, so that a change of the source is never run stale.
own_program_name() { echo "$1-$(cat "$SANDBOX_HOME/$1"/*.go | cksum | cut -d' ' -f1)"; }

ensure_own_program() {
  local path
  path="$VERSION_DIR/bin/$(own_program_name "$1")"
  [[ -x "$path" ]] || under_build_lock build_own_program "$1" "$path"
  BIN_OF[$1]=$path
}

# Built with the module file of Kubernetes itself: client-go is then the one already compiled for the API server.
# The go.mod beside the source is for editors and `go vet`.
build_own_program() {
  local name=$1 path=$2
  [[ ! -x "$path" ]] || return 0
  [[ -n "${GO:-}" ]] || ensure_go
  local modules="$VERSION_DIR/modules/kubernetes"
  mkdir -p "$modules"
  [[ -s "$modules/go.mod" ]] || write_module kubernetes "$K8S_VERSION" > "$modules/go.mod"
  say "building $name"
  report_every 30 "still building $name" \
    go_build "$SANDBOX_HOME/$name" -modfile="$modules/go.mod" -ldflags "-s -w" -o "$path.new" . ||
    die "building hack/sandbox.d/$name failed; the compiler's messages are above"
  mv "$path.new" "$path"
}
