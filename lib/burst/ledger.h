#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "burst/burst.h"
#include "burst/choose.h"

namespace burst {

/// What every burst of this installation holds and may cost, kept current from the records and, before their
/// watch brings them back, from the choices just made. This is what stops two workers from promising the same
/// GPUs or the same money twice. Thread-safe.
class Ledger {
 public:
  /// Takes over what the record says. Call on every change of a PodBurst and after every own write.
  void update(const Burst& burst);
  void erase(const std::string& burst_uid);
  /// The twin of this attempt was seen on a real node: from now on the offer's free count contains it.
  void placed(const std::string& burst_uid, int attempt);

  /// Runs `choose` with the holdings of all *other* bursts and, when it returns an offer, enters the choice
  /// at once: no other choice can be made in between. `settled` is what the claim has paid for records
  /// already counted there; `counted` tells whether a burst's cost is contained in it.
  Choice reserve(const Burst& burst, market::Money settled,
                 const std::function<bool(const std::string& uid)>& counted,
                 const std::function<Choice(const Holdings&)>& choose_with);
  /// Takes a reservation back that could not be recorded.
  void cancel(const Burst& burst) { update(burst); }

 private:
  struct Entry {
    std::string ns;
    std::string claim;
    std::string offer;  ///< "" when no live attempt
    std::int64_t gpus = 0;
    int attempt = 0;
    bool placed = false;
    market::Money committed;
  };
  static Entry entry_of(const Burst& burst);

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  ///< by PodBurst UID
};

}  // namespace burst
