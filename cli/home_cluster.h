#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/failure.h"
#include "cli/options.h"
#include "kube/client/client.h"

namespace cli {

/// The home cluster as the user of the plugin sees it: with the user's credentials, reading only. Failures
/// have the fix in their message (explain_failure) and keep their code. For one thread.
class HomeCluster {
 public:
  /// `note` gets lines for standard error: what is read, and what takes long.
  static base::Result<HomeCluster> connect(const GlobalFlags& flags,
                                           std::function<void(const std::string&)> note);

  /// The namespace asked for, else that of the context.
  const std::string& ns() const { return ns_; }

  /// All objects of a kind, in the order of the API server. Objects that cannot be decoded are left out, with
  /// a note. `ns` "" lists all namespaces.
  template <typename Record>
  base::Result<std::vector<Record>> list(const kube::Resource& resource, std::string_view ns,
                                         kube::Decoder<Record> decode);
  base::Result<std::vector<nlohmann::json>> list_documents(const kube::Resource& resource,
                                                           std::string_view ns,
                                                           const std::string& label_selector = {});
  base::Result<nlohmann::json> get(const kube::Resource& resource, std::string_view ns,
                                   const std::string& name);

 private:
  HomeCluster(std::unique_ptr<kube::Client> client, std::string ns,
              std::function<void(const std::string&)> note)
      : client_(std::move(client)), ns_(std::move(ns)), note_(std::move(note)) {}
  /// `visit` returns false for an object that it cannot read.
  base::Outcome visit(const kube::Resource& resource, std::string_view ns, const std::string& label_selector,
                      const std::function<bool(kube::JsonObject&)>& visit,
                      const std::function<void()>& restart);
  base::Status explained(const char* verb, const kube::Resource& resource, std::string_view ns,
                         const std::string& name, base::Status status) const;

  std::unique_ptr<kube::Client> client_;
  std::string ns_;
  std::function<void(const std::string&)> note_;
};

template <typename Record>
base::Result<std::vector<Record>> HomeCluster::list(const kube::Resource& resource, std::string_view ns,
                                                    kube::Decoder<Record> decode) {
  std::vector<Record> out;
  auto listed = visit(
      resource, ns, {},
      [&](kube::JsonObject& object) {
        auto record = decode(object);
        if (record) out.push_back(std::move(*record));
        return record.has_value();
      },
      [&] { out.clear(); });
  if (!listed) return base::fail(std::move(listed.error()));
  return out;
}

}  // namespace cli
