#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/time_text.h"
#include "cli/cost/charges.h"
#include "cli/cost/focus.h"
#include "cli/cost/print.h"
#include "cli/cost/summary.h"

namespace cli::cost_test {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

base::Time at(const std::string& text) { return *base::parse_time(text); }
const base::Time kNow = at("2026-11-23T12:00:00Z");

api::LedgerEntry entry(const std::string& burst_uid, int attempt) {
  api::LedgerEntry e;
  e.burst_uid = burst_uid;
  e.attempt = attempt;
  e.ns = "team";
  e.burst = "burst-" + burst_uid;
  e.pod = "train-0";
  e.pod_uid = "pod-uid";
  e.claim = "research";
  e.provider = "eu";
  e.region = "eu-north1";
  e.country = "FI";
  e.jurisdiction = "NL";
  e.offer = "eu-eu-north1-h100-ondemand";
  e.gpu_model = "H100";
  e.gpus = 2;
  e.capacity_type = "OnDemand";
  e.price_per_gpu_hour = {2'950'000};
  e.currency = "USD";
  e.price_kind = "Contract";
  e.placed = at("2026-11-23T10:00:00Z");
  e.started = at("2026-11-23T10:00:02Z");
  e.ended = at("2026-11-23T10:30:00Z");
  e.end_reason = "Completed";
  e.gpu_seconds = 3600;
  e.cost = {2'950'000};
  return e;
}

json running_burst() {
  return {{"metadata", {{"namespace", "team"}, {"name", "burst-p"}, {"uid", "b"}}},
          {"spec",
           {{"podName", "train-0"},
            {"podUID", "p"},
            {"claimName", "research"},
            {"gpus", 4},
            {"requestedTime", "2026-11-23T09:00:00Z"}}},
          {"status",
           {{"attempt",
             {{"number", 2},
              {"provider", "eu"},
              {"country", "FI"},
              {"pricePerGPUHour", "2"},
              {"currency", "EUR"}}},
            {"placedTime", "2026-11-23T11:00:00Z"},
            {"cost", "0"},
            {"gpuSeconds", 0}}}};
}

TEST(Charges, ARunningAttemptCostsUpToNow) {
  std::string problem;
  const auto charges = charges_of_burst(running_burst(), kNow, problem);
  EXPECT_EQ(problem, "");
  ASSERT_EQ(charges.size(), 1u);
  EXPECT_EQ(charges[0].key(), "b/2");
  EXPECT_EQ(charges[0].cost, market::Money{8'000'000});
  EXPECT_EQ(charges[0].gpu_seconds, 4 * 3600);
  EXPECT_FALSE(charges[0].ended);
  EXPECT_EQ(charges[0].price_kind, "");  // not recorded, so not known
}

TEST(Charges, WhatIsChargedAlreadyIsNotChargedAgain) {
  json burst = running_burst();
  burst["status"]["charges"] = {
      {{"attempt", 1}, {"provider", "us"}, {"currency", "EUR"}, {"cost", "3"}, {"gpuSeconds", 100}}};
  burst["status"]["cost"] = "3";
  burst["status"]["gpuSeconds"] = 100;
  std::string problem;
  auto charges = charges_of_burst(burst, kNow, problem);
  ASSERT_EQ(charges.size(), 2u);
  EXPECT_EQ(charges[0].provider, "us");
  EXPECT_EQ(charges[1].cost, market::Money{8'000'000});

  // Ended, and its last attempt is among the charges.
  burst["status"]["charges"].push_back(
      {{"attempt", 2}, {"provider", "eu"}, {"currency", "EUR"}, {"cost", "8"}, {"gpuSeconds", 14400}});
  burst["status"]["cost"] = "11";
  burst["status"]["gpuSeconds"] = 14500;
  burst["status"]["endedTime"] = "2026-11-23T12:00:00Z";
  burst["status"]["endReason"] = "Completed";
  charges = charges_of_burst(burst, kNow, problem);
  ASSERT_EQ(charges.size(), 2u);
  EXPECT_EQ(charges[0].cost + charges[1].cost, market::Money{11'000'000});
}

TEST(Charges, WithoutChargesTheRecordsCostIsTaken) {
  json burst = running_burst();
  burst["status"]["cost"] = "5.50";
  burst["status"]["gpuSeconds"] = 9900;
  std::string problem;
  // Not ended: the cost is of earlier attempts, of which nothing more is known.
  auto charges = charges_of_burst(burst, kNow, problem);
  ASSERT_EQ(charges.size(), 2u);
  EXPECT_EQ(charges[0].key(), "b/0");
  EXPECT_EQ(charges[0].provider, "");
  EXPECT_EQ(charges[0].cost, market::Money{5'500'000});
  EXPECT_TRUE(charges[0].ended);
  EXPECT_EQ(charges[1].key(), "b/2");

  burst["status"]["endedTime"] = "2026-11-23T11:30:00Z";
  burst["status"]["endReason"] = "Failed";
  charges = charges_of_burst(burst, kNow, problem);
  ASSERT_EQ(charges.size(), 1u);
  EXPECT_EQ(charges[0].cost, market::Money{5'500'000});
  EXPECT_EQ(charges[0].end_reason, "Failed");
}

TEST(Charges, TheRecordCountsInTheClaimsCurrency) {
  json burst = running_burst();
  burst["status"]["attempt"]["claimPricePerGPUHour"] = "2.20";
  burst["status"]["attempt"]["claimCurrency"] = "USD";
  burst["status"]["charges"] = {
      {{"attempt", 1}, {"currency", "EUR"}, {"cost", "3"}, {"claimCost", "3.30"}, {"gpuSeconds", 100}}};
  burst["status"]["cost"] = "3.30";
  burst["status"]["gpuSeconds"] = 100;
  std::string problem;
  const auto charges = charges_of_burst(burst, kNow, problem);
  ASSERT_EQ(charges.size(), 2u);  // nothing is left over beside the two attempts
  EXPECT_EQ(charges[1].cost, market::Money{8'000'000});
  EXPECT_EQ(charges[1].currency, "EUR");
  EXPECT_EQ(charges[1].claim_cost, market::Money{8'800'000});
  EXPECT_EQ(charges[1].claim_currency, "USD");
}

TEST(Charges, NothingHeldNothingCharged) {
  json burst = running_burst();
  std::string problem;
  burst["status"].erase("placedTime");
  EXPECT_THAT(charges_of_burst(burst, kNow, problem), IsEmpty());
  burst = running_burst();
  burst["status"]["attempt"]["released"] = true;
  EXPECT_THAT(charges_of_burst(burst, kNow, problem), IsEmpty());
  burst["status"] = nullptr;
  EXPECT_THAT(charges_of_burst(burst, kNow, problem), IsEmpty());
  EXPECT_EQ(problem, "");
  EXPECT_THAT(charges_of_burst(json::array(), kNow, problem), IsEmpty());
  EXPECT_NE(problem, "");
}

TEST(Charges, EveryAttemptIsCountedOnce) {
  auto from_ledger = entry("a", 1);
  auto from_burst = entry("a", 1);
  from_burst.cost = {1};
  auto later = entry("b", 1);
  later.placed = at("2026-11-23T09:00:00Z");
  const auto merged = merge_charges({from_ledger, from_ledger}, {from_burst, later});
  ASSERT_EQ(merged.size(), 2u);
  EXPECT_EQ(merged[0].key(), "b/1");
  EXPECT_EQ(merged[1].cost, from_ledger.cost);
}

TEST(Charges, AnAttemptBelongsToTheMomentItEnded) {
  auto other = entry("b", 1);
  other.ns = "other";
  auto running = entry("c", 1);
  running.ended.reset();
  const std::vector<api::LedgerEntry> all = {entry("a", 1), other, running};
  const auto count = [&](const std::string& ns, const CostPeriod& period) {
    return select_charges(all, ns, period, kNow).size();
  };
  EXPECT_EQ(count("", {}), 3u);
  EXPECT_EQ(count("team", {}), 2u);
  EXPECT_EQ(count("", {.since = at("2026-11-23T10:30:00Z"), .until = {}}), 3u);
  EXPECT_EQ(count("", {.since = at("2026-11-23T10:30:01Z"), .until = {}}), 1u);
  EXPECT_EQ(count("", {.since = {}, .until = at("2026-11-23T10:30:00Z")}), 0u);
  EXPECT_EQ(count("", {.since = {}, .until = at("2026-11-23T11:00:00Z")}), 2u);
}

TEST(CostFlags, ReadTimes) {
  const auto week = check_cost_flags({.since = "7d"}, kNow);
  const auto dates = check_cost_flags({.since = "2026-11-01", .until = "2026-11-02T08:00:00+01:00"}, kNow);
  ASSERT_TRUE(week && dates);
  EXPECT_EQ(week->since, at("2026-11-16T12:00:00Z"));
  EXPECT_EQ(dates->since, at("2026-11-01T00:00:00Z"));
  EXPECT_EQ(dates->until, at("2026-11-02T07:00:00Z"));
  EXPECT_FALSE(check_cost_flags({}, kNow)->since);
}

TEST(CostFlags, RefuseWhatMakesNoSense) {
  const auto mistake = [](const CostFlags& flags) { return check_cost_flags(flags, kNow).error().message; };
  EXPECT_THAT(mistake({.since = "yesterday"}), HasSubstr("--since: \"yesterday\" is not a time"));
  EXPECT_THAT(mistake({.until = "2026-13-01"}), HasSubstr("--until: "));
  EXPECT_THAT(mistake({.since = "1h", .until = "2h"}), HasSubstr("nothing lies between"));
  EXPECT_THAT(mistake({.by = CostGroup::kClaim, .format = CostFormat::kFocus}), HasSubstr("--by: "));
}

TEST(CostSummary, NeverAddsCurrencies) {
  auto euro = entry("b", 1);
  euro.currency = "EUR";
  euro.cost = {1};
  const std::vector<api::LedgerEntry> entries = {entry("a", 1), entry("a", 2), euro};
  const auto summary = summarise(entries, CostGroup::kProvider);
  ASSERT_EQ(summary.rows.size(), 2u);
  EXPECT_EQ(summary.rows[0].currency, "EUR");
  EXPECT_EQ(summary.rows[1].cost, market::Money{5'900'000});
  ASSERT_EQ(summary.totals.size(), 2u);
}

TEST(CostSummary, SumsThatDoNotFitStayAtTheLargestNumber) {
  auto huge = entry("a", 1);
  huge.cost = {INT64_MAX};
  const std::vector<api::LedgerEntry> entries = {huge, entry("b", 1)};
  EXPECT_EQ(summarise(entries, CostGroup::kClaim).totals[0].cost, market::Money{INT64_MAX});
}

RC_GTEST_PROP(CostSummary, GroupsAddUpToTheTotal, ()) {
  std::vector<api::LedgerEntry> entries;
  std::int64_t sum = 0;
  for (const auto micros :
       *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 1'000'000'000))) {
    entries.push_back(entry("a", static_cast<int>(entries.size())));
    entries.back().cost = {micros};
    entries.back().country = micros % 3 == 0 ? "FI" : micros % 3 == 1 ? "IT" : "";
    sum += micros;
  }
  for (const auto by :
       {CostGroup::kClaim, CostGroup::kCountry, CostGroup::kNamespace, CostGroup::kProvider}) {
    const auto summary = summarise(entries, by);
    std::int64_t rows = 0;
    for (const auto& row : summary.rows) rows += row.cost.micros;
    RC_ASSERT(rows == sum);
    RC_ASSERT(summary.totals.size() == (entries.empty() ? 0u : 1u));
    RC_ASSERT((entries.empty() ? 0 : summary.totals[0].cost.micros) == sum);
  }
}

TEST(GpuHours, AreRoundedToTheNearestMillionth) {
  const std::pair<std::int64_t, const char*> rows[] = {
      {0, "0"},           {1, "0.000278"}, {1800, "0.5"},       {3600, "1"},
      {3599, "0.999722"}, {28800, "8"},    {36001, "10.000278"}};
  for (const auto& [seconds, text] : rows) EXPECT_EQ(gpu_hours_text(seconds), text);
}

TEST(CostPrint, Table) {
  auto running = entry("b", 1);
  running.claim = "spare";
  running.ended.reset();
  running.currency = "EUR";
  const std::vector<api::LedgerEntry> entries = {entry("a", 1), entry("a", 2), running};
  EXPECT_EQ(print_costs(entries, {}, kNow),
            "CLAIM           ATTEMPTS   RUNNING   GPU-HOURS   COST   CURRENCY\n"
            "team/spare             1         1           1   2.95   EUR\n"
            "team/research          2         0           2   5.90   USD\n"
            "TOTAL                  1         1           1   2.95   EUR\n"
            "TOTAL                  2         0           2   5.90   USD\n");
  EXPECT_EQ(print_costs({}, {}, kNow), "");
}

TEST(CostPrint, Csv) {
  const std::vector<api::LedgerEntry> entries = {entry("a", 1)};
  EXPECT_EQ(
      print_costs(entries, {.format = CostFormat::kCsv}, kNow),
      "namespace,claim,burst,attempt,pod,provider,region,country,jurisdiction,offer,gpuModel,gpus,"
      "capacityType,"
      "pricePerGPUHour,currency,priceKind,placedTime,startedTime,endedTime,endReason,gpuSeconds,cost,"
      "claimCost,"
      "claimCurrency\r\n"
      "team,research,burst-a,1,train-0,eu,eu-north1,FI,NL,eu-eu-north1-h100-ondemand,H100,2,OnDemand,2.95,"
      "USD,"
      "Contract,2026-11-23T10:00:00Z,2026-11-23T10:00:02Z,2026-11-23T10:30:00Z,Completed,3600,2.95,,\r\n");
}

TEST(CostPrint, Json) {
  const std::vector<api::LedgerEntry> entries = {entry("a", 1)};
  const auto document =
      json::parse(print_costs(entries, {.by = CostGroup::kCountry, .format = CostFormat::kJson}, kNow));
  EXPECT_EQ(document["asOf"], "2026-11-23T12:00:00Z");
  EXPECT_EQ(document["groups"],
            json::parse(R"([{"group": "FI", "currency": "USD", "cost": "2.95", "attempts": 1,
                                                 "running": 0, "gpuSeconds": 3600}])"));
  EXPECT_EQ(document["totals"][0]["cost"], "2.95");
  EXPECT_EQ(document["entries"][0]["key"], "a/1");
}

