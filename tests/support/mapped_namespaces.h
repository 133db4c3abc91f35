#pragma once

#include <string>
#include <utility>

#include "support/e2e.h"

namespace testing_support {

/// Tests with a third provider, in whose cluster each home namespace has one of its own
/// (spec.remoteNamespacePrefix): it has one GPU node in `region`, and once connected no more rights than
/// docs/provider-access.yaml and docs/provider-access-mapped.yaml give. Afterwards the namespaces are gone.
class MappedNamespaces : public EndToEnd {
 protected:
  static constexpr const char* kProvider = "neocloud-es";

  MappedNamespaces(std::string region, std::string prefix)
      : region_(std::move(region)), prefix_(std::move(prefix)) {}
  void SetUp() override;
  void TearDown() override;

  kube::Client& es() { return sandbox_.admin(kProvider); }
  nlohmann::json provider() const;
  /// The burst node of its only offer.
  std::string node() const { return "neoburst-neocloud-es-" + region_ + "-h100-ondemand"; }
  /// The namespace there of the test's own.
  std::string mapped() const { return prefix_ + ns_; }
  /// `verb` is apply or delete.
  void change_rights(const std::string& verb);
  /// Gives the rights, registers the provider, and creates a claim "research" that allows it alone.
  void connect();

 private:
  const std::string region_;
  const std::string prefix_;
};

}  // namespace testing_support
