#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "api/config.h"
#include "api/ledger.h"
#include "api/write.h"
#include "json.h"

namespace api::round_trip_test {

using nlohmann::json;

base::Time at(std::int64_t micros) {
  return base::Time(std::chrono::microseconds(1'790'000'000'000'000 + micros));
}

burst::Burst running_burst() {
  burst::Burst burst;
  burst.ns = "team";
  burst.name = "x";
  burst.pod_name = "train-0";
  burst.pod_uid = "pod-uid";
  burst.claim = "research";
  burst.gpus = 4;
  burst.candidates = {"neoburst-a", "neoburst-b"};
  burst.requested = at(1);
  burst.attempt.number = 2;
  burst.attempt.name = "train-0-abc-2";
  burst.attempt.offer = "offer-a";
  burst.attempt.provider = "eu";
  burst.attempt.region = "eu-north1";
  burst.attempt.country = "FI";
  burst.attempt.jurisdiction = "NL";
  burst.attempt.node = "neoburst-a";
  burst.attempt.remote_namespace = "neoburst";
  burst.attempt.anchor_uid = "uid";
  burst.attempt.remote_node = "gpu-7";
  burst.attempt.gpu_model = "H100";
  burst.attempt.capacity_type = market::CapacityType::kSpot;
  burst.attempt.price = {{2'950'000}, "EUR", "2026-11-01", market::PriceKind::kFeed};
  burst.attempt.claim_price = {3'186'000};
  burst.attempt.claim_currency = "USD";
  burst.attempt.limit_seconds = 3600;
  burst.attempt.limit_reason = burst::LimitReason::kBudget;
  burst.attempt.released = true;
  burst.charges = {{1,
                    "offer-b",
                    "us",
                    "us-east1",
                    "US",
                    "US",
                    "A100",
                    market::CapacityType::kReserved,
                    {{1'000'000}, "USD", "", market::PriceKind::kList},
                    "USD",
                    at(1),
                    at(2),
                    at(3),
                    7,
                    {5},
                    {6}}};
  burst.refusals = {{"offer-b", "NoRoom", "0/4 nodes", at(7)}};
  burst.obtaining_at = at(2);
  burst.placed_at = at(3);
  burst.started_at = at(4);
  burst.ended_at = at(5);
  burst.end_reason = burst::EndReason::kLost;
  burst.message = "the twin vanished";
  burst.gpu_seconds = 77;
  burst.cost = {123'456};
  return burst;
}

TEST(RoundTrip, Burst) {
  const burst::Burst before = running_burst();
  const json object = burst_object(before);
  const json status = burst_status(before, {});
  const auto record = decode<BurstRecord>(object.at("spec"), status, decode_burst);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->problem, "");
  const burst::Burst& after = record->burst;
  EXPECT_EQ(after.ns, "team");
  EXPECT_EQ(after.uid, "u");
  EXPECT_EQ(after.resource_version, "7");
  EXPECT_EQ(after.requested, before.requested);
  EXPECT_EQ(after.attempt.anchor_uid, "uid");
  EXPECT_EQ(after.attempt.price.per_gpu_hour, before.attempt.price.per_gpu_hour);
  EXPECT_TRUE(after.attempt.released);
  EXPECT_EQ(after.end_reason, before.end_reason);
  EXPECT_EQ(after.refusals.at(0).until, at(7));
  // All the rest: written again it is the same.
  EXPECT_EQ(burst_object(after), object);
  EXPECT_EQ(burst_status(after, record->conditions), status);
}

TEST(RoundTrip, Offer) {
  market::Offer before;
  before.name = "x";
  before.provider = "eu";
  before.region = "eu-north1";
  before.country = "FI";
  before.jurisdiction = "NL";
  before.certifications = {"C5"};
  before.coordinates = market::Coordinates{-60'005, 25'300};
  before.gpu = {"H100", "SXM", 80, "NVIDIA-H100-80GB-HBM3", true};
  before.capacity_type = market::CapacityType::kSpot;
  before.price = market::Price{{1'250'000}, "EUR", "2026-11-01"};
  before.total_gpus = 16;
  before.free_gpus = 9;
  before.free_blocks = {9, 4, 3, 2, 1, 1, 1, 1};
  before.available = true;
  before.unavailable_reason = "none";
  const auto record = decode<OfferRecord>(offer_spec(before), offer_status(before), decode_offer);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->problem, "");
  EXPECT_EQ(record->node, "neoburst-x");
  EXPECT_EQ(record->offer.coordinates->latitude_milli, -60'005);
  EXPECT_EQ(record->offer.free_blocks, before.free_blocks);
  EXPECT_TRUE(record->offer.gpu.shared);
  EXPECT_EQ(offer_spec(record->offer), offer_spec(before));
  EXPECT_EQ(offer_status(record->offer), offer_status(before));
}

TEST(RoundTrip, UnknownFactsStayUnknown) {
  market::Offer offer;
  offer.name = "x";
  offer.provider = "eu";
  const json spec = offer_spec(offer);
  for (const char* key :
       {"country", "jurisdiction", "model", "form", "memoryGiB", "pricePerGPUHour", "latitude"}) {
    EXPECT_FALSE(spec.contains(key)) << key;
  }
  const auto record = decode<OfferRecord>(spec, offer_status(offer), decode_offer);
  ASSERT_TRUE(record);
  EXPECT_FALSE(record->offer.price);
  EXPECT_EQ(record->offer.gpu.model, "");
}

TEST(Offer, UnreadableFactsAreUnknown) {
  const auto record = decode<OfferRecord>({{"provider", "eu"},
                                           {"country", "UK"},
                                           {"pricePerGPUHour", "cheap"},
                                           {"model", "H1000"},
                                           {"memoryGiB", -1}},
                                          nullptr, decode_offer);
  ASSERT_TRUE(record);
  EXPECT_NE(record->problem, "");
  EXPECT_EQ(record->offer.country, "");
  EXPECT_EQ(record->offer.gpu.model, "");
  EXPECT_EQ(record->offer.gpu.memory_gib, 0);
  EXPECT_FALSE(record->offer.price);
}

TEST(Burst, AMisreadAttemptIsAProblem) {
  const auto record = decode<BurstRecord>({{"podName", "p"}}, {{"attempt", {{"number", "1"}}}}, decode_burst);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->problem, "status.attempt.number: must be a whole number");
}

std::string state_of(const burst::Burst& burst) { return burst_status(burst, {}).at("state"); }

TEST(Burst, StateIsTheNewestConditionThatHolds) {
  burst::Burst burst = running_burst();
  EXPECT_EQ(state_of(burst), "Ended");
  burst.ended_at.reset();
  burst.end_reason = burst::EndReason::kNone;
  burst.attempt.released = false;
  EXPECT_EQ(state_of(burst), "Running");
  burst.started_at.reset();
  EXPECT_EQ(state_of(burst), "Reserved");
  burst.placed_at.reset();
  EXPECT_EQ(state_of(burst), "Obtaining");
  burst.attempt.released = true;
  EXPECT_EQ(state_of(burst), "Requested");
}

TEST(Burst, WritingTwiceChangesNothing) {
  burst::Burst burst = running_burst();
  burst.ended_at.reset();
  const json first = burst_status(burst, {});
  const auto record = decode<BurstRecord>(burst_object(burst).at("spec"), first, decode_burst);
  ASSERT_TRUE(record);
  burst.message = "still running";
  json second = burst_status(burst, record->conditions);
  EXPECT_EQ(second.at("conditions"), first.at("conditions"));
}

TEST(Burst, LongTextsAreCutBetweenCharacters) {
  burst::Burst burst = running_burst();
  burst.message = "a";
  for (int i = 0; i < 1000; ++i) burst.message += "\u20ac";
  burst.refusals.assign(40, {"o", "R", burst.message, at(0)});
  const json status = burst_status(burst, {});
  EXPECT_NO_THROW(static_cast<void>(status.dump()));
  EXPECT_LE(status.at("message").get<std::string>().size(), 1024u);
  EXPECT_EQ(status.at("refusals").size(), 32u);
}

TEST(Condition, ChangesItsTimeOnlyWithItsStatus) {
  std::vector<Condition> conditions;
  EXPECT_TRUE(set_condition(conditions, {"Ready", "True", "Ok", "", 1, {}}, at(1)));
  EXPECT_FALSE(set_condition(conditions, {"Ready", "True", "Ok", "", 1, {}}, at(2)));
  EXPECT_TRUE(set_condition(conditions, {"Ready", "True", "Ok", "news", 1, {}}, at(3)));
  EXPECT_EQ(conditions.at(0).changed, at(1));
  EXPECT_TRUE(set_condition(conditions, {"Ready", "False", "Bad", "", 1, {}}, at(4)));
  EXPECT_EQ(conditions.at(0).changed, at(4));
  EXPECT_EQ(conditions.size(), 1u);
}

json any_json(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return 0.5;
    case 4:
      return UINT64_MAX;
    case 5:
      return *rc::gen::element<std::string>("", "EU", "10s", "-1", "OnDemand", "2026-01-01T00:00:00Z");
    case 6: {
      json list = json::array();
      for (int i = *rc::gen::inRange(0, 3); i > 0; --i) list.push_back(any_json(depth - 1));
      return list;
    }
    default: {
      json object = json::object();
      for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        object[*rc::gen::element<std::string>(
            "gpus", "burst", "location", "near", "budget", "prices", "list", "regions", "attempt", "number",
            "refusals", "conditions", "spend", "freeBlocks", "1", "candidates", "countries", "podSelector",
            "matchLabels", "matchExpressions", "models", "lifetime", "latitude", "charges", "entries",
            "exchangeRates", "countryGroups", "ceiling")] = any_json(depth - 1);
      }
      return object;
    }
  }
}

TEST(AnyJson, DecodesToARecordAndNeverCrashes) {
  EXPECT_TRUE(rc::check([] {
    const json spec = any_json(4);
    const json status = any_json(4);
    RC_ASSERT(decode<ClaimRecord>(spec, status, decode_claim).has_value());
    RC_ASSERT(decode<ProviderRecord>(spec, status, decode_provider).has_value());
    RC_ASSERT(decode<OfferRecord>(spec, status, decode_offer).has_value());
    RC_ASSERT(decode<BurstRecord>(spec, status, decode_burst).has_value());
    RC_ASSERT(decode<ConfigRecord>(spec, status, decode_config).has_value());
    RC_ASSERT(decode<LedgerPageRecord>(spec, status, decode_ledger_page).has_value());
  }));
}

}  // namespace api::round_trip_test
