#include "burst/ledger.h"

#include "burst/decide.h"

namespace burst {

Ledger::Entry Ledger::entry_of(const Burst& burst) {
  Entry e{.ns = burst.ns,
          .claim = burst.claim,
          .offer = {},
          .gpus = burst.gpus,
          .attempt = burst.attempt.number,
          .placed = false,
          .committed = burst.cost};
  if (!burst.ended() && has_live_attempt(burst)) {
    e.offer = burst.attempt.offer;
    e.placed = burst.placed_at.has_value() || !burst.attempt.remote_node.empty();
    e.committed = e.committed + market::cost_of(burst.attempt.price.per_gpu_hour, burst.gpus,
                                                std::chrono::seconds(burst.attempt.limit_seconds));
  }
  return e;
}

void Ledger::update(const Burst& burst) {
  Entry entry = entry_of(burst);
  std::lock_guard lock(mutex_);
  Entry& slot = entries_[burst.uid];
  // A record lags behind what was seen: placed stays placed within an attempt.
  if (slot.attempt == entry.attempt && slot.placed) entry.placed = true;
  slot = std::move(entry);
}

void Ledger::placed(const std::string& burst_uid, int attempt) {
  std::lock_guard lock(mutex_);
  auto it = entries_.find(burst_uid);
  if (it != entries_.end() && it->second.attempt == attempt) it->second.placed = true;
}

void Ledger::erase(const std::string& burst_uid) {
  std::lock_guard lock(mutex_);
  entries_.erase(burst_uid);
}

Choice Ledger::reserve(const Burst& burst, market::Money settled,
                       const std::function<bool(const std::string& uid)>& counted,
                       const std::function<Choice(const Holdings&)>& choose_with) {
  std::lock_guard lock(mutex_);
  Holdings holdings;
  holdings.claim_committed = settled;
  for (const auto& [uid, e] : entries_) {
    const bool self = uid == burst.uid;
    if (!self && !e.offer.empty() && !e.placed) holdings.unplaced_gpus[e.offer] += e.gpus;
    if (e.ns != burst.ns || e.claim != burst.claim) continue;
    if (!self && !e.offer.empty()) holdings.claim_gpus += e.gpus;
    if (self) {
      holdings.claim_committed = holdings.claim_committed + burst.cost;
    } else if (!counted(uid)) {
      holdings.claim_committed = holdings.claim_committed + e.committed;
    }
  }
  Choice choice = choose_with(holdings);
  if (choice.offer != nullptr) {
    Burst promised = burst;
    promised.attempt.number += 1;
    promised.attempt.released = false;
    promised.attempt.offer = choice.offer->name;
    promised.attempt.remote_node.clear();
    promised.placed_at.reset();
    promised.attempt.limit_seconds = choice.limit_seconds;
    if (choice.offer->price) promised.attempt.price = *choice.offer->price;
    entries_[burst.uid] = entry_of(promised);
  }
  return choice;
}

}  // namespace burst
