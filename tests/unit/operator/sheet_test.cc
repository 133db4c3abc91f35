#include "operator/publish/sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace op::sheet_test {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kHead = "provider: acme\n";

std::string error_of(const std::string& text) {
  const auto sheet = parse_sheet(text, "sheet.yaml");
  return sheet ? "" : sheet.error().message;
}

TEST(Sheet, SaysEverything) {
  const auto sheet = parse_sheet(R"(
provider: acme
profile: generic
overrides: {regionLabels: [acme.example/region]}
operatorJurisdiction: FI
regions: [{name: north, country: FI, latitude: "60.17", longitude: "24.94"}]
certifications: [{name: ISO27001}]
prices:
  currency: EUR
  asOf: "2026-11-01"
  list:
  - {model: H100, perGPUHour: "2.40"}
  - {model: H100, region: north, perInstanceHour: "16.00", gpusPerInstance: 8}
tenants:
- {name: team-a, maxGPUs: 16, models: [H100], prices: {list: [{model: H100, perGPUHour: "2.10"}]}}
- {name: team-b}
reserve: {h100: 4}
)",
                                 "sheet.yaml");
  ASSERT_TRUE(sheet) << sheet.error().text();
  EXPECT_EQ(sheet->provider.meta.name, "acme");
  EXPECT_EQ(sheet->provider.jurisdiction, "FI");
  EXPECT_THAT(sheet->provider.certifications, ElementsAre("ISO27001"));
  EXPECT_EQ(sheet->provider.overrides_text, R"({"regionLabels":["acme.example/region"]})");
  ASSERT_EQ(sheet->provider.prices.size(), 2u);
  EXPECT_EQ(sheet->provider.prices[1].price.per_gpu_hour.micros, 2'000'000);
  for (const auto& line : sheet->provider.prices) {
    EXPECT_EQ(line.price.kind, market::PriceKind::kPublished);
    EXPECT_EQ(line.price.currency, "EUR");
  }
  ASSERT_EQ(sheet->tenants.size(), 2u);
  EXPECT_EQ(sheet->tenants[0].max_gpus, 16);
  EXPECT_THAT(sheet->tenants[0].models, ElementsAre("H100"));
  EXPECT_EQ(sheet->tenants[0].prices.at(0).price.kind, market::PriceKind::kPublished);
  EXPECT_FALSE(sheet->tenants[1].max_gpus);
  EXPECT_EQ(sheet->reserve.at("H100"), 4);
}

TEST(Sheet, NamesThePlaceAndTheMend) {
  const std::pair<const char*, const char*> cases[] = {
      {"zebra: 1", "sheet.yaml: zebra: unknown key"},
      {"tenant: []", "sheet.yaml: tenant: unknown key; did you mean tenants?"},
      {"operatorJurisdiction: UK",
       "sheet.yaml: operatorJurisdiction: \"UK\" is not an ISO 3166 country code; did you mean GB?"},
      {"regions: [{name: r}, {name: r}]",
       "sheet.yaml: regions[1].name: \"r\" is listed twice; a region has one entry"},
      {"regions: [{country: FI}]", "sheet.yaml: regions[0].name: is required"},
      {"regions: [{name: r, land: FI}]", "sheet.yaml: regions[0].land: unknown key"},
      {"certifications: [ISO27001]", "sheet.yaml: certifications[0]: must be an object"},
      {"certifications: [{asOf: \"2026-01-01\"}]", "sheet.yaml: certifications[0].name: is required"},
      {"prices: {list: [{modle: H100}]}",
       "sheet.yaml: prices.list[0].modle: unknown key; did you mean model?"},
      {"prices: {list: [{model: H100}]}",
       "sheet.yaml: prices.list[0].perGPUHour: is required, such as \"2.95\" (or perInstanceHour and "
       "gpusPerInstance)"},
      {"prices: {list: [{model: H100, perGPUHour: 2}]}",
       "sheet.yaml: prices.list[0].perGPUHour: must be a string: put it in quotes"},
      {"prices: {list: [{model: H100, perInstanceHour: \"16\"}]}",
       "sheet.yaml: prices.list[0].gpusPerInstance: is required beside perInstanceHour: the GPUs of one "
       "instance"},
      {"prices: {list: [{model: H100, perGPUHour: \"2\", kind: Contract}]}",
       "sheet.yaml: prices.list[0].kind: unknown key"},
      {"prices: {list: [{model: H100, form: SXM5, perGPUHour: \"2\"}]}",
       "sheet.yaml: prices.list[0].form: \"SXM5\" is not one of SXM, PCIe, NVL"},
      {"prices: {currency: euro}",
       "sheet.yaml: prices.currency: \"euro\" is not three capital letters such as USD (ISO 4217)"},
      {"prices: {asOf: yesterday}",
       "sheet.yaml: prices.asOf: \"yesterday\" is not a date such as \"2026-11-01\""},
      {"tenants: [{maxGPUs: 2}]", "sheet.yaml: tenants[0].name: is required"},
      {"tenants: [{name: Team_A}]",
       "sheet.yaml: tenants[0].name: \"Team_A\" is not a name: at most 63 lower-case letters, digits and "
       "dashes"},
      {"tenants: [{name: a}, {name: a}]",
       "sheet.yaml: tenants[1].name: \"a\" is listed twice; a tenant has one entry"},
      {"tenants: [{name: a, models: []}]",
       "sheet.yaml: tenants[0].models: names no model; leave it out to offer every one"},
      {"tenants: [{name: a, prices: {list: [{modle: H100}]}}]",
       "sheet.yaml: tenants[0].prices.list[0].modle: unknown key; did you mean model?"},
      {"reserve: [H100]", "sheet.yaml: reserve: must be an object"},
      {"reserve: {H100: 2, h100: 3}", "sheet.yaml: reserve.h100: is the model H100, which is listed twice"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(error_of(std::string(kHead) + text), message) << text;
  EXPECT_THAT(error_of(std::string(kHead) + "tenants: [{name: a, maxGPUs: -1}]"),
              HasSubstr("tenants[0].maxGPUs: "));
  EXPECT_THAT(error_of(std::string(kHead) + "reserve: {H999: 2}"), HasSubstr("reserve.H999: is not a known"));
}

TEST(Sheet, WhatIsNoSheetIsRefused) {
  EXPECT_THAT(error_of("profile: generic"), HasSubstr("provider: is required"));
  EXPECT_THAT(error_of("[]"), HasSubstr("must be a map"));
  EXPECT_THAT(error_of("a: [}"), HasSubstr("sheet.yaml"));
  EXPECT_THAT(error_of(std::string(300'000, ' ')), HasSubstr("larger than 256 KiB"));
  EXPECT_THAT(load_sheet("nowhere/sheet.yaml").error().message, HasSubstr("cannot be read"));
  std::string many = std::string(kHead) + "tenants:\n";
  for (int i = 0; i < 257; ++i) many += "- {name: t" + std::to_string(i) + "}\n";
  EXPECT_EQ(error_of(many), "sheet.yaml: tenants[256]: is one tenant more than 256");
}

}  // namespace op::sheet_test
