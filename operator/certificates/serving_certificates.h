#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kube/client/client.h"
#include "operator/certificates/serving_certificate.h"
#include "operator/certificates/serving_options.h"

namespace op {

/// The serving certificates of burst nodes: signed by the cluster (CertificateSigningRequest), or one from
/// a given Secret for all nodes, or self-signed while neither exists. Renewed at about 80 % of their
/// life, replaced without a restart. Keys live in memory only, so a restart asks anew. Thread-safe; a
/// thread of its own sends all requests.
class ServingCertificates {
 public:
  /// A node has a new certificate from now on. Called on the thread of its own; quick.
  using OnChange = std::function<void(const std::string& node)>;

  /// `addresses`: the IP addresses that the burst nodes publish; at least one.
  ServingCertificates(kube::Client& home, const base::Clock& clock, ServingOptions options,
                      std::vector<std::string> addresses);
  ~ServingCertificates();
  /// Before start().
  void on_change(OnChange told);
  void start();
  void stop();

  /// The node's present certificate. Null until there is one: the first call begins to ask for it, and the
  /// change callback reports it (after a few hundred milliseconds where the cluster signs at once, else after
  /// ServingOptions::self_signed_after).
  std::shared_ptr<const ServingCertificate> current(const std::string& node);
  /// The node is gone: its certificate is forgotten. Its request stays; the cluster removes old
  /// ones.
  void forget(const std::string& node);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace op