/// A line without quoted cells apart, as a map from column to cell.
std::map<std::string, std::string> focus_row(const api::LedgerEntry& one) {
  const std::string text = focus_csv(std::vector<api::LedgerEntry>{one}, kNow);
  std::vector<std::vector<std::string>> lines(1);
  lines.back().emplace_back();
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      quoted = !quoted;
      if (quoted && i > 0 && text[i - 1] == '"') lines.back().back() += '"';
    } else if (c == ',' && !quoted) {
      lines.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      lines.emplace_back();
      lines.back().emplace_back();
    } else if (c != '\r') {
      lines.back().back() += c;
    }
  }
  std::map<std::string, std::string> out;
  for (std::size_t i = 0; i < lines.at(0).size(); ++i) out[lines.at(0)[i]] = lines.at(1).at(i);
  return out;
}

TEST(Focus, HasTheColumnsOfTheSpecificationInItsOrder) {
  const std::string text = focus_csv({}, kNow);
  EXPECT_EQ(
      text,
      "AvailabilityZone,BilledCost,BillingAccountId,BillingAccountName,BillingAccountType,BillingCurrency,"
      "BillingPeriodEnd,BillingPeriodStart,CapacityReservationId,CapacityReservationStatus,ChargeCategory,"
      "ChargeClass,"
      "ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,CommitmentDiscountCategory,"
      "CommitmentDiscountId,CommitmentDiscountName,CommitmentDiscountQuantity,CommitmentDiscountStatus,"
      "CommitmentDiscountType,CommitmentDiscountUnit,ConsumedQuantity,ConsumedUnit,ContractedCost,"
      "ContractedUnitPrice,EffectiveCost,InvoiceId,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,"
      "PricingCurrency,PricingCurrencyContractedUnitPrice,PricingCurrencyEffectiveCost,"
      "PricingCurrencyListUnitPrice,PricingQuantity,PricingUnit,ProviderName,PublisherName,RegionId,"
      "RegionName,"
      "ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,ServiceSubcategory,SkuId,SkuMeter,"
      "SkuPriceDetails,SkuPriceId,SubAccountId,SubAccountName,SubAccountType,Tags\r\n");
}

