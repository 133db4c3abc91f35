#include "operator/references/owned_object.h"

#include <string>
#include <utility>

#include "burst/names.h"
#include "kube/core/patch.h"
#include "operator/remote/remote_call.h"

namespace op {
namespace {

using nlohmann::json;

const kube::Resource& resource_of_object(const json& object) {
  const std::string kind = object.value("kind", "");
  if (kind == kube::kSecrets.kind) return kube::kSecrets;
  return kind == kube::kServices.kind ? kube::kServices : kube::kConfigMaps;
}

std::string ns_of(const json& object) { return object["metadata"].value("namespace", ""); }
std::string name_of(const json& object) { return object["metadata"].value("name", ""); }

/// A patch that succeeds only on an object with all labels of `object`.
kube::JsonPatch only_if_ours(const json& object) {
  kube::JsonPatch patch;
  for (const auto& [key, value] : object["metadata"]["labels"].items()) {
    patch.test("/metadata/labels/" + kube::JsonPatch::escape(key), value);
  }
  return patch;
}

/// The UID of the patched object. The reply holds only metadata: it may be a Secret.
base::Result<std::string> send_patch(RemoteCluster& cluster, const json& object,
                                     const kube::JsonPatch& patch) {
  auto request = kube::patch_request(resource_of_object(object), ns_of(object), name_of(object),
                                     kube::PatchType::kJson, patch.body());
  kube::want_metadata_only(request);
  request.timeout = kProbeTimeout;
  const auto reply = cluster.client().send(std::move(request));
  if (!reply) return base::fail(reply.error());
  auto record = kube::decode_text<kube::MetaRecord>(reply->body, kube::decode_meta);
  if (!record) return base::fail(std::move(record.error()));
  return std::move(record->meta.uid);
}

base::Outcome create(RemoteCluster& cluster, const json& object, bool dry_run) {
  auto request = kube::create_request(resource_of_object(object), ns_of(object), object.dump());
  kube::want_metadata_only(request);
  request.timeout = kProbeTimeout;
  if (dry_run) request.target += "?dryRun=All";
  const auto reply = cluster.client().send(std::move(request));
  if (!reply) return base::fail(reply.error());
  return {};
}

}  // namespace

base::Outcome remove_in_time(RemoteCluster& cluster, const kube::Resource& resource, std::string_view ns,
                             std::string_view name, const kube::DeleteOptions& options) {
  auto request = kube::delete_request(resource, ns, name, options);
  request.timeout = kProbeTimeout;
  const auto reply = cluster.client().send(std::move(request));
  if (!reply && !reply.error().is(base::Code::kNotFound)) return base::fail(reply.error());
  return {};
}

base::Outcome create_owned(RemoteCluster& cluster, const json& object) {
  return create(cluster, object, /*dry_run=*/false);
}

base::Outcome patch_owned(RemoteCluster& cluster, const json& object) {
  kube::JsonPatch patch = only_if_ours(object);
  patch.add("/metadata/ownerReferences", object["metadata"]["ownerReferences"]);
  for (const char* field : {"data", "binaryData", "type"}) {
    if (object.contains(field)) patch.add(std::string("/") + field, object[field]);
  }
  if (object.contains("spec")) {
    for (const auto& [field, value] : object["spec"].items()) patch.add("/spec/" + field, value);
  }
  const auto patched = send_patch(cluster, object, patch);
  if (!patched) return base::fail(patched.error());
  return {};
}

base::Outcome replace_owned(RemoteCluster& cluster, const json& object) {
  // Admission comes before the check whether the name is taken.
  const auto tried = create(cluster, object, /*dry_run=*/true);
  if (!tried && !tried.error().is(base::Code::kAlreadyExists)) return tried;
  const auto uid = send_patch(cluster, object, only_if_ours(object));
  if (uid) {
    auto removed =
        remove_in_time(cluster, resource_of_object(object), ns_of(object), name_of(object), {.uid = *uid});
    return removed ? create_owned(cluster, object) : removed;
  }
  if (uid.error().is(base::Code::kNotFound)) return create_owned(cluster, object);
  if (!uid.error().is(base::Code::kInvalid)) return base::fail(uid.error());
  return base::fail(base::Code::kInvalid, object.value("kind", "") + " " + name_of(object) +
                                              " in namespace " + ns_of(object) +
                                              " at the provider is not ours, and its name is needed");
}

base::Outcome remove_owned(RemoteCluster& cluster, const json& object) {
  const auto uid = send_patch(cluster, object, only_if_ours(object));
  if (uid)
    return remove_in_time(cluster, resource_of_object(object), ns_of(object), name_of(object), {.uid = *uid});
  if (uid.error().is(base::Code::kNotFound) || uid.error().is(base::Code::kInvalid)) return {};
  return base::fail(uid.error());
}

}  // namespace op
