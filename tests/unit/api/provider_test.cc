#include <gtest/gtest.h>

#include "json.h"

namespace api::provider_test {

using nlohmann::json;

ProviderRecord provider(json spec) {
  if (!spec.contains("kubeconfigSecretRef")) spec["kubeconfigSecretRef"] = {{"name", "s"}};
  auto record = decode<ProviderRecord>(spec, nullptr, decode_provider);
  EXPECT_TRUE(record) << record.error().text();
  return record ? *record : ProviderRecord{};
}

TEST(Provider, Defaults) {
  const ProviderRecord record = provider(json::object());
  EXPECT_EQ(record.problem, "");
  EXPECT_EQ(record.profile, "generic");
  EXPECT_EQ(record.secret.text(), "neoburst-system/s");
  EXPECT_EQ(record.secret_key, "kubeconfig");
  EXPECT_EQ(record.namespaces.given, "neoburst");
  EXPECT_FALSE(record.max_gpus);
}

TEST(Provider, ReadsEverything) {
  const ProviderRecord record = provider(
      {{"profile", "nebius"},
       {"regions", {{{"name", "r"}, {"country", "FI"}, {"latitude", "60.6"}, {"longitude", "25.3"}}}},
       {"operatorJurisdiction", "NL"},
       {"certifications", {{{"name", "ISO27001"}}}},
       {"prices",
        {{"currency", "EUR"},
         {"asOf", "2026-11-01"},
         {"list", {{{"model", "H100"}, {"region", "r"}, {"capacityType", "Spot"}, {"perGPUHour", "1.25"}}}}}},
       {"capacity",
        {{"mode", "Declared"}, {"declared", {{{"region", "r"}, {"model", "H100"}, {"gpus", 8}}}}}},
       {"limits", {{"maxGPUs", 4}}},
       {"provisioningDeadline", "15m"},
       {"overrides", {{"fabricLabels", {"rack"}}}},
       {"paused", true}});
  EXPECT_EQ(record.problem, "");
  EXPECT_EQ(record.overrides_text, R"({"fabricLabels":["rack"]})");
  EXPECT_EQ(record.regions.at(0).coordinates->latitude_milli, 60'600);
  EXPECT_EQ(record.prices.at(0).price.per_gpu_hour.micros, 1'250'000);
  EXPECT_EQ(record.prices.at(0).capacity_type, market::CapacityType::kSpot);
  EXPECT_EQ(record.declared.at(0).gpus, 8);
  EXPECT_EQ(record.max_gpus, 4);
  EXPECT_EQ(record.provisioning_deadline, std::chrono::minutes(15));
  EXPECT_TRUE(record.paused);
}

TEST(Provider, PricesOfInstancesAndOfPublicLists) {
  const ProviderRecord record = provider(
      {{"prices",
        {{"currency", "EUR"},
         {"asOf", "2026-11-01"},
         {"maxAge", "30d"},
         {"list",
          {{{"model", "H100"}, {"perInstanceHour", "23.61"}, {"gpusPerInstance", 8}, {"form", "SXM"}},
           {{"model", "A100"},
            {"memoryGiB", 40},
            {"perGPUHour", "1.5"},
            {"kind", "List"},
            {"asOf", "2026-10-01"}}}}}}});
  ASSERT_EQ(record.problem, "");
  EXPECT_EQ(record.price_max_age, std::chrono::hours(24 * 30));
  EXPECT_EQ(record.prices.at(0).price.per_gpu_hour.micros, 2'951'250);
  EXPECT_EQ(record.prices.at(0).form, "SXM");
  EXPECT_EQ(record.prices.at(0).price.currency, "EUR");
  EXPECT_EQ(record.prices.at(1).memory_gib, 40);
  EXPECT_EQ(record.prices.at(1).price.kind, market::PriceKind::kList);
  EXPECT_EQ(record.prices.at(1).price.as_of, "2026-10-01");
}

TEST(Provider, Problems) {
  const std::pair<json, const char*> cases[] = {
      {{{"kubeconfigSecretRef", json::object()}}, "spec.kubeconfigSecretRef.name: is required"},
      {{{"regions", {{{"name", "r"}, {"country", "UK"}}}}}, "spec.regions[0].country: \"UK\" is not"},
      {{{"operatorJurisdiction", "EU"}}, "spec.operatorJurisdiction: \"EU\" is a group; name one country"},
      {{{"prices", {{"list", {{{"model", "H100"}}}}}}}, "spec.prices.list[0].perGPUHour: is required"},
      {{{"prices", {{"list", {{{"model", "H100"}, {"perInstanceHour", "8"}}}}}}},
       "spec.prices.list[0].gpusPerInstance: is required"},
      {{{"prices", {{"list", {{{"model", "H100"}, {"perGPUHour", "1,5"}}}}}}},
       "spec.prices.list[0].perGPUHour: \"1,5\""},
      {{{"capacity", {{"mode", "Autoscaling"}}}}, "spec.capacity.declared: must list"},
      {{{"overrides", {{"fabricLabel", {"rack"}}}}},
       "spec.overrides.fabricLabel: unknown key; did you mean fabricLabels?"},
      {{{"overrides", {{"regions", {{{"name", "r"}, {"country", "UK"}}}}}}},
       "spec.overrides.regions[0].country: \"UK\" is not"},
      {{{"overrides", {{"prices", {{"list", {{{"model", "H100"}, {"perHour", "1,50"}}}}}}}}},
       "spec.overrides.prices.list[0].perHour: \"1,50\" is not"},
  };
  for (const auto& [spec, problem] : cases) {
    EXPECT_TRUE(provider(spec).problem.starts_with(problem)) << provider(spec).problem;
  }
}

}  // namespace api::provider_test