TEST(Focus, AContractPriceIsNoListPrice) {
  auto row = focus_row(entry("a", 1));
  EXPECT_EQ(row.size(), 57u);
  const std::pair<const char*, const char*> cells[] = {
      {"BilledCost", "2.95"},
      {"EffectiveCost", "2.95"},
      {"ContractedCost", "2.95"},
      {"ContractedUnitPrice", "2.95"},
      {"ListCost", ""},
      {"ListUnitPrice", ""},
      {"BillingCurrency", "USD"},
      {"BillingAccountId", ""},
      {"BillingPeriodStart", "2026-11-01T00:00:00Z"},
      {"BillingPeriodEnd", "2026-12-01T00:00:00Z"},
      {"ChargePeriodStart", "2026-11-23T10:00:00Z"},
      {"ChargePeriodEnd", "2026-11-23T10:30:00Z"},
      {"ChargeCategory", "Usage"},
      {"ChargeClass", ""},
      {"ChargeFrequency", "Usage-Based"},
      {"ChargeDescription", "2 H100 for pod team/train-0 at 2.95 USD per GPU-hour"},
      {"ConsumedQuantity", "3600"},
      {"ConsumedUnit", "GPU-Seconds"},
      {"PricingQuantity", "1"},
      {"PricingUnit", "GPU-Hours"},
      {"PricingCategory", "Standard"},
      {"ProviderName", "eu"},
      {"RegionId", "eu-north1"},
      {"ResourceId", "pod-uid"},
      {"ResourceName", "train-0"},
      {"ServiceCategory", "Compute"},
      {"SkuId", "H100/OnDemand"},
      {"SkuPriceId", "eu-eu-north1-h100-ondemand"},
      {"SubAccountId", "team"}};
  for (const auto& [column, cell] : cells) EXPECT_EQ(row.at(column), cell) << column;
  const json tags = json::parse(row.at("Tags"));
  EXPECT_EQ(tags["neoburst.io/claim"], "research");
  EXPECT_EQ(tags["neoburst.io/country"], "FI");
}

TEST(Focus, AListPriceIsBoth) {
  auto one = entry("a", 1);
  one.price_kind = "List";
  one.capacity_type = "Spot";
  auto row = focus_row(one);
  EXPECT_EQ(row.at("ListCost"), "2.95");
  EXPECT_EQ(row.at("ListUnitPrice"), "2.95");
  EXPECT_EQ(row.at("PricingCategory"), "Dynamic");
}

TEST(Focus, WhatIsUnknownIsNullAndWhatRunsIsChargedUpToNow) {
  api::LedgerEntry bare;
  bare.burst_uid = "a";
  bare.ended = at("2026-12-31T23:59:59Z");
  auto row = focus_row(bare);
  for (const char* column : {"ProviderName", "RegionId", "SkuId", "PricingCategory", "ContractedUnitPrice"}) {
    EXPECT_EQ(row.at(column), "") << column;
  }
  EXPECT_EQ(row.at("BillingPeriodEnd"), "2027-01-01T00:00:00Z");
  auto running = entry("a", 1);
  running.ended.reset();
  EXPECT_EQ(focus_row(running).at("ChargePeriodEnd"), "2026-11-23T12:00:00Z");
}

}  // namespace cli::cost_test
