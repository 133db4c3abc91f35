#pragma once

#include <memory>
#include <string>

#include "kube/client/client.h"
#include "kube/runtime/informer.h"

namespace op {

/// The home cluster's client CA, followed as it rotates: key client-ca-file of ConfigMap
/// kube-system/extension-apiserver-authentication, where API servers publish it. Thread-safe.
class ClientCa {
 public:
  explicit ClientCa(kube::Client& home);
  ~ClientCa();
  void start();
  void stop();
  /// Whether the cluster has been asked. Until then "" does not mean that it has none.
  bool known() const;
  /// PEM of all its certificates; "" while unknown, or where the cluster has none: then no client certificate
  /// counts.
  std::string pem() const;

 private:
  struct Record;
  struct Following;
  std::unique_ptr<Following> following_;
};

}  // namespace op
