#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "market/match.h"

namespace market {

/// Many claims against many offers, kept as they change. It always agrees with fits() and rank(), but
/// judges again only the pairs that a change may have altered. A change of free capacity alone judges none; a
/// change of an offer's terms judges it against the claims that want its GPU model.
///
/// A bit per pair: 10,000 claims and 5,000 offers take 6 MB beside the values themselves. Not thread-safe:
/// the owner makes sure that nothing reads while something changes.
class MatchTable {
 public:
  /// Keys of claims; they live until that claim is erased. In no promised order, each once.
  using Claims = std::vector<std::string_view>;

  MatchTable();
  ~MatchTable();

  /// Adds the claim or replaces its rules.
  void set_claim(std::string_view key, ClaimRules rules);
  void erase_claim(std::string_view key);

  /// Adds the offer or replaces the one of that name. Returns the claims that the change may affect: the
  /// offer fitted before, or fits now.
  Claims set_offer(Offer offer);
  /// Returns the claims that the offer fitted.
  Claims erase_offer(std::string_view name);

  /// False where the claim or the offer is not in the table.
  bool fits(std::string_view claim, std::string_view offer) const;
  /// The offers that fit, available or not, by name. The pointers live until that offer is set or erased.
  std::vector<const Offer*> fitting(std::string_view claim) const;
  /// rank() of all offers.
  std::vector<const Offer*> ranked(std::string_view claim, std::int64_t gpus) const;

  std::size_t claims() const { return claims_.size(); }
  std::size_t offers() const { return offers_.size(); }

 private:
  struct Claim;
  struct Held;
  /// Which claims could take an offer of a model: those that name it, and under "" those that name none.
  using ByModel = std::map<std::string, std::vector<Claim*>, std::less<>>;

  Held& add_offer(const std::string& name);
  void index(Claim& claim);
  void drop_from_index(Claim& claim);
  template <typename Visit>
  void each_candidate(const std::string& model, Visit visit);

  std::map<std::string, std::unique_ptr<Claim>, std::less<>> claims_;
  std::map<std::string, std::unique_ptr<Held>, std::less<>> offers_;
  ByModel by_model_;
  std::vector<const Held*> slots_;       ///< the offer of each bit, null where there is none now
  std::vector<std::size_t> free_slots_;  ///< where it is null
};

}  // namespace market
