# shellcheck shell=bash
# Certificates. Every cluster has a CA of its own: a certificate of one means nothing to another, as in real life.

make_pki() {
  local cluster=$1 pki="$STATE/$1/pki"
  mkdir -p "$pki"
  new_key "$pki/ca.key"
  openssl req -x509 -new -key "$pki/ca.key" -days 3650 -subj "/CN=$cluster-ca" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out "$pki/ca.crt"

  # One serving certificate for all servers of the cluster; 10.0.0.1 is the `kubernetes` service.
  new_certificate "$pki" serving "/CN=kube-apiserver" serverAuth \
    "IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"

  # Users. Names are kept apart so that an audit log tells who wrote what.
  new_certificate "$pki" admin "/O=system:masters/CN=admin" clientAuth
  new_certificate "$pki" kube-controller-manager "/O=system:masters/CN=system:kube-controller-manager" clientAuth
  new_certificate "$pki" kube-scheduler "/CN=system:kube-scheduler" clientAuth
  new_certificate "$pki" kwok "/O=system:masters/CN=kwok" clientAuth
  new_certificate "$pki" startgate "/O=system:masters/CN=startgate" clientAuth
  new_certificate "$pki" kubelet-client "/CN=kube-apiserver-kubelet-client" clientAuth

  # The API server, when it hands on a request to an API that another server has.
  new_certificate "$pki" front-proxy "/CN=front-proxy" clientAuth

  new_key "$pki/service-account.key"
  openssl pkey -in "$pki/service-account.key" -pubout -out "$pki/service-account.pub"
}

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# new_certificate FOLDER NAME SUBJECT USAGE [ALT_NAMES]
new_certificate() {
  local folder=$1 name=$2 subject=$3 usage=$4 names=${5:-}
  new_key "$folder/$name.key"
  openssl req -new -key "$folder/$name.key" -subj "$subject" |
    openssl x509 -req -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -days 3650 -set_serial "0x$(openssl rand -hex 8)" \
      -extfile <(printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n%s\n' "$usage" "${names:+subjectAltName=$names}") \
      -out "$folder/$name.crt" 2> /dev/null
}
