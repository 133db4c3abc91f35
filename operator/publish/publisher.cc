#include "operator/publish/publisher.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "api/write.h"
#include "base/log.h"
#include "base/time_text.h"
#include "burst/names.h"
#include "kube/core/merge_diff.h"
#include "operator/offers/offer_builder.h"

namespace op {
namespace {

using std::chrono::milliseconds;

constexpr const char* kEverything = "all";
/// Changes come in crowds: a Job's pods, a rollout of nodes.
constexpr milliseconds kCountAfter{100};
constexpr milliseconds kFirstListingWriteAfter{1'000};
constexpr milliseconds kListingWritesApart{5'000};
/// Half of the age that customers are promised, so that one lost write is no silence.
constexpr milliseconds kRefreshEvery{30'000};
constexpr milliseconds kUntilReadable{5'000};
constexpr milliseconds kForeignEvery{60'000};

kube::InformerOptions published_only() {
  kube::InformerOptions options{.resource = api::kOffers};
  options.label_selector = std::string(api::kPublishedLabel) + "=true";
  return options;
}

bool moves_gpus(const kube::Change<kube::PodRecord>& change) {
  if (change.any().requested(burst::kGpuResource) == 0) return false;
  if (!change.before || !change.after) return true;
  return change.before->node_name != change.after->node_name ||
         kube::is_terminal(change.before->phase) != kube::is_terminal(change.after->phase);
}

nlohmann::json written_status(const api::OfferRecord& written) {
  auto status =
      nlohmann::json::parse(written.status_text.empty() ? "{}" : written.status_text, nullptr, false);
  if (!status.is_object()) status = nlohmann::json::object();
  return status;
}

nlohmann::json labels_of(const api::OfferRecord& written) {
  nlohmann::json labels = nlohmann::json::object();
  for (const std::string_view key : {api::kPublishedLabel, api::kTenantLabel}) {
    if (const auto* value = kube::find_value(written.meta.labels, key)) labels[key] = *value;
  }
  return labels;
}

/// But for observedTime.
ListingChange difference(const api::OfferRecord& written, const Listing& listing) {
  auto status = written_status(written);
  status.erase("observedTime");
  return {kube::merge_diff(api::offer_spec(written.offer), api::offer_spec(listing.offer)),
          kube::merge_diff(labels_of(written), listing_labels(listing)),
          kube::merge_diff(status, listing_status(listing))};
}

}  // namespace

Publisher::Publisher(kube::Client& client, const base::Clock& clock, Sheet sheet)
    : client_(client),
      clock_(clock),
      sheet_(std::move(sheet)),
      nodes_(client, {.resource = kube::kNodes}, kube::decode_node),
      pods_(client, {.resource = kube::kPods}, kube::decode_pod),
      offers_(client, published_only(), api::decode_offer),
      counter_({.name = "free GPUs", .workers = 1},
               [this](const std::string&) -> base::Result<kube::Next> {
                 recompute();
                 return kube::Next{};
               }),
      writer_({.name = "published offers", .workers = 1},
              [this](const std::string& name) { return reconcile(name); }) {
  nodes_.on_change([this](const auto&) { counter_.queue().add_after(kEverything, kCountAfter); });
  pods_.on_change([this](const kube::Change<kube::PodRecord>& change) {
    if (moves_gpus(change)) counter_.queue().add_after(kEverything, kCountAfter);
  });
  offers_.on_change(
      [this](const kube::Change<api::OfferRecord>& change) { writer_.queue().add(change.any().meta.name); });
}

Publisher::~Publisher() { stop(); }

void Publisher::watch() {
  nodes_.start();
  pods_.start();
  offers_.start();
}

bool Publisher::synced() const { return nodes_.synced() && pods_.synced() && offers_.synced(); }

void Publisher::lead() {
  recompute();
  for (const auto& written : offers_.store().all()) writer_.queue().add(written->meta.name);
  counter_.start();
  writer_.start();
}

void Publisher::stop() {
  counter_.stop();
  writer_.stop();
  nodes_.stop();
  pods_.stop();
  offers_.stop();
}

void Publisher::recompute() {
  ProviderView view;
  view.provider = std::make_shared<const api::ProviderRecord>(sheet_.provider);
  view.now = clock_.now();
  view.nodes_known = true;
  view.nodes = nodes_.store().all();
  for (const auto& pod : pods_.store().all()) {
    const std::int64_t gpus = pod->requested(burst::kGpuResource);
    if (gpus > 0 && !kube::is_terminal(pod->phase)) view.pods.push_back({pod->node_name, gpus, false});
  }
  std::map<std::string, Listing> fresh;
  for (auto& listing : make_listings(sheet_, build_offers(view), view.now)) {
    std::string name = listing.name;
    fresh.emplace(std::move(name), std::move(listing));
  }
  std::set<std::string> names;
  for (const auto& [name, listing] : fresh) names.insert(name);
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, listing] : listings_) names.insert(name);
    listings_ = std::move(fresh);
  }
  for (const auto& name : names) writer_.queue().add(name);
}

std::optional<Listing> Publisher::find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto found = listings_.find(name);
  return found == listings_.end() ? std::nullopt : std::optional(found->second);
}

bool Publisher::reads_well() const {
  return nodes_.loop().last_error().empty() && pods_.loop().last_error().empty();
}

base::Result<kube::Next> Publisher::reconcile(const std::string& name) {
  const auto listing = find(name);
  const auto written = offers_.store().get({{}, name});
  if (written && written->offer.provider != sheet_.provider.meta.name) return kube::Next{};
  if (!reads_well()) return kube::Next{.again_after = kUntilReadable};
  if (!listing) return withdraw(name, written.get());
  return written ? write(*listing, *written) : create(*listing);
}

base::Result<kube::Next> Publisher::withdraw(const std::string& name, const api::OfferRecord* written) {
  if (written) {
    const kube::DeleteOptions options{.uid = written->meta.uid,
                                      .resource_version = written->meta.resource_version};
    const auto gone = client_.remove(api::kOffers, {}, name, options);
    if (!gone) return base::fail(gone.error());
  }
  std::lock_guard lock(mutex_);
  pacers_.erase(name);
  return kube::Next{};
}

base::Result<kube::Next> Publisher::create(const Listing& listing) {
  const auto created = client_.create(api::kOffers, {}, listing_object(listing));
  if (created) return kube::Next{};  // its status follows when the watch brings it
  if (!created.error().is(base::Code::kAlreadyExists)) return base::fail(created.error());
  const auto live = client_.get(api::kOffers, {}, listing.name);
  if (!live) return base::fail(live.error());
  const auto label = nlohmann::json::json_pointer("/metadata/labels/neoburst.io~1published");
  if (live->value(label, std::string()) == "true") return kube::Next{.again_after = kube::kUntilSeen};
  base::log_warning(
      "a GPUOffer that was not published by us has the name of one to publish; rename or delete it",
      {{"offer", listing.name}});
  return kube::Next{.again_after = kForeignEvery};
}

base::Result<kube::Next> Publisher::write(const Listing& listing, const api::OfferRecord& written) {
  const auto change = difference(written, listing);
  const auto age = written.observed ? clock_.now() - *written.observed : base::Time::duration::max();
  const bool fresh = age >= base::Time::duration::zero() && age < kRefreshEvery;
  if (change.empty() && fresh) {
    return kube::Next{.again_after = std::chrono::ceil<milliseconds>(kRefreshEvery - age)};
  }
  const auto now = clock_.steady_now();
  {
    std::lock_guard lock(mutex_);
    auto& pacer =
        pacers_.try_emplace(listing.name, kFirstListingWriteAfter, kListingWritesApart).first->second;
    const auto wait = pacer.wait(now);
    // Without its first status it says nothing at all.
    if (written.observed && wait > milliseconds(0)) return kube::Next{.again_after = wait};
    pacer.written(now);
  }
  if (auto put_there = put(written.meta, change); !put_there) return base::fail(std::move(put_there.error()));
  return kube::Next{.again_after = kRefreshEvery};
}

base::Outcome Publisher::put(const kube::ObjectMeta& meta, const ListingChange& change) {
  nlohmann::json version{{"uid", meta.uid}, {"resourceVersion", meta.resource_version}};
  const auto patch = [&](const nlohmann::json& body, std::string_view subresource) {
    return client_.patch(api::kOffers, {}, meta.name, kube::PatchType::kMerge, body.dump(), subresource);
  };
  if (!change.spec.empty() || !change.labels.empty()) {
    nlohmann::json body{{"metadata", version}, {"spec", change.spec}};
    body["metadata"]["labels"] = change.labels;
    const auto reply = patch(body, {});
    if (!reply) return base::fail(reply.error());
    version["resourceVersion"] = reply->at("metadata").value("resourceVersion", "");
  }
  nlohmann::json status = change.status;
  status["observedTime"] = base::format_time(clock_.now());
  const auto reply = patch({{"metadata", version}, {"status", status}}, "status");
  if (!reply) return base::fail(reply.error());
  return {};
}

}  // namespace op
