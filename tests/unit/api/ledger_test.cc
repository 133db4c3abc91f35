#include <gtest/gtest.h>

#include "api/ledger_codec.h"
#include "base/time_text.h"
#include "json.h"

namespace api::ledger_test {

using nlohmann::json;

json whole_entry() {
  return {{"key", "b-uid/2"},
          {"burstUID", "b-uid"},
          {"attempt", 2},
          {"namespace", "team"},
          {"burst", "burst-p-uid"},
          {"pod", "train-0"},
          {"podUID", "p-uid"},
          {"claim", "research"},
          {"provider", "eu"},
          {"region", "eu-north1"},
          {"country", "FI"},
          {"jurisdiction", "NL"},
          {"offer", "eu-eu-north1-h100-ondemand"},
          {"gpuModel", "H100"},
          {"gpus", 8},
          {"capacityType", "OnDemand"},
          {"pricePerGPUHour", "2.95"},
          {"currency", "EUR"},
          {"priceKind", "Contract"},
          {"claimCost", "25.73"},
          {"claimCurrency", "USD"},
          {"placedTime", "2026-11-23T10:00:00.000001Z"},
          {"startedTime", "2026-11-23T10:00:02.000000Z"},
          {"endedTime", "2026-11-23T11:00:00.000000Z"},
          {"endReason", "Completed"},
          {"gpuSeconds", 28800},
          {"cost", "23.60"}};
}

TEST(Ledger, AnEntryIsWrittenAsItWasRead) {
  std::string problem;
  const auto entries = read_ledger_entries({{"entries", {whole_entry()}}}, problem);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(problem, "");
  EXPECT_EQ(entries[0].cost, market::Money{23'600'000});
  EXPECT_EQ(entries[0].key(), "b-uid/2");
  EXPECT_EQ(ledger_entry_json(entries[0]), whole_entry());
}

TEST(Ledger, WhatIsUnknownIsNotWritten) {
  std::string problem;
  const json bare = {{"burstUID", "u"}, {"attempt", 1}};
  const auto entries = read_ledger_entries({{"entries", {bare}}}, problem);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_FALSE(entries[0].ended);
  const json written = ledger_entry_json(entries[0]);
  for (const char* key : {"country", "endedTime", "claimCost", "gpuModel", "provider"}) {
    EXPECT_FALSE(written.contains(key)) << key;
  }
}

TEST(Ledger, APageIsDecoded) {
  const auto record =
      decode<LedgerRecord>({{"entries", {whole_entry(), whole_entry()}}}, nullptr, decode_ledger);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->problem, "");
  EXPECT_EQ(record->entries.size(), 2u);
}

TEST(Ledger, BadFieldsAreNamedAndDoNotStopTheRest) {
  json bad = whole_entry();
  bad["cost"] = "1,50";
  bad["gpuSeconds"] = -1;
  std::string problem;
  const auto entries = read_ledger_entries({{"entries", {whole_entry(), bad, 7}}}, problem);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].cost, market::Money{});
  EXPECT_EQ(entries[1].gpu_seconds, 0);
  EXPECT_NE(problem.find("spec.entries[1].gpuSeconds"), std::string::npos) << problem;
  for (const json& odd : {json(nullptr), json(7), json::array(), json{{"spec", 1}}}) {
    std::string what;
    EXPECT_TRUE(read_ledger_entries(odd, what).empty());
    EXPECT_TRUE(read_charges(odd, what).empty());
  }
}

TEST(Charges, TakeTheirIdentityFromThePodBurst) {
  const json burst = {
      {"metadata", {{"namespace", "team"}, {"name", "burst-p"}, {"uid", "b-uid"}}},
      {"spec", {{"podName", "train-0"}, {"podUID", "p"}, {"claimName", "research"}, {"gpus", 4}}},
      {"status",
       {{"charges",
         {{{"attempt", 1},
           {"provider", "eu"},
           {"pricePerGPUHour", "2"},
           {"currency", "EUR"},
           {"placedTime", "2026-11-23T10:00:00Z"},
           {"endedTime", "2026-11-23T10:30:00Z"},
           {"gpuSeconds", 7200},
           {"cost", "4"}}}}}}};
  std::string problem;
  const auto charges = read_charges(burst, problem);
  ASSERT_EQ(charges.size(), 1u);
  EXPECT_EQ(problem, "");
  EXPECT_EQ(charges[0].key(), "b-uid/1");
  EXPECT_EQ(charges[0].pod, "train-0");
  EXPECT_EQ(charges[0].claim, "research");
  EXPECT_EQ(charges[0].gpus, 4);
  EXPECT_EQ(charges[0].cost, market::Money{4'000'000});
  EXPECT_EQ(base::format_time(*charges[0].ended), "2026-11-23T10:30:00Z");
}

}  // namespace api::ledger_test
