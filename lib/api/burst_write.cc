#include <algorithm>
#include <array>
#include <string>

#include "api/put.h"
#include "api/write.h"
#include "base/time_text.h"
#include "burst/holding.h"

namespace api {
namespace {

// The schema's limits; a longer text is cut, a longer list loses its oldest entries.
constexpr std::size_t kMessageLength = 1024;
constexpr std::size_t kRefusals = 32;
constexpr std::size_t kCandidates = 200;

/// At most `length` bytes, never in the middle of a character.
std::string cut_text(const std::string& text, std::size_t length) {
  if (text.size() <= length) return text;
  std::size_t end = length;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  return text.substr(0, end);
}

nlohmann::json attempt_json(const burst::Attempt& attempt) {
  nlohmann::json out = {{"number", attempt.number}};
  put(out, "name", attempt.name);
  put(out, "offer", attempt.offer);
  put(out, "provider", attempt.provider);
  put(out, "region", attempt.region);
  put(out, "country", attempt.country);
  put(out, "jurisdiction", attempt.jurisdiction);
  put(out, "node", attempt.node);
  put(out, "remoteNamespace", attempt.remote_namespace);
  put(out, "anchorUID", attempt.anchor_uid);
  put(out, "remoteNode", attempt.remote_node);
  out["pricePerGPUHour"] = market::format_money(attempt.price.per_gpu_hour);
  out["currency"] = attempt.price.currency;
  put(out, "priceAsOf", attempt.price.as_of);
  out["priceKind"] = market::to_string(attempt.price.kind);
  out["claimPricePerGPUHour"] = market::format_money(attempt.claim_price);
  out["claimCurrency"] = attempt.claim_currency;
  put(out, "gpuModel", attempt.gpu_model);
  put(out, "observedGPUModel", attempt.observed_gpu_model);
  out["capacityType"] = market::to_string(attempt.capacity_type);
  out["limitSeconds"] = attempt.limit_seconds;
  out["limitReason"] = burst::to_string(attempt.limit_reason);
  if (attempt.released) out["released"] = true;
  return out;
}

nlohmann::json refusals_json(const std::vector<burst::Refusal>& refusals) {
  nlohmann::json out = nlohmann::json::array();
  const std::size_t first = refusals.size() > kRefusals ? refusals.size() - kRefusals : 0;
  for (std::size_t i = first; i < refusals.size(); ++i) {
    const burst::Refusal& refusal = refusals[i];
    out.push_back({{"offer", refusal.offer},
                   {"reason", refusal.reason},
                   {"message", cut_text(refusal.message, kMessageLength)},
                   {"until", base::format_micro_time(refusal.until)}});
  }
  return out;
}

nlohmann::json charges_json(const std::vector<burst::Charge>& charges) {
  nlohmann::json out = nlohmann::json::array();
  for (const burst::Charge& charge : charges) out.push_back(charge_json(charge));
  return out;
}

/// The time of the latest known event.
base::Time newest(const burst::Burst& burst) {
  base::Time time = burst.requested;
  for (const auto& each : {burst.obtaining_at, burst.placed_at, burst.started_at, burst.ended_at}) {
    if (each && *each > time) time = *each;
  }
  return time;
}

struct State {
  std::string_view type;
  bool holds;
  base::Time since;  ///< when it began to hold
  std::string reason;
  std::string message;
};

/// The states of a burst in the order of its life; people call the last one that holds its state.
std::array<State, 5> states(const burst::Burst& burst) {
  const burst::Attempt& attempt = burst.attempt;
  const bool live = !burst.ended();
  const bool running = live && burst.started_at.has_value();
  const auto at = [&](const std::optional<base::Time>& time) { return time.value_or(burst.requested); };
  const std::string where = attempt.offer.empty() ? "" : "offer " + attempt.offer;
  return {{
      {"Requested", true, burst.requested, "HomeExhausted", "no home node has room for the pod"},
      {"Obtaining", burst::is_being_placed(burst), at(burst.obtaining_at), "Obtaining", where},
      {"Reserved", burst::holds_placed_gpus(burst), at(burst.placed_at), "Placed", where},
      {"Running", running, at(burst.started_at), "Started", where},
      {"Ended", !live, at(burst.ended_at),
       burst.end_reason == burst::EndReason::kNone ? "Ended"
                                                   : std::string(burst::to_string(burst.end_reason)),
       cut_text(burst.message, kMessageLength)},
  }};
}

Condition condition_of(const State& state, const std::vector<Condition>& before, base::Time now) {
  Condition condition{std::string(state.type),
                      state.holds ? "True" : "False",
                      state.holds ? state.reason : "Not" + std::string(state.type),
                      state.holds ? state.message : "",
                      0,
                      state.holds ? state.since : now};
  const auto old = std::ranges::find(before, condition.type, &Condition::type);
  if (old != before.end() && old->status == condition.status && old->changed)
    condition.changed = old->changed;
  return condition;
}

}  // namespace

nlohmann::json charge_json(const burst::Charge& charge) {
  nlohmann::json out = {{"attempt", charge.attempt},
                        {"capacityType", market::to_string(charge.capacity_type)},
                        {"pricePerGPUHour", market::format_money(charge.price.per_gpu_hour)},
                        {"currency", charge.price.currency},
                        {"priceKind", market::to_string(charge.price.kind)},
                        {"cost", market::format_money(charge.cost)},
                        {"claimCost", market::format_money(charge.claim_cost)},
                        {"claimCurrency", charge.claim_currency},
                        {"gpuSeconds", charge.gpu_seconds},
                        {"reservedTime", base::format_micro_time(charge.reserved_at)},
                        {"placedTime", base::format_micro_time(charge.placed_at)},
                        {"endedTime", base::format_micro_time(charge.ended_at)}};
  put(out, "offer", charge.offer);
  put(out, "provider", charge.provider);
  put(out, "region", charge.region);
  put(out, "country", charge.country);
  put(out, "jurisdiction", charge.jurisdiction);
  put(out, "gpuModel", charge.gpu_model);
  put(out, "priceAsOf", charge.price.as_of);
  return out;
}

nlohmann::json burst_object(const burst::Burst& burst) {
  const std::size_t count = std::min(burst.candidates.size(), kCandidates);
  const std::vector<std::string> candidates(burst.candidates.begin(),
                                            burst.candidates.begin() + static_cast<std::ptrdiff_t>(count));
  return {{"apiVersion", kBursts.api_version()},
          {"kind", std::string(kBursts.kind)},
          {"metadata",
           {{"namespace", burst.ns},
            {"name", burst.name},
            {"finalizers", nlohmann::json::array({std::string(kLedgerFinalizer)})}}},
          {"spec",
           {{"podName", burst.pod_name},
            {"podUID", burst.pod_uid},
            {"claimName", burst.claim},
            {"gpus", burst.gpus},
            {"candidates", candidates},
            {"requestedTime", base::format_micro_time(burst.requested)}}}};
}

nlohmann::json burst_status(const burst::Burst& burst, const std::vector<Condition>& before) {
  nlohmann::json out = nlohmann::json::object();
  if (burst.attempt.number > 0) out["attempt"] = attempt_json(burst.attempt);
  if (!burst.refusals.empty()) out["refusals"] = refusals_json(burst.refusals);
  put(out, "obtainingTime", burst.obtaining_at);
  put(out, "placedTime", burst.placed_at);
  put(out, "startedTime", burst.started_at);
  put(out, "endedTime", burst.ended_at);
  put(out, "endReason", std::string(burst::to_string(burst.end_reason)));
  put(out, "message", cut_text(burst.message, kMessageLength));
  if (!burst.charges.empty()) out["charges"] = charges_json(burst.charges);
  out["gpuSeconds"] = burst.gpu_seconds;
  out["cost"] = market::format_money(burst.cost);
  out["costSoFar"] = market::format_money(std::max(burst.cost, burst.cost_so_far));

  nlohmann::json conditions = nlohmann::json::array();
  for (const State& state : states(burst)) {
    conditions.push_back(condition_json(condition_of(state, before, newest(burst))));
    if (state.holds) out["state"] = std::string(state.type);
  }
  out["conditions"] = std::move(conditions);
  return out;
}

}  // namespace api
