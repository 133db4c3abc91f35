#include "support/recorder.h"

#include <charconv>

#include "burst/names.h"
#include "kube/runtime/informer.h"
#include "support/wait.h"

namespace testing_support {
namespace {

std::int64_t version_of(const kube::ObjectMeta& meta) {
  std::int64_t version = 0;
  const std::string& text = meta.resource_version;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

template <typename Record>
Seen<Record> seen(const std::string& cluster, const kube::Change<Record>& change) {
  const EventKind kind = !change.after    ? EventKind::kDeleted
                         : !change.before ? EventKind::kAdded
                                          : EventKind::kModified;
  return {kind, cluster, base::system_clock().now(), version_of(change.any().meta),
          change.after ? change.after : change.before};
}

}  // namespace

struct Recorder::Watches {
  std::vector<std::unique_ptr<kube::Informer<kube::PodRecord>>> pods;
  std::vector<std::unique_ptr<kube::Informer<kube::MetaRecord>>> config_maps;
  std::unique_ptr<kube::Informer<api::BurstRecord>> bursts;

  bool synced() const {
    for (const auto& each : pods) {
      if (!each->synced()) return false;
    }
    for (const auto& each : config_maps) {
      if (!each->synced()) return false;
    }
    return bursts->synced();
  }
};

Recorder::Recorder(Sandbox& sandbox, OnPod on_pod)
    : on_pod_(std::move(on_pod)), watches_(std::make_unique<Watches>()) {
  for (const auto& cluster : Sandbox::clusters()) {
    auto& pods = watches_->pods.emplace_back(std::make_unique<kube::Informer<kube::PodRecord>>(
        sandbox.admin(cluster),
        kube::InformerOptions{.resource = kube::kPods, .name = "test-pods-" + cluster}, kube::decode_pod));
    pods->on_change([this, cluster](const kube::Change<kube::PodRecord>& change) {
      std::lock_guard lock(mutex_);
      history_.pods.push_back(seen(cluster, change));
      if (on_pod_) on_pod_(history_.pods.back());
    });
    if (cluster == "home") continue;
    auto& maps = watches_->config_maps.emplace_back(std::make_unique<kube::Informer<kube::MetaRecord>>(
        sandbox.admin(cluster),
        kube::InformerOptions{.resource = kube::kConfigMaps,
                              .label_selector = std::string(burst::kRoleLabel),
                              .name = "test-maps-" + cluster},
        kube::decode_meta));
    maps->on_change([this, cluster](const kube::Change<kube::MetaRecord>& change) {
      std::lock_guard lock(mutex_);
      history_.config_maps.push_back(seen(cluster, change));
    });
  }
  watches_->bursts = std::make_unique<kube::Informer<api::BurstRecord>>(
      sandbox.home(), kube::InformerOptions{.resource = api::kBursts, .name = "test-bursts"},
      api::decode_burst);
  watches_->bursts->on_change([this](const kube::Change<api::BurstRecord>& change) {
    std::lock_guard lock(mutex_);
    history_.bursts.push_back(seen(std::string("home"), change));
  });
  for (auto& each : watches_->pods) each->start();
  for (auto& each : watches_->config_maps) each->start();
  watches_->bursts->start();
  require_within("the recorder's watches", std::chrono::seconds(30),
                 [&] { return watches_->synced() ? std::string() : std::string("first lists are missing"); });
}

Recorder::~Recorder() = default;

History Recorder::history() const {
  std::lock_guard lock(mutex_);
  return history_;
}

}  // namespace testing_support
