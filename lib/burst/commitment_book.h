#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "burst/burst.h"
#include "burst/choose.h"
#include "burst/spend_book.h"

namespace burst {

/// What every burst of this installation holds and may cost. It is kept current from the records and, before
/// their watch brings them back, from the choices just made. So two workers never promise the same
/// GPUs or the same money twice. Thread-safe.
class CommitmentBook {
 public:
  /// Takes over the record. Call on every change of a PodBurst and after every own write.
  void update(const Burst& burst);
  void erase(const std::string& burst_uid);
  /// The twin of this attempt was seen on a real node: from now on the offer's free count contains it.
  void placed(const std::string& burst_uid, int attempt);

  /// GPUs of attempts that are not placed yet, by offer: promised, but not in the offers' counts.
  std::map<std::string, std::int64_t, std::less<>> unplaced_gpus() const;

  /// Runs `choose` with the holdings of all *other* bursts and, when it returns an offer, enters the choice
  /// at once: no other choice can be made in between. Money is the sum of `book`, of costs in the records
  /// that are not in it, and of the most that live attempts may still cost, in the present periods of the
  /// claim's budget and of the ceiling.
  Choice reserve(const Burst& burst, const market::ClaimRules& rules, const SpendBook& book, base::Time now,
                 const std::function<Choice(const Holdings&)>& choose_with);
  /// Takes a reservation back that could not be recorded.
  void cancel(const Burst& burst) { update(burst); }

 private:
  /// What one attempt has cost, or may cost at most.
  struct Commitment {
    std::string key;
    base::Time reserved_at;
    market::Money amount;
    std::string currency;
    market::Money claim_amount;
    std::string claim_currency;
  };
  struct Entry {
    std::string ns;
    std::string claim;
    std::string offer;  ///< "" when no live attempt
    std::int64_t gpus = 0;
    int attempt = 0;
    bool placed = false;
    std::vector<Commitment> commitments;
  };
  static Entry entry_of(const Burst& burst);
  /// Adds the entry's money that `book` does not have.
  static void add_money(Holdings& holdings, const Entry& entry, bool same_claim, const SpendBook& book,
                        base::Time claim_since, base::Time all_since);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  ///< by PodBurst UID
};

}  // namespace burst
