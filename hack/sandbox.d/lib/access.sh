# shellcheck shell=bash
# What is applied to a fresh cluster: nodes, Neoburst's own access rights, its resource definitions, and the
# kubeconfigs made from the service accounts. The files applied are the very ones that users apply.

furnish_cluster() {
  local cluster=$1
  local nodes
  nodes=$(node_manifests "$cluster")
  [[ -z "$nodes" ]] || kubectl_of "$cluster" create -f - <<< "$nodes" > /dev/null
  if is_provider "$cluster"; then
    kubectl_of "$cluster" apply --server-side -f "$PROJECT_ROOT/docs/provider-access.yaml" > /dev/null
    kubeconfig_by_token "$cluster" neoburst neoburst "$STATE/$cluster.kubeconfig"
  else
    kubectl_of "$cluster" apply --server-side -f "$PROJECT_ROOT/deploy/rbac.yaml" > /dev/null
    kubeconfig_by_token "$cluster" neoburst-system neoburst-operator "$STATE/operator.kubeconfig"
    kubeconfig_by_token "$cluster" neoburst-system neoburst-extender "$STATE/extender.kubeconfig"
    apply_definitions "$cluster"
    apply_toleration_policy "$cluster"
    allow_kubelets "$cluster"
  fi
}

# What a cluster's installer does: the API server may use the API of kubelets, which ask who may.
allow_kubelets() {
  kubectl_of "$1" apply --server-side -f - > /dev/null << 'YAML'
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: kube-apiserver-kubelet-client}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:kubelet-api-admin}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: kube-apiserver-kubelet-client}]
YAML
}

# A MutatingAdmissionPolicy is served from Kubernetes 1.36 on; before it the operator appends the toleration.
apply_toleration_policy() {
  kubectl_of "$1" get mutatingadmissionpolicies > /dev/null 2>&1 || return 0
  kubectl_of "$1" apply --server-side -f "$PROJECT_ROOT/deploy/burst-toleration.yaml" > /dev/null
}

apply_definitions() {
  local cluster=$1 folder definitions=()
  for folder in "$PROJECT_ROOT/crds" "$PROJECT_ROOT/crds/policies"; do
    compgen -G "$folder/*.yaml" > /dev/null || continue
    definitions+=(-f "$folder")
  done
  [[ ${#definitions[@]} -gt 0 ]] || { say "no resource definitions in crds/ yet; going on without"; return 0; }
  kubectl_of "$cluster" apply --server-side "${definitions[@]}" > /dev/null
  kubectl_of "$cluster" wait --for condition=Established --timeout 30s crd --all > /dev/null
  # Established is not served yet: for a moment the API server answers "storage is (re)initializing".
  wait_for 30 "$cluster" kube-apiserver definitions_served "$cluster"
}

definitions_served() {
  local resource
  for resource in gpucapacityclaims neocloudproviders gpuoffers podbursts burstledgers neoburstconfigs; do
    kubectl_of "$1" get "$resource.neoburst.io" --all-namespaces > /dev/null || return 1
  done
}

# A pod can be created once its namespace's default service account exists.
default_accounts_ready() {
  local cluster=$1
  kubectl_of "$cluster" get serviceaccount default > /dev/null || return 1
  ! is_provider "$cluster" || kubectl_of "$cluster" get serviceaccount default --namespace neoburst > /dev/null
}
