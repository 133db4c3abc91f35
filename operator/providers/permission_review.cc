#include "operator/providers/permission_review.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "operator/providers/remote_call.h"

namespace op {
namespace {

std::string describe(const AccessCheck& check, const std::string& ns) {
  std::string text = std::string(check.verb) + " " + std::string(check.resource);
  return check.in_namespace ? text + " in namespace " + ns : text + " of the whole cluster";
}

base::Result<bool> is_allowed(kube::Client& client, const nlohmann::json& attributes) {
  const nlohmann::json review{{"apiVersion", kube::kSelfSubjectAccessReviews.api_version()},
                              {"kind", kube::kSelfSubjectAccessReviews.kind},
                              {"spec", {{"resourceAttributes", attributes}}}};
  const auto reply =
      call_json(client, kube::create_request(kube::kSelfSubjectAccessReviews, {}, review.dump()));
  if (!reply) return base::fail(reply.error());
  const auto allowed = nlohmann::json::json_pointer("/status/allowed");
  return reply->contains(allowed) && reply->at(allowed).is_boolean() && reply->at(allowed).get<bool>();
}

base::Result<bool> is_allowed(kube::Client& client, const AccessCheck& check, const std::string& ns) {
  nlohmann::json attributes{{"verb", check.verb}, {"resource", check.resource}};
  if (check.in_namespace) attributes["namespace"] = ns;
  return is_allowed(client, attributes);
}

/// Who may do everything may list kinds that do not exist, so that discovery is asked, too.
base::Result<bool> has_published_kind(kube::Client& client) {
  const auto reply = call_json(client, {.target = "/apis/" + api::kOffers.api_version()});
  if (!reply) {
    const bool none = reply.error().is(base::Code::kNotFound) || reply.error().is(base::Code::kForbidden);
    if (none) return false;
    return base::fail(reply.error());
  }
  const auto& kinds = reply->contains("resources") ? reply->at("resources") : nlohmann::json::array();
  return std::ranges::any_of(kinds, [](const nlohmann::json& kind) {
    return kind.is_object() && kind.contains("name") && kind.at("name") == api::kOffers.plural;
  });
}

}  // namespace

const std::vector<AccessCheck>& access_checks() {
  using Use = AccessCheck::Use;
  static const std::vector<AccessCheck> checks = [] {
    std::vector<AccessCheck> list;
    for (const std::string_view verb : {"create", "get", "list", "watch", "delete", "deletecollection"}) {
      list.push_back({verb, "pods", true, Use::kNeeded});
    }
    for (const std::string_view verb :
         {"create", "get", "list", "watch", "update", "delete", "deletecollection"}) {
      list.push_back({verb, "configmaps", true, Use::kNeeded});
    }
    for (const std::string_view verb : {"list", "watch"}) {
      list.push_back({verb, "nodes", false, Use::kReadNodes});
      list.push_back({verb, "pods", false, Use::kReadAllPods});
      list.push_back({verb, "events", true, Use::kReadEvents});
    }
    return list;
  }();
  return checks;
}

base::Result<Permissions> review_permissions(kube::Client& client, const std::string& remote_namespace) {
  Permissions found;
  found.read_nodes = true;
  found.read_all_pods = true;
  found.read_events = true;
  for (const auto& check : access_checks()) {
    const auto allowed = is_allowed(client, check, remote_namespace);
    if (!allowed) return base::fail(allowed.error());
    if (*allowed) continue;
    switch (check.use) {
      case AccessCheck::Use::kNeeded:
        found.missing.push_back(describe(check, remote_namespace));
        break;
      case AccessCheck::Use::kReadNodes:
        found.read_nodes = false;
        break;
      case AccessCheck::Use::kReadAllPods:
        found.read_all_pods = false;
        break;
      case AccessCheck::Use::kReadEvents:
        found.read_events = false;
        break;
    }
  }
  return found;
}

base::Result<bool> may_read_published(kube::Client& client) {
  auto possible = has_published_kind(client);
  for (const std::string_view verb : {"list", "watch"}) {
    if (!possible || !*possible) return possible;
    possible = is_allowed(
        client,
        nlohmann::json{{"verb", verb}, {"group", api::kOffers.group}, {"resource", api::kOffers.plural}});
  }
  return possible;
}

}  // namespace op
