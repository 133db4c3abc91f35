# shellcheck shell=bash
# shellcheck disable=SC2034  # read by the other files
# Names and places. Everything an instance owns lies in STATE, except etcd's data, which prefers memory.

INSTANCE="${NEOBURST_SANDBOX:-default}"
[[ "$INSTANCE" =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] ||
  die "NEOBURST_SANDBOX is '$INSTANCE'" "use at most 32 lower-case letters, digits and dashes"

BASE="${TMPDIR:-/tmp}"
BASE="${BASE%/}/neoburst-sandbox-$UID"
STATE="${NEOBURST_SANDBOX_DIR:-$BASE/$INSTANCE}"
[[ "$STATE" == /* ]] || die "NEOBURST_SANDBOX_DIR is '$STATE'" "give an absolute path"
STATE="${STATE%/}"

HOME_CLUSTER=home
PROVIDERS=(neocloud-eu neocloud-us neocloud-es)
CLUSTERS=("$HOME_CLUSTER" "${PROVIDERS[@]}")

is_provider() { [[ "$1" != "$HOME_CLUSTER" ]]; }

# The components of a cluster, in the order they are started and listed. Those that are not always there follow when
# they are.
components_of() {
  printf '%s\n' etcd kube-apiserver kube-controller-manager kube-scheduler kwok
  ! is_provider "$1" || echo startgate
  [[ ! -e "$STATE/$1/metrics-server.pid" ]] || echo metrics-server
  [[ ! -e "$STATE/$1/kubelet.pid" ]] || echo kubelet
}

# Where etcd of a cluster keeps its data. It is thrown away on `down`, so memory is the right place for it;
# the folder's name is derived from STATE, so that `down` finds it even if nothing else was written.
memory_dir() {
  local digest
  digest=$(printf '%s' "$STATE" | cksum | cut -d' ' -f1)
  echo "/dev/shm/neoburst-sandbox-$UID-$INSTANCE-$digest"
}
