#include "operator/providers/permission_review.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "operator/remote/remote_call.h"

namespace op {
namespace {

std::string check_text(const AccessCheck& check, const std::string& ns) {
  const std::string text = std::string(check.verb) + " " + std::string(check.resource);
  return ns.empty() ? text + " of the whole cluster" : text + " in namespace " + ns;
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
  if (!ns.empty()) attributes["namespace"] = ns;
  return is_allowed(client, attributes);
}

/// Credentials that may do everything may also list kinds that do not exist, so discovery is asked, too.
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

std::vector<AccessCheck> access_checks(const burst::NamespaceRule& namespaces) {
  using Use = AccessCheck::Use;
  std::vector<AccessCheck> list;
  const auto add = [&](std::string_view resource, std::initializer_list<std::string_view> verbs, Use use,
                       bool where_twins_are) {
    for (const auto verb : verbs) list.push_back({verb, resource, where_twins_are, use});
  };
  add("pods", {"create", "get", "list", "watch", "delete", "deletecollection"}, Use::kNeeded, true);
  add("configmaps", {"create", "get", "list", "watch", "update", "patch", "delete", "deletecollection"},
      Use::kNeeded, true);
  if (namespaces.mapped()) add("namespaces", {"get", "create"}, Use::kNeeded, false);
  add("secrets", {"create", "patch", "delete"}, Use::kCopySecrets, true);
  add("services", {"create", "patch", "delete"}, Use::kCopyServices, true);
  add("nodes", {"list", "watch"}, Use::kReadNodes, false);
  add("pods", {"list", "watch"}, Use::kReadAllPods, false);
  add("events", {"list", "watch"}, Use::kReadEvents, true);
  return list;
}

base::Result<Permissions> review_permissions(kube::Client& client, const burst::NamespaceRule& namespaces) {
  using Use = AccessCheck::Use;
  Permissions found{.missing = {},
                    .read_nodes = true,
                    .read_all_pods = true,
                    .read_events = true,
                    .copy_secrets = true,
                    .copy_services = true};
  const std::map<Use, bool*> optional{{Use::kReadNodes, &found.read_nodes},
                                      {Use::kReadAllPods, &found.read_all_pods},
                                      {Use::kReadEvents, &found.read_events},
                                      {Use::kCopySecrets, &found.copy_secrets},
                                      {Use::kCopyServices, &found.copy_services}};
  for (const auto& check : access_checks(namespaces)) {
    const bool in_one = check.where_twins_are && !namespaces.mapped();
    const std::string ns = in_one ? namespaces.given : std::string();
    const auto allowed = is_allowed(client, check, ns);
    if (!allowed) return base::fail(allowed.error());
    if (*allowed) continue;
    if (const auto flag = optional.find(check.use); flag != optional.end()) {
      *flag->second = false;
    } else {
      found.missing.push_back(check_text(check, ns));
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
