# shellcheck shell=bash
# Kubeconfigs with everything inside, so that one file can be handed on.

server_of() { echo "https://127.0.0.1:${PORT[$1/kube-apiserver]}"; }

# kubeconfig_by_certificate CLUSTER USER FILE
kubeconfig_by_certificate() {
  local pki="$STATE/$1/pki"
  write_kubeconfig "$1" "$2" default "$3" \
    "client-certificate-data: $(base64 -w0 < "$pki/$2.crt")" "client-key-data: $(base64 -w0 < "$pki/$2.key")"
}

# kubeconfig_by_token CLUSTER NAMESPACE SERVICE_ACCOUNT FILE
kubeconfig_by_token() {
  local token
  token=$(kubectl_of "$1" create token "$3" --namespace "$2" --duration 8760h)
  write_kubeconfig "$1" "$3" "$2" "$4" "token: $token"
}

write_kubeconfig() {
  local cluster=$1 user=$2 namespace=$3 file=$4 credential
  shift 4
  {
    cat << YAML
apiVersion: v1
kind: Config
clusters:
- name: $cluster
  cluster:
    server: $(server_of "$cluster")
    certificate-authority-data: $(base64 -w0 < "$STATE/$cluster/pki/ca.crt")
users:
- name: $user
  user:
YAML
    for credential in "$@"; do echo "    $credential"; done
    cat << YAML
contexts:
- name: $cluster
  context: {cluster: $cluster, user: $user, namespace: $namespace}
current-context: $cluster
YAML
  } > "$file.new"
  mv "$file.new" "$file"
}

admin_kubeconfig() {
  if is_provider "$1"; then echo "$STATE/$1-admin.kubeconfig"; else echo "$STATE/$1.kubeconfig"; fi
}

kubectl_of() {
  local cluster=$1
  shift
  HOME="$STATE/$cluster" "$STATE/bin/kubectl" --kubeconfig "$(admin_kubeconfig "$cluster")" "$@"
}
