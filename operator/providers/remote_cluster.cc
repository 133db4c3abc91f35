#include "operator/providers/remote_cluster.h"

#include <algorithm>
#include <utility>

#include "burst/names.h"

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

/// Pods that wait or run come before those that have ended.
kube::Urgency urgency_of(const kube::Change<TwinRecord>& change) {
  const bool over = !change.after || kube::is_terminal(change.after->pod.phase);
  return over ? kube::Urgency::kLow : kube::Urgency::kNormal;
}

/// Only what moves GPUs matters: pods of the provider change their status all the time.
bool changes_capacity(const kube::Change<kube::PodRecord>& change) {
  if (change.any().requested(burst::kGpuResource) == 0) return false;
  if (!change.before || !change.after) return true;
  return change.before->node_name != change.after->node_name ||
         kube::is_terminal(change.before->phase) != kube::is_terminal(change.after->phase);
}

}  // namespace

base::Result<TwinRecord> decode_twin(kube::JsonObject& object) {
  std::string_view raw;
  if (object.raw_json().get(raw)) return base::fail(base::Code::kMalformed, "pod: not a JSON object");
  // raw_json() uses the object up, so it is read again from a copy: once for the record, once for the status
  // text. The buffers stay with the informer's thread; a twin is a few KB.
  thread_local simdjson::ondemand::parser parser;
  thread_local std::string text;
  text.reserve(raw.size() + simdjson::SIMDJSON_PADDING);
  text.assign(raw);
  const simdjson::padded_string_view padded(text.data(), text.size(), text.capacity());

  TwinRecord twin;
  {
    simdjson::ondemand::document document;
    simdjson::ondemand::object pod;
    if (parser.iterate(padded).get(document) || document.get_object().get(pod)) {
      return base::fail(base::Code::kMalformed, "pod: not a JSON object");
    }
    auto record = kube::decode_pod(pod);
    if (!record) return base::fail(std::move(record.error()));
    twin.pod = std::move(*record);
    twin.meta = twin.pod.meta;
  }
  simdjson::ondemand::document document;
  simdjson::ondemand::object pod;
  if (parser.iterate(padded).get(document) || document.get_object().get(pod)) {
    return base::fail(base::Code::kMalformed, "pod: not a JSON object");
  }
  simdjson::ondemand::value status;
  if (const auto error = pod.find_field_unordered("status").get(status); error == simdjson::NO_SUCH_FIELD) {
    twin.status_json = "{}";
    return twin;
  } else if (error) {
    return base::fail(base::Code::kMalformed, "pod: broken JSON");
  }
  simdjson::ondemand::object fields;
  std::string_view status_text;
  if (status.get_object().get(fields) || fields.raw_json().get(status_text)) {
    return base::fail(base::Code::kMalformed, "pod.status: not an object");
  }
  const auto end = status_text.find_last_of('}');
  twin.status_json = status_text.substr(0, end == std::string_view::npos ? 0 : end + 1);
  return twin;
}

RemoteCluster::RemoteCluster(std::string name, std::string remote_namespace,
                             std::unique_ptr<kube::Client> client, Permissions permissions,
                             std::string installation, OnPodUid on_twin, OnCapacity on_capacity)
    : name_(std::move(name)),
      namespace_(std::move(remote_namespace)),
      client_(std::move(client)),
      permissions_(std::move(permissions)),
      twins_(*client_, ours(name_, kube::kPods, namespace_, installation), decode_twin),
      config_maps_(*client_, ours(name_, kube::kConfigMaps, namespace_, installation), kube::decode_meta) {
  const bool sees_all_pods = permissions_.read_nodes && permissions_.read_all_pods;
  twins_.on_change([on_twin, on_capacity, sees_all_pods](const kube::Change<TwinRecord>& change) {
    if (const auto uid = pod_uid_of(change.any().meta); !uid.empty()) on_twin(uid, urgency_of(change));
    if (sees_all_pods) return;  // the other informer tells
    const kube::Change<kube::PodRecord> pods{
        change.before ? std::make_shared<const kube::PodRecord>(change.before->pod) : nullptr,
        change.after ? std::make_shared<const kube::PodRecord>(change.after->pod) : nullptr};
    if (changes_capacity(pods)) on_capacity();
  });
  config_maps_.on_change([on_twin](const kube::Change<kube::MetaRecord>& change) {
    if (const auto uid = pod_uid_of(change.any().meta); !uid.empty()) on_twin(uid, kube::Urgency::kLow);
  });
  if (permissions_.read_nodes) {
    nodes_ = std::make_unique<kube::Informer<kube::NodeRecord>>(*client_, everything(name_, kube::kNodes),
                                                                kube::decode_node);
    nodes_->on_change([on_capacity](const kube::Change<kube::NodeRecord>&) { on_capacity(); });
  }
  if (sees_all_pods) {
    all_pods_ = std::make_unique<kube::Informer<kube::PodRecord>>(*client_, everything(name_, kube::kPods),
                                                                  kube::decode_pod);
    all_pods_->on_change([on_capacity](const kube::Change<kube::PodRecord>& change) {
      if (changes_capacity(change)) on_capacity();
    });
  }
}

RemoteCluster::~RemoteCluster() { stop(); }

void RemoteCluster::start() {
  twins_.start();
  config_maps_.start();
  if (nodes_) nodes_->start();
  if (all_pods_) all_pods_->start();
}

void RemoteCluster::stop() {
  client_->stop();  // first: the informers' threads may sit in a request to a hung server
  twins_.stop();
  config_maps_.stop();
  if (nodes_) nodes_->stop();
  if (all_pods_) all_pods_->stop();
}

bool RemoteCluster::synced() const { return twins_.synced() && config_maps_.synced(); }

bool RemoteCluster::capacity_synced() const {
  return synced() && (!nodes_ || nodes_->synced()) && (!all_pods_ || all_pods_->synced());
}

base::SteadyTime RemoteCluster::last_contact() const {
  auto latest = std::max(twins_.loop().last_contact(), config_maps_.loop().last_contact());
  if (nodes_) latest = std::max(latest, nodes_->loop().last_contact());
  if (all_pods_) latest = std::max(latest, all_pods_->loop().last_contact());
  return latest;
}

std::string RemoteCluster::last_error() const {
  if (auto error = twins_.loop().last_error(); !error.empty()) return error;
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
