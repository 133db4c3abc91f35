#include "operator/claims/claim_controller.h"

#include <algorithm>
#include <utility>

#include "operator/claims/claim_status.h"
#include "operator/providers/json_diff.h"

namespace op {
namespace {

using std::chrono::milliseconds;

/// Changes come in swarms; one look serves them all.
constexpr milliseconds kLookAfter{100};
constexpr milliseconds kFirstWriteAfter{1'000};
constexpr milliseconds kWritesApart{10'000};
constexpr milliseconds kRefreshSpend{30'000};
/// A settlement that nothing else triggers: days old anyway.
constexpr milliseconds kSettleEvery{600'000};

kube::ObjectKey parse_key(const std::string& text) {
  const auto slash = text.find('/');
  return {text.substr(0, slash), text.substr(slash + 1)};
}

nlohmann::json parse_status(const std::string& text) {
  auto status = nlohmann::json::parse(text.empty() ? "{}" : text, nullptr, false);
  return status.is_object() ? status : nlohmann::json::object();
}

}  // namespace

ClaimController::ClaimController(Home& home, OfferTable& offers, ClaimOptions options)
    : home_(home),
      offers_(offers),
      options_(options),
      controller_({.name = "claims", .workers = 2},
                  [this](const std::string& key) { return reconcile(key); }) {
  home_.claims.on_change([this](const kube::Change<api::ClaimRecord>& change) {
    controller_.queue().add(change.any().meta.key().text());
  });
  home_.bursts.on_change([this](const kube::Change<api::BurstRecord>& change) {
    const auto& b = change.any().burst;
    controller_.queue().add_after(kube::ObjectKey{b.ns, b.claim}.text(), kLookAfter);
  });
  offers_.on_change([this](const std::string&) {
    for (const auto& claim : home_.claims.store().all()) {
      controller_.queue().add_after(claim->meta.key().text(), kLookAfter);
    }
  });
}

ClaimController::~ClaimController() { stop(); }

void ClaimController::start() {
  enqueue_all();
  controller_.start();
}

void ClaimController::stop() { controller_.stop(); }

void ClaimController::enqueue_all() {
  for (const auto& claim : home_.claims.store().all()) controller_.queue().add(claim->meta.key().text());
  for (const auto& record : home_.bursts.store().all()) {
    controller_.queue().add(kube::ObjectKey{record->burst.ns, record->burst.claim}.text());
  }
}

Bursts ClaimController::bursts_of(const kube::ObjectKey& claim) const {
  Bursts out;
  for (auto& record : home_.bursts.store().all()) {
    if (record->burst.ns == claim.ns && record->burst.claim == claim.name) out.push_back(std::move(record));
  }
  return out;
}

bool ClaimController::pod_exists(const burst::Burst& b) const {
  const auto pod = home_.pods.store().get({b.ns, b.pod_name});
  return pod && pod->meta.uid == b.pod_uid;
}

base::Result<kube::Next> ClaimController::reconcile(const std::string& key) {
  const auto claim_key = parse_key(key);
  const auto claim = home_.claims.store().get(claim_key);
  if (!claim) {
    std::lock_guard lock(mutex_);
    memory_.erase(key);
  }
  if (!claim) return reconcile_orphans(claim_key);
  const auto bursts = bursts_of(claim_key);
  const auto settled = advance_settlement(*claim, bursts);
  if (!settled) return base::fail(settled.error());
  tell_problem(*claim);

  const auto offers = offers_.current();
  const auto status = claim_status({*claim, offers, bursts, home_.clock.now()}, *settled);
  const bool fresh_spec =
      parse_status(claim->status_text).value("observedGeneration", std::int64_t{0}) != claim->meta.generation;
  const bool anything_runs =
      std::ranges::any_of(bursts, [](const auto& r) { return r->burst.placed_at && !r->burst.ended(); });
  return write(*claim, status, fresh_spec, anything_runs);
}

base::Result<kube::Next> ClaimController::write(const api::ClaimRecord& claim, const nlohmann::json& status,
                                                bool urgent, bool anything_runs) {
  const auto before = parse_status(claim.status_text);
  const auto patch = merge_diff(before, status);
  const auto later = anything_runs ? kRefreshSpend : kSettleEvery;
  const auto now = home_.clock.steady_now();
  {
    std::lock_guard lock(mutex_);
    auto& memory = memory_.try_emplace(claim.meta.key().text(), Memory{{kFirstWriteAfter, kWritesApart}, {}})
                       .first->second;
    if (patch.empty()) {
      memory.pacer.unchanged();
      return kube::Next{.again_after = later};
    }
    const bool substance = differs_in_substance(before, status);
    if (!substance && memory.written && now - *memory.written < kRefreshSpend) {
      return kube::Next{.again_after =
                            std::chrono::ceil<milliseconds>(kRefreshSpend - (now - *memory.written))};
    }
    if (const auto wait = memory.pacer.wait(now); !urgent && wait > milliseconds(0)) {
      return kube::Next{.again_after = wait};
    }
    memory.pacer.written(now);
    memory.written = now;
  }
  const nlohmann::json body{
      {"metadata", {{"uid", claim.meta.uid}, {"resourceVersion", claim.meta.resource_version}}},
      {"status", patch}};
  const auto reply = home_.client.patch(api::kClaims, claim.meta.ns, claim.meta.name, kube::PatchType::kMerge,
                                        body.dump(), "status");
  if (!reply) {
    if (reply.error().is(base::Code::kNotFound)) return kube::Next{};
    return base::fail(reply.error());
  }
  return kube::Next{.again_after = later};
}

base::Result<Settled> ClaimController::advance_settlement(const api::ClaimRecord& claim,
                                                          const Bursts& bursts) {
  // A second leader may exist for a moment: everything here is decided on live reads and written by
  // compare-and-set.
  for (const auto& record : settled_records(claim, bursts)) {
    if (auto removed = remove(*record); !removed) return base::fail(std::move(removed.error()));
  }
  const auto candidates = settle_candidates(claim, bursts, home_.clock.now(), options_.retention,
                                            [this](const burst::Burst& b) { return pod_exists(b); });
  auto confirmed = confirm_ended(candidates);
  if (!confirmed) return base::fail(std::move(confirmed.error()));
  if (claim.settled_bursts.empty()) return settle(claim, *confirmed, nullptr);
  const auto existing = existing_uids(claim.meta.ns);
  if (!existing) return base::fail(existing.error());
  return settle(claim, *confirmed, &*existing);
}

base::Result<Bursts> ClaimController::confirm_ended(const Bursts& candidates) {
  Bursts confirmed;
  for (const auto& candidate : candidates) {
    const auto reply =
        home_.client.send(kube::get_request(api::kBursts, candidate->meta.ns, candidate->meta.name));
    if (!reply) {
      if (reply.error().is(base::Code::kNotFound)) continue;
      return base::fail(reply.error());
    }
    auto live = kube::decode_text<api::BurstRecord>(reply->body, api::decode_burst);
    if (!live || live->meta.uid != candidate->meta.uid || !live->problem.empty() || !live->burst.ended())
      continue;
    confirmed.push_back(std::make_shared<const api::BurstRecord>(std::move(*live)));
  }
  return confirmed;
}

base::Result<std::set<std::string>> ClaimController::existing_uids(const std::string& ns) {
  std::set<std::string> uids;
  const auto listed = home_.client.list(
      api::kBursts, ns, {},
      [&](kube::JsonObject& object) -> base::Outcome {
        auto meta = kube::decode_meta(object);
        if (!meta) return base::fail(std::move(meta.error()));
        uids.insert(std::move(meta->meta.uid));
        return {};
      },
      [&] { uids.clear(); });
  if (!listed) return base::fail(listed.error());
  return uids;
}

base::Outcome ClaimController::remove(const api::BurstRecord& record) {
  kube::DeleteOptions options;
  options.uid = record.meta.uid;
  auto removed = home_.client.remove(api::kBursts, record.meta.ns, record.meta.name, options);
  // Another object of that name: ours is gone.
  if (!removed && removed.error().is(base::Code::kConflict)) return {};
  return removed;
}

base::Result<kube::Next> ClaimController::reconcile_orphans(const kube::ObjectKey& claim) {
  // No claim to settle into: the records go when their time has come.
  const auto bursts = bursts_of(claim);
  if (bursts.empty()) return kube::Next{};
  const auto before = home_.clock.now() - options_.retention;
  for (const auto& record : bursts) {
    const auto& b = record->burst;
    if (!record->problem.empty() || !b.ended() || *b.ended_at > before || pod_exists(b)) continue;
    if (auto removed = remove(*record); !removed) return base::fail(std::move(removed.error()));
  }
  return kube::Next{.again_after = kSettleEvery};
}

void ClaimController::tell_problem(const api::ClaimRecord& claim) {
  if (claim.problem.empty()) return;
  home_.events.record(
      {api::kClaims.api_version(), std::string(api::kClaims.kind), claim.meta.key(), claim.meta.uid},
      kube::EventType::kWarning, "Invalid", "ReadSpec", claim.problem);
}

}  // namespace op
