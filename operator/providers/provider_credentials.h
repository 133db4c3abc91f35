#pragma once

#include <string>
#include <variant>

#include "api/records.h"
#include "base/clock.h"
#include "kube/client/client.h"
#include "operator/providers/provider_status.h"

namespace op {

/// Credentials as read from a provider's Secret, ready to connect with.
struct Credentials {
  kube::ClientConfig config;
  /// Digest of all that identifies a connection (kubeconfig, context, namespace). When it changes, connect
  /// anew.
  std::string fingerprint;
  std::string server;  ///< host:port, for messages
};

/// Turns the Secret's kubeconfig text into credentials. Pure. Trouble names Secret and key, never their
/// content.
std::variant<Credentials, Trouble> parse_credentials(const api::ProviderRecord& provider,
                                                     const std::string& kubeconfig, base::Time now);

/// Reads the Secret at home. A Status only for failures of the home API server; a fault of the Secret
/// is Trouble.
base::Result<std::variant<Credentials, Trouble>> read_credentials(kube::Client& home,
                                                                  const api::ProviderRecord& provider,
                                                                  base::Time now);

}  // namespace op
