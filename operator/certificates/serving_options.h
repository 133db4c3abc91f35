#pragma once

#include <chrono>
#include <string>

#include "base/status.h"
#include "kube/core/meta.h"

namespace op {

/// Where the serving certificates of burst nodes come from.
struct ServingOptions {
  /// signerName of the CertificateSigningRequests.
  std::string signer = "kubernetes.io/kubelet-serving";
  /// A Secret with tls.crt and tls.key for all burst nodes, in place of a signer; no name = none.
  kube::ObjectKey secret = {};
  /// How long a signer may take before a node serves with a self-signed certificate.
  std::chrono::milliseconds self_signed_after = std::chrono::seconds(10);
};

/// Takes "namespace/name" apart; Invalid with the fix in the message.
base::Result<kube::ObjectKey> parse_serving_secret(const std::string& text);

}  // namespace op
