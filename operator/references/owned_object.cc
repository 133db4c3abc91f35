#include "operator/references/owned_object.h"

#include <string>
#include <utility>

#include "burst/names.h"
#include "kube/core/node_record.h"
#include "kube/core/patch.h"

namespace op {
namespace {

using nlohmann::json;

const kube::Resource& resource_of(const json& object) {
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

/// The UID of what was patched. The reply holds no more than metadata: it may be a Secret.
base::Result<std::string> send_patch(RemoteCluster& cluster, const json& object,
                                     const kube::JsonPatch& patch) {
  auto request = kube::patch_request(resource_of(object), ns_of(object), name_of(object),
                                     kube::PatchType::kJson, patch.body());
  kube::want_metadata_only(request);
  const auto reply = cluster.client().send(std::move(request));
  if (!reply) return base::fail(reply.error());
  auto record = kube::decode_text<kube::MetaRecord>(reply->body, kube::decode_meta);
  if (!record) return base::fail(std::move(record.error()));
  return std::move(record->meta.uid);
}

}  // namespace

base::Outcome create_owned(RemoteCluster& cluster, const json& object) {
  const auto created = cluster.client().create_for_metadata(resource_of(object), ns_of(object), object);
  if (!created) return base::fail(created.error());
  return {};
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
  const auto uid = send_patch(cluster, object, only_if_ours(object));
  if (uid) {
    auto removed =
        cluster.client().remove(resource_of(object), ns_of(object), name_of(object), {.uid = *uid});
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
  if (uid) return cluster.client().remove(resource_of(object), ns_of(object), name_of(object), {.uid = *uid});
  if (uid.error().is(base::Code::kNotFound) || uid.error().is(base::Code::kInvalid)) return {};
  return base::fail(uid.error());
}

}  // namespace op
