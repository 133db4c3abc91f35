// How fast claims are checked against offers, what one changed offer costs, and how near to the optimum
// batches are planned. On one core, without a cluster.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "bench/support/report.h"
#include "market/match_table.h"
#include "market/plan.h"
#include "support/exact_plan.h"

namespace {

using market::ClaimRules;
using market::MatchTable;
using market::Offer;

constexpr std::size_t kClaims = 10'000;
constexpr std::size_t kOffers = 5'000;
constexpr std::size_t kRounds = 3;
constexpr std::size_t kChanges = 500;
constexpr std::uint32_t kBatches = 200;
constexpr double kBarChecks = 1e6;
constexpr double kBarGap = 0.02;

template <typename Work>
double seconds_of(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The same on every machine: the distributions of the standard library are not.
class Dice {
 public:
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  bool percent(std::size_t chance) { return below(100) < chance; }
  template <typename T, std::size_t N>
  const T& of(const T (&values)[N]) {
    return values[below(N)];
  }

 private:
  std::mt19937 engine_{20'261'123};
};

struct Site {
  const char* country;
  const char* jurisdiction;
  market::Coordinates place;
};
constexpr Site kSites[] = {
    {"FI", "NL", {60'600, 25'300}},  {"NL", "US", {52'370, 4'900}},   {"FR", "FR", {48'860, 2'350}},
    {"ES", "US", {41'650, -880}},    {"DE", "DE", {50'110, 8'680}},   {"US", "US", {39'040, -77'490}},
    {"US", "US", {32'780, -96'800}}, {"US", "NL", {39'100, -94'580}}, {"JP", "JP", {35'680, 139'690}},
    {"IN", "IN", {19'080, 72'880}},  {"GB", "GB", {51'510, -130}},    {"TW", "TW", {25'030, 121'570}}};
struct Card {
  const char* model;
  const char* form;
  std::int64_t memory_gib;
  std::int64_t price_micros;
};
constexpr Card kCards[] = {{"H100", "SXM", 80, 2'900'000},  {"H100", "PCIe", 80, 2'400'000},
                           {"H200", "SXM", 141, 3'500'000}, {"B200", "SXM", 180, 5'500'000},
                           {"A100", "SXM", 80, 1'800'000},  {"A100", "PCIe", 40, 1'300'000},
                           {"L40S", "PCIe", 48, 1'100'000}, {"L4", "PCIe", 24, 600'000}};

/// Made up for load, not a price list: most facts known, some not.
Offer any_offer(Dice& dice, std::size_t number) {
  const Site& site = dice.of(kSites);
  const Card& card = dice.of(kCards);
  Offer offer;
  offer.name = "offer-" + std::to_string(number);
  offer.provider = "provider-" + std::to_string(dice.below(40));
  if (!dice.percent(3)) offer.country = site.country;
  if (!dice.percent(10)) offer.jurisdiction = site.jurisdiction;
  if (!dice.percent(5)) offer.coordinates = site.place;
  for (const char* certification : {"ISO27001", "SOC2", "C5"}) {
    if (dice.percent(60)) offer.certifications.push_back(certification);
  }
  offer.gpu = {card.model, card.form, card.memory_gib, card.model, dice.percent(2)};
  offer.capacity_type = dice.percent(25) ? market::CapacityType::kSpot : market::CapacityType::kOnDemand;
  const auto micros = card.price_micros * static_cast<std::int64_t>(70 + dice.below(80)) / 100;
  if (!dice.percent(10)) offer.price = market::Price{{micros}, dice.percent(25) ? "EUR" : "USD"};
  offer.available = !dice.percent(5);
  offer.free_gpus = static_cast<std::int64_t>(dice.below(65));
  for (std::size_t k = 1; k <= 8; ++k) offer.free_blocks[k - 1] = offer.free_gpus / static_cast<int>(k);
  offer.total_gpus = 64;
  return offer;
}

ClaimRules any_claim(Dice& dice, const market::Countries& eu) {
  ClaimRules claim;
  claim.rates = {{"USD", 1'000'000}, {"EUR", 1'100'000}};
  if (dice.percent(80)) claim.models.push_back(dice.of(kCards).model);
  if (dice.percent(30)) claim.models.push_back(dice.of(kCards).model);
  if (dice.percent(30)) claim.min_memory_gib = 48;
  if (dice.percent(20)) claim.interconnect = "NVLink";
  if (dice.percent(40)) claim.countries = eu;
  if (dice.percent(20)) claim.operator_jurisdictions = eu;
  if (dice.percent(10)) claim.exclude_jurisdictions = {"US"};
  if (dice.percent(20)) claim.certifications = {"ISO27001"};
  if (dice.percent(15)) {
    claim.near = dice.of(kSites).place;
    claim.max_distance_km = 2'000;
    claim.strategy = market::Strategy::kNearest;
  }
  if (dice.percent(10)) claim.deny_providers = {"provider-7"};
  if (dice.percent(40)) {
    claim.capacity_types = {market::CapacityType::kOnDemand, market::CapacityType::kSpot};
  }
  if (dice.percent(60))
    claim.max_per_gpu_hour = market::Money{1'500'000 + 500'000 * std::int64_t(dice.below(9))};
  if (dice.percent(20)) claim.currency = "EUR";
  return claim;
}

struct Market {
  std::vector<ClaimRules> claims;
  std::vector<Offer> offers;
};

Market make_market(Dice& dice) {
  const auto eu = market::resolve_countries({"EU"});
  if (!eu) throw std::runtime_error(eu.error().message);
  Market market;
  for (std::size_t i = 0; i < kClaims; ++i) market.claims.push_back(any_claim(dice, *eu));
  for (std::size_t i = 0; i < kOffers; ++i) market.offers.push_back(any_offer(dice, i));
  return market;
}

struct FullPass {
  std::vector<double> seconds;
  std::size_t fitting = 0;
};

/// Every claim against every offer, nothing remembered.
FullPass measure_full_pass(const Market& market) {
  FullPass pass;
  for (std::size_t round = 0; round < kRounds; ++round) {
    pass.fitting = 0;
    pass.seconds.push_back(seconds_of([&] {
      for (const ClaimRules& claim : market.claims) {
        for (const Offer& offer : market.offers) pass.fitting += market::fits(claim, offer) ? 1 : 0;
      }
    }));
  }
  return pass;
}

struct Rematch {
  std::vector<double> price;     ///< seconds for one offer's new price
  std::vector<double> capacity;  ///< seconds for one offer's new free count
};

Rematch measure_rematch(MatchTable& table, Market& market, Dice& dice) {
  Rematch rematch;
  std::size_t touched = 0;
  for (std::size_t i = 0; i < kChanges; ++i) {
    Offer offer = market.offers[dice.below(kOffers)];
    if (!offer.price) offer.price = market::Price{{1'000'000}, "USD"};
    offer.price->per_gpu_hour.micros += 10'000;
    rematch.price.push_back(seconds_of([&] { touched += table.set_offer(offer).size(); }));
    offer.free_gpus += 1;
    rematch.capacity.push_back(seconds_of([&] { touched += table.set_offer(offer).size(); }));
  }
  if (touched == 0) throw std::runtime_error("no change touched a claim: nothing was measured");
  return rematch;
}

/// Throws where the plan leaves more pods without a place than must be: then costs cannot be compared.
double gap_of(std::uint32_t seed) {
  const auto instance = testing_support::random_instance(seed);
  const auto plan = market::plan_batch(instance.pods, instance.pointers());
  const auto ours = testing_support::outcome_of(instance, plan);
  const auto best = testing_support::ExactPlan::solve(instance);
  if (ours.unplaced != best.unplaced) {
    throw std::runtime_error("batch " + std::to_string(seed) + ": " + std::to_string(ours.unplaced) +
                             " pods without a place, the optimum leaves " + std::to_string(best.unplaced));
  }
  return best.cost == 0 ? 0.0 : static_cast<double>(ours.cost - best.cost) / static_cast<double>(best.cost);
}

/// 500 pods that compete for 100 offers.
double plan_large_seconds(Dice& dice) {
  testing_support::Instance instance;
  for (std::size_t i = 0; i < 100; ++i) {
    std::vector<std::int64_t> nodes;
    for (std::size_t n = 1 + dice.below(4); n > 0; --n)
      nodes.push_back(static_cast<std::int64_t>(dice.below(9)));
    instance.offers.push_back(testing_support::offer_of_nodes(nodes));
  }
  constexpr std::int64_t kSizes[] = {1, 1, 1, 2, 2, 4, 8};
  for (std::size_t i = 0; i < 500; ++i) {
    market::WaitingPod pod{dice.of(kSizes), {}};
    for (std::size_t o = 0; o < 100; ++o) {
      const auto price = 1'000'000 + static_cast<std::int64_t>(o * 30'000 + dice.below(500'000));
      if (dice.percent(60)) pod.places.push_back({o, {price}});
    }
    instance.pods.push_back(std::move(pod));
  }
  const auto pointers = instance.pointers();
  return seconds_of([&] { market::plan_batch(instance.pods, pointers); });
}

int run() {
  Dice dice;
  Market market = make_market(dice);
  const FullPass pass = measure_full_pass(market);

  MatchTable table;
  for (const Offer& offer : market.offers) table.set_offer(offer);
  const double build = seconds_of([&] {
    for (std::size_t i = 0; i < kClaims; ++i) table.set_claim("claim-" + std::to_string(i), market.claims[i]);
  });
  const Rematch rematch = measure_rematch(table, market, dice);

  double worst_gap = 0;
  for (std::uint32_t seed = 0; seed < kBatches; ++seed) worst_gap = std::max(worst_gap, gap_of(seed));
  std::vector<double> large;
  for (std::size_t round = 0; round < kRounds; ++round) large.push_back(plan_large_seconds(dice));

  const double pairs = static_cast<double>(kClaims * kOffers);
  const double full_pass = bench::percentile(pass.seconds, 0.5);
  const double checks_per_s = pairs / full_pass;
  const double price = bench::percentile(rematch.price, 0.5);
  const double capacity = bench::percentile(rematch.capacity, 0.5);
  const double plan = bench::percentile(large, 0.5);
  const bool fast = checks_per_s >= kBarChecks;
  const bool small_rematch = price < full_pass / 100;
  const bool near = worst_gap <= kBarGap;

  std::printf("%zu claims against %zu offers, %.1f %% of the pairs fit\n", kClaims, kOffers,
              100.0 * static_cast<double>(pass.fitting) / pairs);
  std::printf("%-44s %12.0f   bar %.0f: %s\n", "checks a second", checks_per_s, kBarChecks,
              bench::verdict(fast));
  std::printf("%-44s %12.1f\n", "full pass, ms", full_pass * 1e3);
  std::printf("%-44s %12.1f\n", "filling the table, ms", build * 1e3);
  std::printf("%-44s %12.1f   bar 1 %% of a full pass: %s\n", "re-match after a new price, us", price * 1e6,
              bench::verdict(small_rematch));
  std::printf("%-44s %12.1f\n", "re-match after a new free count, us", capacity * 1e6);
  std::printf("%-44s %12.4f   bar %.2f: %s\n", "worst cost above the optimum, 200 batches", worst_gap,
              kBarGap, bench::verdict(near));
  std::printf("%-44s %12.1f\n", "plan of 500 pods for 100 offers, ms", plan * 1e3);
  bench::write_json("matching", {{"checks_per_s", checks_per_s},
                                 {"full_pass_ms", full_pass * 1e3},
                                 {"table_fill_ms", build * 1e3},
                                 {"rematch_us", price * 1e6},
                                 {"rematch_capacity_us", capacity * 1e6},
                                 {"worst_cost_gap", worst_gap},
                                 {"batches", kBatches},
                                 {"plan_500_pods_ms", plan * 1e3}});
  return fast && small_rematch && near ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const std::exception& error) {
    std::cerr << "matching: " << error.what() << "\n";
    return 2;
  }
}
