#pragma once

namespace burst {

/// Whose fault it is that an attempt is given up, or that a pod fails or does not go on.
enum class Blame {
  kNobody,  ///< nothing failed
  kOffer,   ///< the offer or its provider: did not place, keep or start the twin, cannot be reached, is gone
  kScheduler,  ///< home's scheduler: did not bind the pod to the offer's burst node in time
  kHome,       ///< something else at home: another binding, a Service, a record that was changed
  kClaim,      ///< the claim: unusable, allows the offer no longer, or its lifetime or budget is used up
  kPod,        ///< the pod: what it refers to is missing, or it cannot be carried to any provider
};

/// True when the offer is recorded as a refusal: other offers come first, until its backoff is over. This is
/// no judgement of the offer alone: one whose burst node the scheduler does not bind to would be obtained
/// again at once, and would be paid for each time in vain.
constexpr bool puts_offer_off(Blame blame) {
  switch (blame) {
    case Blame::kOffer:
    case Blame::kScheduler:
      return true;
    case Blame::kNobody:
    case Blame::kHome:
    case Blame::kClaim:
    case Blame::kPod:
      return false;
  }
  return false;
}

/// A Blame that has no default: code that makes a Decision without one does not compile.
class Blamed {
 public:
  constexpr Blamed(Blame blame) : blame_(blame) {}
  constexpr operator Blame() const { return blame_; }

 private:
  Blame blame_;
};

}  // namespace burst
