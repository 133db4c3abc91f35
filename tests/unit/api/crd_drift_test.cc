#include <gtest/gtest.h>

#include <set>

#include "api/config.h"
#include "api/ledger.h"
#include "api/write.h"
#include "json.h"
#include "market/gpu_catalogue.h"
#include "market/place.h"
#include "schema.h"

// The schemas in crds/ and the codec must have the same fields. A decoder reports a field of the wrong type,
// if it reads the field at all: this shows that each property of the schema is read.

namespace api::crd_drift_test {

using nlohmann::json;

std::string dotted(const json::json_pointer& pointer) {
  std::string out;
  for (json::json_pointer at = pointer; !at.empty(); at.pop_back()) {
    const std::string& token = at.back();
    const bool index = token.find_first_not_of("0123456789") == std::string::npos &&
                       at.parent_pointer().back() != "freeBlocks";
    out = (index ? "[" + token + "]" : "." + token) + out;
  }
  return out.empty() ? out : out.substr(1);
}

template <typename Record>
std::string problem_of(const json& object, kube::Decoder<Record> decoder) {
  const auto record = decode<Record>(object.at("spec"), object.value("status", json(nullptr)), decoder);
  return record ? record->problem : record.error().text();
}

/// Every property below spec and status is read, save `not_read`, which are the other programs' or people's.
template <typename Record>
void expect_all_read(const std::string& plural, kube::Decoder<Record> decoder, std::set<std::string> not_read,
                     int at_least = 15) {
  const YAML::Node schema = load_schema(plural);
  const json object = full_object(schema);
  ASSERT_EQ(problem_of<Record>(object, decoder), "") << plural << ": the full object itself must be fine";
  int read = 0;
  for (const Leaf& leaf : leaves(schema)) {
    const std::string path = dotted(leaf.pointer);
    if (!path.starts_with("spec") && !path.starts_with("status")) continue;
    json wrong = object;
    wrong[leaf.pointer] = leaf.type == "string" ? json(7) : json("seven");
    const bool is_read = problem_of<Record>(wrong, decoder).starts_with(path + ": must be");
    const bool exempt = not_read.erase(path) > 0;
    EXPECT_NE(is_read, exempt) << plural << ": " << path << (is_read ? " is read after all" : " is not read");
    read += is_read ? 1 : 0;
  }
  EXPECT_TRUE(not_read.empty()) << plural << ": not in the schema: " << *not_read.begin();
  EXPECT_GE(read, at_least);
}

TEST(CrdDrift, ClaimIsRead) {
  expect_all_read<ClaimRecord>(
      "gpucapacityclaims", decode_claim,
      {"status.observedGeneration", "status.gpus.inUse", "status.gpus.pending", "status.spend.currency",
       "status.spend.total", "status.spend.period", "status.spend.running", "status.offers[0].name",
       "status.offers[0].provider", "status.offers[0].region", "status.offers[0].country",
       "status.offers[0].pricePerGPUHour", "status.offers[0].fits", "status.offers[0].rule",
       "status.offers[0].reason"});
}

TEST(CrdDrift, ProviderIsRead) {
  expect_all_read<ProviderRecord>(
      "neocloudproviders", decode_provider,
      {"spec.certifications[0].evidenceURL", "spec.certifications[0].asOf", "status.observedGeneration",
       "status.version", "status.roundTripMilliseconds", "status.gpus.total", "status.gpus.free",
       "status.lastContactTime", "status.feed.asOf", "status.feed.prices", "status.feed.skipped",
       "status.feed.available[0]"});
}

TEST(CrdDrift, OfferIsRead) { expect_all_read<OfferRecord>("gpuoffers", decode_offer, {}); }

TEST(CrdDrift, ConfigIsRead) { expect_all_read<ConfigRecord>("neoburstconfigs", decode_config, {}, 5); }

// The operator reads only the fields of a page that it adds up; people and the command line read the rest.
TEST(CrdDrift, LedgerIsRead) {
  const std::string entry = "spec.entries[0].";
  std::set<std::string> not_read;
  for (const char* name : {"burstUID",     "burst",      "pod",          "podUID",          "gpus",
                           "attempt",      "offer",      "provider",     "region",          "country",
                           "jurisdiction", "gpuModel",   "capacityType", "pricePerGPUHour", "priceAsOf",
                           "priceKind",    "placedTime", "gpuSeconds",   "startedTime",     "endReason"}) {
    not_read.insert(entry + name);
  }
  expect_all_read<LedgerPageRecord>("burstledgers", decode_ledger_page, std::move(not_read), 8);
}

TEST(CrdDrift, BurstIsRead) {
  expect_all_read<BurstRecord>("podbursts", decode_burst, {"status.observedGeneration", "status.state"});
}

void expect_fits(const YAML::Node& schema, const json& value, const std::string& path) {
  for (const std::string& line : misfits(schema, value, path)) ADD_FAILURE() << line;
}

TEST(CrdDrift, WhatIsWrittenIsInTheSchema) {
  const YAML::Node bursts = load_schema("podbursts")["properties"];
  const auto burst =
      decode<BurstRecord>(full_object(bursts["spec"]), full_object(bursts["status"]), decode_burst);
  ASSERT_TRUE(burst);
  expect_fits(bursts["spec"], burst_object(burst->burst).at("spec"), "spec");
  expect_fits(bursts["status"], burst_status(burst->burst, burst->conditions), "status");

  const YAML::Node ledger = load_schema("burstledgers")["properties"]["spec"];
  expect_fits(ledger, {{"entries", ledger_entries(burst->burst)}}, "spec");

  const YAML::Node offers = load_schema("gpuoffers")["properties"];
  const auto offer =
      decode<OfferRecord>(full_object(offers["spec"]), full_object(offers["status"]), decode_offer);
  ASSERT_TRUE(offer);
  expect_fits(offers["spec"], offer_spec(offer->offer), "spec");
  expect_fits(offers["status"], offer_status(offer->offer), "status");
}

TEST(CrdDrift, WhatIsReadOfAFullObjectIsWrittenAgain) {
  const YAML::Node bursts = load_schema("podbursts")["properties"];
  const json spec = full_object(bursts["spec"]);
  json status = full_object(bursts["status"]);
  const auto burst = decode<BurstRecord>(spec, status, decode_burst);
  ASSERT_TRUE(burst);
  json written = burst_status(burst->burst, burst->conditions);
  for (const char* derived : {"conditions", "state", "observedGeneration"}) {
    written.erase(derived);
    status.erase(derived);
  }
  EXPECT_EQ(burst_object(burst->burst).at("spec"), spec);
  EXPECT_EQ(written, status);

  const YAML::Node offers = load_schema("gpuoffers")["properties"];
  const json offer_full = full_object(offers["spec"]);
  const auto offer = decode<OfferRecord>(offer_full, nullptr, decode_offer);
  ASSERT_TRUE(offer);
  json spec_written = offer_spec(offer->offer);
  json spec_read = offer_full;
  for (const char* degrees : {"latitude", "longitude"}) {  // "60.17" comes back as "60.170"
    spec_written.erase(degrees);
    spec_read.erase(degrees);
  }
  EXPECT_EQ(spec_written, spec_read);
}

TEST(CrdDrift, TheSchemaKnowsTheModelsOfTheCatalogue) {
  const YAML::Node allowed = load_schema("gpucapacityclaims")["properties"]["spec"]["properties"]["gpus"]
                                                             ["properties"]["models"]["items"]["enum"];
  std::set<std::string> schema;
  for (const auto& name : allowed) schema.insert(name.as<std::string>());
  std::set<std::string> ours;
  for (const market::CatalogueEntry& entry : market::catalogue()) ours.emplace(entry.model.name);
  EXPECT_EQ(schema, ours);
}

TEST(CrdDrift, TheSchemaKnowsEveryCountry) {
  const YAML::Node rules = load_schema("gpucapacityclaims")["properties"]["spec"]["properties"]["location"]
                                                           ["properties"]["countries"]["items"];
  const auto rule = rules["x-kubernetes-validations"][2]["rule"].as<std::string>();
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) {
      const std::string code{a, b};
      const bool listed = code == "EU" ? false : rule.find(" " + code + " ") != std::string::npos;
      EXPECT_EQ(listed, market::is_country(code)) << code;
    }
  }
}

/// Promises to `kubectl explain` and to money: everything is described, nothing is a floating-point number.
void expect_well_kept(const YAML::Node& schema, const std::string& path) {
  if (path.ends_with(".metadata")) return;  // the API server allows no description there
  EXPECT_TRUE(schema["description"]) << path << " has no description";
  EXPECT_NE(schema["type"].as<std::string>(), "number") << path;
  if (schema["type"].as<std::string>() == "array") {
    EXPECT_TRUE(schema["maxItems"]) << path;
    EXPECT_TRUE(schema["x-kubernetes-list-type"]) << path;
    expect_well_kept(schema["items"], path + "[]");
  }
  if (schema["additionalProperties"]) expect_well_kept(schema["additionalProperties"], path + ".*");
  for (const auto& property : schema["properties"]) {
    expect_well_kept(property.second, path + "." + property.first.as<std::string>());
  }
}

TEST(Crds, AreDescribedAndBounded) {
  for (const char* plural : {"gpucapacityclaims", "neocloudproviders", "gpuoffers", "podbursts"}) {
    expect_well_kept(load_schema(plural), plural);
  }
}

}  // namespace api::crd_drift_test
