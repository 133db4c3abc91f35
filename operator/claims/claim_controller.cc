#include "operator/claims/claim_controller.h"

#include <algorithm>
#include <utility>

#include "burst/holding.h"
#include "kube/core/merge_diff.h"

namespace op {
namespace {

using std::chrono::milliseconds;

/// Changes come in swarms; one look serves them all.
constexpr milliseconds kLookAfter{100};
/// When a claim does not take the changed offer, at most the reason it gives may change.
constexpr milliseconds kLookAtAllAfter{2'000};
/// The key that stands for all claims.
constexpr const char* kAll = "";
constexpr milliseconds kFirstClaimWriteAfter{1'000};
constexpr milliseconds kClaimWritesApart{10'000};
constexpr milliseconds kRefreshSpend{30'000};
/// Periods of budgets begin without any other event.
constexpr milliseconds kLookAtClaimEvery{60'000};

kube::ObjectKey parse_key(const std::string& text) {
  const auto slash = text.find('/');
  return {text.substr(0, slash), text.substr(slash + 1)};
}

nlohmann::json parse_status(const std::string& text) {
  auto status = nlohmann::json::parse(text.empty() ? "{}" : text, nullptr, false);
  return status.is_object() ? status : nlohmann::json::object();
}

}  // namespace

ClaimController::ClaimController(Home& home, OfferTable& offers)
    : home_(home),
      offers_(offers),
      controller_({.name = "claims", .workers = 2},
                  [this](const std::string& key) { return reconcile(key); }) {
  home_.claims.on_change([this](const kube::Change<api::ClaimRecord>& change) {
    const std::string key = change.any().meta.key().text();
    follow_claim(key);
    controller_.queue().add(key);
  });
  home_.bursts.on_change([this](const kube::Change<api::BurstRecord>& change) {
    const auto& b = change.any().burst;
    controller_.queue().add_after(kube::ObjectKey{b.ns, b.claim}.text(), kLookAfter);
  });
  home_.configs.on_change([this](const kube::Change<api::ConfigRecord>&) {
    for (const auto& claim : home_.claims.store().all()) follow_claim(claim->meta.key().text());
    enqueue_all();
  });
  offers_.on_change([this](const std::string& offer) {
    for (const std::string& key : follow_offer(offer)) controller_.queue().add_after(key, kLookAfter);
    controller_.queue().add_after(kAll, kLookAtAllAfter);
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
}

void ClaimController::follow_claim(const std::string& key) {
  const auto claim = home_.claim(parse_key(key));
  std::lock_guard lock(mutex_);
  if (claim) {
    matches_.set_claim(key, claim->rules);
  } else {
    matches_.erase_claim(key);
  }
}

std::vector<std::string> ClaimController::follow_offer(const std::string& name) {
  auto offer = offers_.find(name);
  std::lock_guard lock(mutex_);
  const auto touched = offer ? matches_.set_offer(std::move(*offer)) : matches_.erase_offer(name);
  return {touched.begin(), touched.end()};
}

Bursts ClaimController::bursts_of(const kube::ObjectKey& claim) const {
  Bursts out;
  for (auto& record : home_.bursts.store().all()) {
    if (record->burst.ns == claim.ns && record->burst.claim == claim.name) out.push_back(std::move(record));
  }
  return out;
}

base::Result<kube::Next> ClaimController::reconcile(const std::string& key) {
  if (key == kAll) {
    enqueue_all();
    return kube::Next{};
  }
  const auto claim_key = parse_key(key);
  const auto claim = home_.claim(claim_key);
  if (!claim) {
    std::lock_guard lock(mutex_);
    memory_.erase(key);
    return kube::Next{};
  }
  const auto bursts = bursts_of(claim_key);
  tell_problem(*claim);

  const auto offers = offers_.current();
  const auto status = claim_status({*claim, offers, bursts, home_.book, home_.clock.now()});
  const bool fresh_spec =
      parse_status(claim->status_text).value("observedGeneration", std::int64_t{0}) != claim->meta.generation;
  const bool anything_runs =
      std::ranges::any_of(bursts, [](const auto& r) { return burst::holds_placed_gpus(r->burst); });
  return write(*claim, status, fresh_spec, anything_runs);
}

base::Result<kube::Next> ClaimController::write(const api::ClaimRecord& claim, const nlohmann::json& status,
                                                bool urgent, bool anything_runs) {
  const auto before = parse_status(claim.status_text);
  const auto patch = kube::merge_diff(before, status);
  const auto later = anything_runs ? kRefreshSpend : kLookAtClaimEvery;
  const auto now = home_.clock.steady_now();
  {
    std::lock_guard lock(mutex_);
    auto& memory =
        memory_.try_emplace(claim.meta.key().text(), Memory{{kFirstClaimWriteAfter, kClaimWritesApart}, {}})
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

void ClaimController::tell_problem(const api::ClaimRecord& claim) {
  if (claim.problem.empty()) return;
  home_.events.record(
      {api::kClaims.api_version(), std::string(api::kClaims.kind), claim.meta.key(), claim.meta.uid},
      kube::EventType::kWarning, "Invalid", "ReadSpec", claim.problem);
}

}  // namespace op
