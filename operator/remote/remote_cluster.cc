#include "operator/remote/remote_cluster.h"

#include <algorithm>
#include <utility>

#include "burst/names.h"
#include "operator/remote/published_offers.h"

namespace op {
namespace {

kube::InformerOptions ours(const std::string& provider, const kube::Resource& resource, const std::string& ns,
                           const std::string& installation) {
  kube::InformerOptions options{.resource = resource};
  options.ns = ns;
  options.label_selector = std::string(burst::kInstallationLabel) + "=" + installation;
  options.name = provider + "/" + std::string(resource.plural);
  return options;
}

kube::InformerOptions everything(const std::string& provider, const kube::Resource& resource) {
  kube::InformerOptions options{.resource = resource};
  options.name = provider + "/all-" + std::string(resource.plural);
  return options;
}

std::string pod_uid_of(const kube::ObjectMeta& meta) {
  const std::string* uid = kube::find_value(meta.labels, burst::kPodUidLabel);
  return uid ? *uid : std::string();
}

/// Pods that wait or run come before those that have ended. A twin that vanished may be a loss: its reconcile
/// asks the provider, and must not keep one of the few workers for ended pods waiting.
kube::Urgency urgency_of(const kube::Change<RemotePod>& change) {
  const bool over = change.after && kube::is_terminal(change.after->phase);
  return over ? kube::Urgency::kLow : kube::Urgency::kNormal;
}

/// Only what moves GPUs matters: pods of the provider change their status all the time.
bool changes_capacity(const kube::Change<RemotePod>& change) {
  if (change.any().requested(burst::kGpuResource) == 0) return false;
  if (!change.before || !change.after) return true;
  return change.before->node_name != change.after->node_name ||
         kube::is_terminal(change.before->phase) != kube::is_terminal(change.after->phase);
}

kube::InformerOptions watched_pods(const std::string& provider, const std::string& ns,
                                   const std::string& installation, const Permissions& permissions) {
  return permissions.read_nodes && permissions.read_all_pods ? everything(provider, kube::kPods)
                                                             : ours(provider, kube::kPods, ns, installation);
}

}  // namespace

base::Result<RemotePod> decode_remote_pod(kube::JsonObject& object) {
  auto record = kube::decode_pod(object);
  if (!record) return base::fail(std::move(record.error()));
  RemotePod pod{std::move(*record), {}};
  if (!kube::find_value(pod.meta.labels, burst::kInstallationLabel)) return pod;
  // A second pass through the object, for the raw text of one field only.
  if (object.reset().error()) return base::fail(base::Code::kMalformed, "pod: broken JSON");
  simdjson::ondemand::value status;
  if (const auto error = object.find_field_unordered("status").get(status);
      error == simdjson::NO_SUCH_FIELD) {
    pod.status_json = "{}";
    return pod;
  } else if (error) {
    return base::fail(base::Code::kMalformed, "pod: broken JSON");
  }
  simdjson::ondemand::object fields;
  std::string_view status_text;
  if (status.get_object().get(fields) || fields.raw_json().get(status_text)) {
    return base::fail(base::Code::kMalformed, "pod.status: not an object");
  }
  const auto end = status_text.find_last_of('}');
  pod.status_json = status_text.substr(0, end == std::string_view::npos ? 0 : end + 1);
  return pod;
}

RemoteCluster::RemoteCluster(std::string name, burst::NamespaceRule namespaces,
                             std::unique_ptr<kube::Client> client, Permissions permissions,
                             std::string installation, OnPodUid on_twin, OnCapacity on_capacity)
    : name_(std::move(name)),
      namespaces_(std::move(namespaces)),
      installation_(std::move(installation)),
      client_(std::move(client)),
      permissions_(std::move(permissions)),
      pods_(*client_, watched_pods(name_, listed_namespace(), installation_, permissions_),
            decode_remote_pod),
      config_maps_(*client_, ours(name_, kube::kConfigMaps, listed_namespace(), installation_),
                   kube::decode_meta) {
  pods_.on_change([this, on_twin, on_capacity](const kube::Change<RemotePod>& change) {
    // A twin that lost its labels is reported under its earlier ones.
    const bool was_twin = change.before && is_twin(*change.before);
    if (was_twin && !change.after) departed_.add(change.before->meta.name, change.before);
    if (was_twin || is_twin(change.any())) {
      const auto uid = pod_uid_of(was_twin ? change.before->meta : change.any().meta);
      if (!uid.empty()) on_twin(uid, urgency_of(change));
    }
    if (changes_capacity(change)) on_capacity();
  });
  config_maps_.on_change([on_twin](const kube::Change<kube::MetaRecord>& change) {
    if (const auto uid = pod_uid_of(change.any().meta); !uid.empty()) on_twin(uid, kube::Urgency::kLow);
  });
  if (permissions_.read_nodes) {
    nodes_ = std::make_unique<kube::Informer<kube::NodeRecord>>(*client_, everything(name_, kube::kNodes),
                                                                kube::decode_node);
    nodes_->on_change([this, on_twin, on_capacity](const kube::Change<kube::NodeRecord>& change) {
      on_capacity();
      const bool relabelled =
          change.after && (!change.before || change.before->meta.labels != change.after->meta.labels);
      // Twins may be on it already: only now is known whether it has the promised GPU.
      if (relabelled && nodes_->synced()) tell_twins_on(change.after->meta.name, on_twin);
    });
  }
}

RemoteCluster::~RemoteCluster() { stop(); }

void RemoteCluster::watch_published(std::string selector, OnCapacity on_capacity) {
  published_selector_ = std::move(selector);
  auto options = everything(name_, api::kOffers);
  options.label_selector = published_selector_;
  published_ = std::make_unique<kube::Informer<api::OfferRecord>>(*client_, options, decode_published);
  published_->on_change([told = std::move(on_capacity)](const kube::Change<api::OfferRecord>&) { told(); });
}

void RemoteCluster::watch_events(EventWatch::Heard heard) {
  events_ = std::make_unique<EventWatch>(*client_, name_, listed_namespace(), std::move(heard));
}

void RemoteCluster::start() {
  pods_.start();
  config_maps_.start();
  if (nodes_) nodes_->start();
  if (published_) published_->start();
  if (events_) events_->start();
}

void RemoteCluster::stop() {
  client_->stop();  // first: the informers' threads may sit in a request to a hung server
  pods_.stop();
  config_maps_.stop();
  if (nodes_) nodes_->stop();
  if (published_) published_->stop();
  if (events_) events_->stop();
}

void RemoteCluster::tell_twins_on(const std::string& node, const OnPodUid& on_twin) const {
  for (const auto& twin : twins()) {
    const auto uid = pod_uid_of(twin->meta);
    if (twin->node_name == node && !uid.empty()) on_twin(uid, kube::Urgency::kNormal);
  }
}

bool RemoteCluster::is_twin(const kube::PodRecord& pod) const {
  const std::string* owner = kube::find_value(pod.meta.labels, burst::kInstallationLabel);
  return owner && *owner == installation_ && namespaces_.covers(pod.meta.ns);
}

std::shared_ptr<const RemotePod> RemoteCluster::twin(const std::string& remote_namespace,
                                                     const std::string& attempt) const {
  auto pod = pods_.store().get({remote_namespace, attempt});
  return pod && is_twin(*pod) ? pod : nullptr;
}

std::vector<std::shared_ptr<const RemotePod>> RemoteCluster::twins() const {
  auto found = pods();
  std::erase_if(found, [this](const auto& pod) { return !is_twin(*pod); });
  return found;
}

bool RemoteCluster::synced() const { return pods_.synced() && config_maps_.synced(); }

bool RemoteCluster::capacity_synced() const {
  return synced() && (!nodes_ || nodes_->synced()) &&
         (!published_ || published_->synced() || published_unread());
}

const kube::Store<api::OfferRecord>* RemoteCluster::published() const {
  return published_ && published_->synced() ? &published_->store() : nullptr;
}

bool RemoteCluster::published_unread() const {
  return published_ && !published_->synced() && !published_->loop().last_error().empty();
}

base::SteadyTime RemoteCluster::last_contact() const {
  auto latest = std::max(pods_.loop().last_contact(), config_maps_.loop().last_contact());
  if (nodes_) latest = std::max(latest, nodes_->loop().last_contact());
  return latest;
}

std::string RemoteCluster::last_error() const {
  if (auto error = pods_.loop().last_error(); !error.empty()) return error;
  return config_maps_.loop().last_error();
}

std::shared_ptr<RemoteCluster> RemoteClusters::find(const std::string& provider) const {
  std::lock_guard lock(mutex_);
  const auto it = clusters_.find(provider);
  return it == clusters_.end() ? nullptr : it->second;
}

std::vector<std::shared_ptr<RemoteCluster>> RemoteClusters::all() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<RemoteCluster>> out;
  out.reserve(clusters_.size());
  for (const auto& [name, cluster] : clusters_) out.push_back(cluster);
  return out;
}

std::shared_ptr<RemoteCluster> RemoteClusters::put(std::shared_ptr<RemoteCluster> cluster) {
  std::lock_guard lock(mutex_);
  auto& slot = clusters_[cluster->name()];
  slot.swap(cluster);
  return cluster;
}

std::shared_ptr<RemoteCluster> RemoteClusters::remove(const std::string& provider) {
  std::lock_guard lock(mutex_);
  const auto it = clusters_.find(provider);
  if (it == clusters_.end()) return nullptr;
  auto cluster = std::move(it->second);
  clusters_.erase(it);
  return cluster;
}

}  // namespace op
