#include "burst/commitment_book.h"

#include "burst/holding.h"

namespace burst {

CommitmentBook::Entry CommitmentBook::entry_of(const Burst& burst) {
  Entry e{.ns = burst.ns,
          .claim = burst.claim,
          .offer = {},
          .gpus = burst.gpus,
          .attempt = burst.attempt.number,
          .placed = false,
          .commitments = {}};
  for (const Charge& charge : burst.charges) {
    e.commitments.push_back({charge_key(burst.uid, charge.attempt), charge.reserved_at, charge.cost,
                             charge.price.currency, charge.claim_cost, charge.claim_currency});
  }
  if (may_hold_gpus(burst)) {
    const Attempt& a = burst.attempt;
    const std::chrono::seconds longest(a.limit_seconds);
    e.offer = a.offer;
    e.placed = burst.placed_at.has_value() || !a.remote_node.empty();
    e.commitments.push_back({charge_key(burst.uid, a.number), burst.obtaining_at.value_or(burst.requested),
                             market::cost_of(a.price.per_gpu_hour, burst.gpus, longest), a.price.currency,
                             market::cost_of(a.claim_price, burst.gpus, longest), a.claim_currency});
  }
  return e;
}

void CommitmentBook::add_money(Holdings& holdings, const Entry& entry, bool same_claim, const SpendBook& book,
                               base::Time claim_since, base::Time all_since) {
  for (const Commitment& c : entry.commitments) {
    if (book.contains(c.key)) continue;
    if (c.reserved_at >= all_since) market::add(holdings.all_committed, c.currency, c.amount);
    if (same_claim && c.reserved_at >= claim_since) {
      market::add(holdings.claim_committed, c.claim_currency, c.claim_amount);
    }
  }
}

void CommitmentBook::update(const Burst& burst) {
  Entry entry = entry_of(burst);
  std::lock_guard lock(mutex_);
  Entry& slot = entries_[burst.uid];
  // A record lags behind what was seen: placed stays placed within an attempt.
  if (slot.attempt == entry.attempt && slot.placed) entry.placed = true;
  slot = std::move(entry);
}

void CommitmentBook::placed(const std::string& burst_uid, int attempt) {
  std::lock_guard lock(mutex_);
  auto it = entries_.find(burst_uid);
  if (it != entries_.end() && it->second.attempt == attempt) it->second.placed = true;
}

void CommitmentBook::erase(const std::string& burst_uid) {
  std::lock_guard lock(mutex_);
  entries_.erase(burst_uid);
}

std::map<std::string, std::int64_t, std::less<>> CommitmentBook::unplaced_gpus() const {
  std::lock_guard lock(mutex_);
  std::map<std::string, std::int64_t, std::less<>> out;
  for (const auto& [uid, e] : entries_) {
    if (!e.offer.empty() && !e.placed) out[e.offer] += e.gpus;
  }
  return out;
}

Choice CommitmentBook::reserve(const Burst& burst, const market::ClaimRules& rules, const SpendBook& book,
                               base::Time now, const std::function<Choice(const Holdings&)>& choose_with) {
  using market::BudgetPeriod;
  const auto claim_since =
      market::period_start(rules.budget ? rules.budget->period : BudgetPeriod::kTotal, now);
  const auto all_since =
      market::period_start(rules.ceiling ? rules.ceiling->period : BudgetPeriod::kTotal, now);
  const bool counts_money = rules.budget || rules.ceiling;
  std::lock_guard lock(mutex_);
  Holdings holdings;
  for (const auto& [uid, e] : entries_) {
    const bool self = uid == burst.uid;
    if (!self && !e.offer.empty() && !e.placed) holdings.unplaced_gpus[e.offer] += e.gpus;
    const bool same_claim = e.ns == burst.ns && e.claim == burst.claim;
    if (!self && same_claim && !e.offer.empty()) holdings.claim_gpus += e.gpus;
    if (!self && counts_money) add_money(holdings, e, same_claim, book, claim_since, all_since);
  }
  // For the burst itself only its past cost: its present attempt is being chosen.
  Burst before = burst;
  before.attempt.released = true;
  add_money(holdings, entry_of(before), true, book, claim_since, all_since);
  // The book last: an entry that moves into it meanwhile is counted twice for a moment, but never missed.
  if (rules.budget)
    market::add(holdings.claim_committed, book.claim_spent(burst.ns, burst.claim, claim_since));
  if (rules.ceiling) market::add(holdings.all_committed, book.spent(all_since));

  Choice choice = choose_with(holdings);
  if (choice.offer != nullptr) {
    Burst promised = burst;
    promised.attempt.number += 1;
    promised.attempt.released = false;
    promised.attempt.offer = choice.offer->name;
    promised.attempt.remote_node.clear();
    promised.placed_at.reset();
    promised.obtaining_at = now;
    promised.attempt.limit_seconds = choice.limit_seconds;
    promised.attempt.claim_price = choice.claim_price;
    promised.attempt.claim_currency = rules.currency;
    if (choice.offer->price) promised.attempt.price = *choice.offer->price;
    entries_[burst.uid] = entry_of(promised);
  }
  return choice;
}

}  // namespace burst
