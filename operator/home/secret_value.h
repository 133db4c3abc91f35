#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/status.h"
#include "kube/client/client.h"
#include "operator/home/trouble.h"

namespace op {

/// A value in a Secret at home, and the words for its absence.
struct SecretValueRef {
  kube::ObjectKey secret;
  std::string key;
  std::string_view holds;  ///< "the provider's kubeconfig"
  std::string_view field;  ///< of our spec that names it: "spec.kubeconfigSecretRef"

  /// "Secret ns/name, key \"key\"".
  std::string text() const;
};

/// Reads the value; "" where it is empty or not Base64. A Status only for failures of the home API server;
/// a fault of the Secret is Trouble. Neither ever holds a part of the value.
base::Result<std::variant<std::string, Trouble>> read_secret_value(kube::Client& home,
                                                                   const SecretValueRef& ref);

}  // namespace op
