#include "operator/claims/claim_status.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "api/write.h"
#include "burst/cost.h"
#include "burst/holding.h"
#include "market/match.h"

namespace op {
namespace {

constexpr std::size_t kOffersShown = 64;
constexpr std::size_t kRulesTold = 3;
constexpr const char* kBudgetExhausted = "BudgetExhausted";

struct Judged {
  const market::Offer* offer;
  market::Verdict verdict;
};

/// Best first, then misfits by name. Room does not count: the order must not move with every pod.
std::vector<Judged> judge_all(const ClaimView& view) {
  std::vector<market::Offer> roomy;
  std::map<std::string_view, const market::Offer*> by_name;
  std::vector<Judged> misfits;
  for (const auto& offer : view.offers) {
    auto verdict = market::judge(view.claim.rules, offer);
    if (!verdict.fits()) {
      misfits.push_back({&offer, std::move(verdict)});
      continue;
    }
    by_name.emplace(offer.name, &offer);
    roomy.push_back(offer);
    roomy.back().available = true;
    roomy.back().free_gpus = roomy.back().total_gpus;
    roomy.back().free_blocks.fill(1);
  }
  std::vector<const market::Offer*> pointers;
  for (const auto& offer : roomy) pointers.push_back(&offer);
  std::vector<Judged> out;
  for (const auto* offer : market::rank(view.claim.rules, pointers, 1)) {
    out.push_back({by_name.at(offer->name), {}});
  }
  std::ranges::sort(misfits, {}, [](const Judged& j) { return j.offer->name; });
  std::ranges::move(misfits, std::back_inserter(out));
  return out;
}

nlohmann::json verdict_table(const std::vector<Judged>& judged) {
  nlohmann::json table = nlohmann::json::array();
  for (const auto& [offer, verdict] : judged) {
    if (table.size() == kOffersShown) break;
    nlohmann::json row{{"name", offer->name}, {"provider", offer->provider}, {"fits", verdict.fits()}};
    if (!offer->region.empty()) row["region"] = offer->region;
    if (!offer->country.empty()) row["country"] = offer->country;
    if (offer->price) row["pricePerGPUHour"] = market::format_money(offer->price->per_gpu_hour);
    if (!verdict.fits()) {
      row["rule"] = verdict.rule;
      row["reason"] = verdict.reason.substr(0, 1024);
    }
    table.push_back(std::move(row));
  }
  return table;
}

api::Condition make_condition(std::string type, bool holds, std::string reason, std::string message) {
  api::Condition c;
  c.type = std::move(type);
  c.status = holds ? "True" : "False";
  c.reason = std::move(reason);
  c.message = std::move(message);
  return c;
}

api::Condition offers_matched(const std::vector<Judged>& judged) {
  const auto fitting = std::ranges::count_if(judged, [](const Judged& j) { return j.verdict.fits(); });
  const std::string of_all = std::to_string(fitting) + " of " + std::to_string(judged.size()) + " offers fit";
  if (fitting > 0) return make_condition("OffersMatched", true, "OffersFit", of_all);
  if (judged.empty()) {
    return make_condition(
        "OffersMatched", false, "NoOffers",
        "there are no offers: add a NeocloudProvider, or see the conditions of those there are");
  }
  // The rules that stop most offers come first: those are the ones to relax.
  std::map<std::string_view, int> stopped;
  for (const auto& j : judged) ++stopped[j.verdict.rule];
  std::vector<std::pair<int, std::string_view>> order;
  for (const auto& [rule, count] : stopped) order.emplace_back(-count, rule);
  std::ranges::sort(order);
  std::string text = of_all + "; stopped by";
  for (std::size_t i = 0; i < std::min(order.size(), kRulesTold); ++i) {
    text += (i ? ", " : " ") + std::string(order[i].second) + " (" + std::to_string(-order[i].first) + ")";
  }
  return make_condition("OffersMatched", false, "NoOfferFits", text + "; see status.offers");
}

api::Condition within_budget_condition(const ClaimView& view, const Spend& spend) {
  const auto& budget = view.claim.rules.budget;
  if (!spend.problem.empty()) return make_condition("WithinBudget", false, "SpendUnknown", spend.problem);
  if (!budget) return make_condition("WithinBudget", true, "NoBudget", "no budget is set");
  const std::string amount = market::format_money(budget->amount) + " " + view.claim.rules.currency;
  const std::string period(market::period_phrase(budget->period));
  if (spend.period < budget->amount) {
    return make_condition("WithinBudget", true, "WithinBudget",
                          "less than the budget" + period + ", " + amount + ", is spent");
  }
  return make_condition("WithinBudget", false, kBudgetExhausted,
                        "the budget" + period + ", " + amount + ", is spent");
}

api::Condition ready(const api::ClaimRecord& claim, const api::Condition& offers,
                     const api::Condition& budget) {
  if (!claim.problem.empty()) return make_condition("Ready", false, "Invalid", claim.problem);
  if (!claim.stopped.empty()) return make_condition("Ready", false, "SpendingStopped", claim.stopped);
  if (claim.rules.when == market::BurstWhen::kNever) {
    return make_condition("Ready", false, "BurstingOff", "spec.burst.when is Never");
  }
  for (const auto* part : {&budget, &offers}) {
    if (part->status != "True") return make_condition("Ready", false, part->reason, part->message);
  }
  return make_condition("Ready", true, "Ready", "pods that the claim selects can burst");
}

}  // namespace

Spend spend_of(const ClaimView& view) {
  const auto& rules = view.claim.rules;
  const auto start =
      market::period_start(rules.budget ? rules.budget->period : market::BudgetPeriod::kTotal, view.now);
  // Records before the book: an entry that moves meanwhile is counted twice for a moment, but never missed.
  market::Amounts total;
  market::Amounts period;
  market::Amounts running;
  for (const auto& record : view.bursts) {
    const auto& b = record->burst;
    for (const auto& charge : b.charges) {
      if (view.book.contains(burst::charge_key(b.uid, charge.attempt))) continue;
      market::add(total, charge.claim_currency, charge.claim_cost);
      if (charge.reserved_at >= start) market::add(period, charge.claim_currency, charge.claim_cost);
    }
    const auto cost = burst::running_cost(b, view.now);
    market::add(running, b.attempt.claim_currency, cost);
    if (b.obtaining_at.value_or(b.requested) >= start) market::add(period, b.attempt.claim_currency, cost);
  }
  market::add(total, running);
  const auto& meta = view.claim.meta;
  market::add(total, view.book.claim_spent(meta.ns, meta.name, base::Time{}));
  market::add(period, view.book.claim_spent(meta.ns, meta.name, start));

  Spend spend;
  const auto put = [&](market::Money& to, const market::Amounts& amounts) {
    const auto sum = market::total_in(amounts, rules.currency, rules.rates);
    if (sum) to = *sum;
    if (!sum) spend.problem = sum.error().message;
  };
  put(spend.total, total);
  put(spend.period, period);
  put(spend.running, running);
  return spend;
}

nlohmann::json claim_status(const ClaimView& view) {
  const auto& claim = view.claim;
  const auto judged = claim.problem.empty() ? judge_all(view) : std::vector<Judged>{};
  const auto spend = spend_of(view);
  auto matched = offers_matched(judged);
  if (!claim.problem.empty()) {
    matched = make_condition("OffersMatched", false, "Invalid", "the spec cannot be used");
    matched.status = "Unknown";
  }
  auto budget = within_budget_condition(view, spend);
  auto conditions = claim.conditions;
  for (auto c : {ready(claim, matched, budget), matched, budget}) {
    c.observed_generation = claim.meta.generation;
    api::set_condition(conditions, std::move(c), view.now);
  }
  nlohmann::json list = nlohmann::json::array();
  for (const auto& c : conditions) list.push_back(api::condition_json(c));

  std::int64_t in_use = 0;
  std::int64_t pending = 0;
  for (const auto& record : view.bursts) {
    const burst::Burst& b = record->burst;
    if (burst::holds_placed_gpus(b)) in_use += b.gpus;
    if (burst::is_being_placed(b)) pending += b.gpus;
  }
  nlohmann::json status{{"observedGeneration", claim.meta.generation},
                        {"conditions", std::move(list)},
                        {"gpus", {{"inUse", in_use}, {"pending", pending}}},
                        {"spend",
                         {{"currency", claim.rules.currency},
                          {"total", market::format_money(spend.total)},
                          {"period", market::format_money(spend.period)},
                          {"running", market::format_money(spend.running)}}},
                        {"offers", verdict_table(judged)}};
  return status;
}

std::string why_terminate(const api::ClaimRecord& claim, base::Time now) {
  const auto& budget = claim.rules.budget;
  if (!budget || budget->on_exhausted != market::OnExhausted::kTerminate) return {};
  const auto within = std::ranges::find(claim.conditions, "WithinBudget", &api::Condition::type);
  if (within == claim.conditions.end() || within->status != "False" || within->reason != kBudgetExhausted ||
      within->observed_generation != claim.meta.generation) {
    return {};
  }
  const bool of_this_period =
      within->changed.value_or(base::Time{}) >= market::period_start(budget->period, now);
  return of_this_period ? within->message : "";
}

bool differs_in_substance(nlohmann::json before, nlohmann::json after) {
  for (auto* status : {&before, &after}) {
    if (!status->contains("spend")) continue;
    (*status)["spend"].erase("running");
    (*status)["spend"].erase("total");
    (*status)["spend"].erase("period");
  }
  return before != after;
}

}  // namespace op
