#include "operator/references/copy_store.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "burst/names.h"
#include "kube/core/patch.h"
#include "operator/references/owned_object.h"
#include "operator/remote/remote_call.h"

namespace op {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// A root that was seen so lately is taken to stand: pods of one job come by the hundred.
constexpr auto kRootStandsFor = 8s;
/// Others change the root only when two operators are at work.
constexpr int kTries = 5;
constexpr std::size_t kDigestLength = 26;

base::SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

bool is_our_root(const json& root, const burst::CopyPlace& place) {
  const json labels = root.at("metadata").value("labels", json::object());
  return labels.value(std::string(burst::kInstallationLabel), "") == place.installation &&
         labels.value(std::string(burst::kRoleLabel), "") == "root";
}

}  // namespace

base::Outcome CopyStore::take_root(const json& root) {
  if (!is_our_root(root, place_)) {
    return base::fail(base::Code::kInvalid,
                      "a foreign ConfigMap at the provider has the name " + root_name());
  }
  if (root.at("metadata").contains("deletionTimestamp")) {
    return base::fail(base::Code::kUnavailable, "the copies at the provider are being removed");
  }
  const std::string uid = root["metadata"].value("uid", "");
  if (uid != root_uid_) sent_.clear();  // they went with their owner, or will
  root_uid_ = uid;
  root_version_ = root["metadata"].value("resourceVersion", "");
  root_seen_ = steady_now();
  listed_ = burst::listed_copies(root);
  return {};
}

base::Result<bool> CopyStore::read_root(RemoteCluster& cluster) {
  const auto root =
      call_json(cluster.client(), kube::get_request(kube::kConfigMaps, place_.remote_namespace, root_name()));
  if (root) {
    if (auto taken = take_root(*root); !taken) return base::fail(taken.error());
    return true;
  }
  root_uid_.clear();
  listed_.clear();
  sent_.clear();
  if (root.error().is(base::Code::kNotFound)) return false;
  return base::fail(root.error());
}

bool CopyStore::lists(const burst::Copy& copy) const {
  return std::ranges::find(listed_, copy) != listed_.end();
}

std::string CopyStore::root_name() const {
  return burst::root_name(place_.installation, place_.home_namespace);
}

base::Outcome CopyStore::list_copies(RemoteCluster& cluster, const std::vector<burst::Copy>& copies) {
  const auto missing = [&] {
    json entries = json::object();
    for (const auto& copy : copies) {
      if (!lists(copy)) entries.update(json::object({burst::root_entry(copy)}));
    }
    return entries;
  };
  if (!root_uid_.empty() && steady_now() - root_seen_ < kRootStandsFor && missing().empty()) return {};
  base::Outcome last;
  for (int i = 0; i < kTries; ++i) {
    const auto found = read_root(cluster);
    if (!found) return base::fail(found.error());
    const json entries = missing();
    if (*found && entries.empty()) return {};
    last = *found ? patch_root(cluster, entries) : create_root(cluster, entries);
    const bool raced =
        !last && (last.error().is(base::Code::kConflict) || last.error().is(base::Code::kAlreadyExists));
    if (!raced) return last;
  }
  return last;
}

base::Outcome CopyStore::create_root(RemoteCluster& cluster, const json& entries) {
  json root = burst::make_root(place_);
  root["data"] = entries;
  const auto created = call_json(
      cluster.client(), kube::create_request(kube::kConfigMaps, place_.remote_namespace, root.dump()));
  return created ? take_root(*created) : base::fail(created.error());
}

base::Outcome CopyStore::patch_root(RemoteCluster& cluster, const json& entries) {
  const json patch = {{"metadata", {{"uid", root_uid_}, {"resourceVersion", root_version_}}},
                      {"data", entries}};
  const auto patched =
      call_json(cluster.client(), kube::patch_request(kube::kConfigMaps, place_.remote_namespace, root_name(),
                                                      kube::PatchType::kMerge, patch.dump()));
  return patched ? take_root(*patched) : base::fail(patched.error());
}

base::Outcome CopyStore::write(RemoteCluster& cluster, const burst::Copy& copy, const json& source,
                               std::chrono::milliseconds stands_for) {
  const auto object = burst::copy_object(place_, root_uid_, copy, source);
  if (!object) return {};
  const std::string key = burst::root_key(copy);
  const std::string digest = base::short_digest(object->dump(), kDigestLength);
  const auto sent = sent_.find(key);
  const auto now = steady_now();
  if (sent != sent_.end() && sent->second.digest == digest && now - sent->second.at < stands_for) return {};
  // The most likely request first: a copy that was never sent is probably not there.
  const bool known = sent != sent_.end();
  auto done = known ? patch_owned(cluster, *object) : create_owned(cluster, *object);
  if (!done && known && done.error().is(base::Code::kNotFound)) done = create_owned(cluster, *object);
  if (!done && !known && done.error().is(base::Code::kAlreadyExists)) done = patch_owned(cluster, *object);
  if (!done && done.error().is(base::Code::kInvalid)) done = replace_owned(cluster, *object);
  if (!done) {
    sent_.erase(key);
    return done;
  }
  sent_[key] = {digest, now};
  return {};
}

base::Outcome CopyStore::remove(RemoteCluster& cluster, const burst::Copy& copy) {
  const std::string key = burst::root_key(copy);
  sent_.erase(key);
  const json object = *burst::copy_object(place_, root_uid_, copy, {{"spec", {{"clusterIP", "None"}}}});
  if (auto removed = remove_owned(cluster, object); !removed) return removed;
  auto patched = patch_root(cluster, {{key, nullptr}});
  if (patched) used_at_.erase(key);
  return patched;
}

base::Outcome CopyStore::remove_root(RemoteCluster& cluster) {
  auto removed =
      remove_in_time(cluster, kube::kConfigMaps, place_.remote_namespace, root_name(),
                     {.uid = root_uid_, .resource_version = root_version_, .propagation = "Background"});
  if (removed) root_uid_.clear();
  return removed;
}

void CopyStore::use(const std::vector<burst::Copy>& copies, std::chrono::seconds duration) {
  const auto until = steady_now() + duration;
  for (const auto& copy : copies) {
    auto& used = used_at_[burst::root_key(copy)];
    used = std::max(used, until);
  }
}

std::chrono::milliseconds CopyStore::unused_for(const burst::Copy& copy, bool used) {
  const auto now = steady_now();
  const auto at = used_at_.try_emplace(burst::root_key(copy), now).first;
  if (used) at->second = now;
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - at->second);
}

std::shared_ptr<CopyStore> CopyStores::of(const std::string& provider, const std::string& remote_namespace,
                                          const std::string& home_namespace) {
  std::lock_guard lock(mutex_);
  auto& store = stores_[{provider, remote_namespace, home_namespace}];
  if (!store)
    store = std::make_shared<CopyStore>(burst::CopyPlace{installation_, home_namespace, remote_namespace});
  return store;
}

}  // namespace op
