#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/profile_codec.h"
#include "profiles/profiles.h"

// spec.overrides of a NeocloudProvider over a profile: every field that is present replaces the profile's.

namespace profiles::overlay_test {

using nlohmann::json;

market::Profile base() {
  const auto profile = parse_profile(R"(
name: base
displayName: Base
documentation: docs/base.md
jurisdiction: US
gpu: {labels: [one/label], resources: [one/gpu]}
taints:
  tolerate: [{key: t, operator: Exists}]
  tolerateForSpot: [{key: s, operator: Exists}]
  neverTolerate: [{key: n, operator: Exists}]
capacityMarks: [{key: m, capacityType: Spot}]
fabricLabels: [fabric]
regionLabels: [region]
autoscaling: {mode: OptIn, provisioningDeadline: 15m, neverModels: [GB200]}
minimumCommitment: {gpus: 16, duration: 336h}
regions:
  - {name: a, country: FI, latitude: "60.17", longitude: "24.94", precision: City, place: Helsinki}
  - {name: b, country: SE}
access: {method: Token, command: c, notes: n}
prices: {currency: EUR, asOf: "2026-01-01", source: s, list: [{model: H100, perHour: "2"}, {model: H200, perHour: "3"}]}
)",
                                     "base");
  EXPECT_TRUE(profile) << profile.error().text();
  return profile ? *profile : market::Profile{};
}

market::Profile overlay(const json& overrides) {
  const auto profile = api::overlay_profile(base(), overrides, "spec.overrides");
  EXPECT_TRUE(profile) << profile.error().text();
  return profile ? *profile : market::Profile{};
}

/// Everything of a profile as text, one line a field, so that what changed can be seen.
std::vector<std::string> lines(const market::Profile& p) {
  std::vector<std::string> out = {p.name, p.display_name, p.documentation, p.jurisdiction};
  const auto add_all = [&](const std::string& head, const auto& list, auto text) {
    std::string line = head;
    for (const auto& each : list) line += " " + text(each);
    out.push_back(line);
  };
  const auto same = [](const std::string& text) { return text; };
  const auto toleration = [](const market::Toleration& t) {
    return t.key + (t.any_value ? "*" : "=" + t.value) + ":" + t.effect;
  };
  add_all("labels", p.gpu_labels, same);
  add_all("resources", p.gpu_resources, same);
  add_all("tolerate", p.tolerations, toleration);
  add_all("spot", p.spot_tolerations, toleration);
  add_all("never", p.never_tolerate, toleration);
  add_all("marks", p.capacity_marks, [](const market::CapacityMark& m) {
    return std::to_string(static_cast<int>(m.kind)) + m.key + "=" + m.value + std::string(to_string(m.type));
  });
  add_all("fabric", p.fabric_labels, same);
  add_all("region", p.region_labels, same);
  out.push_back("mode " + std::string(to_string(p.autoscaling.mode)));
  out.push_back("deadline " + std::to_string(p.autoscaling.provisioning_deadline.count()));
  add_all("never models", p.autoscaling.never_models, same);
  out.push_back("least " + std::to_string(p.minimum_commitment.gpus));
  out.push_back("for " + std::to_string(p.minimum_commitment.duration.count()));
  add_all("regions", p.regions, [](const market::ProfileRegion& r) {
    const auto at = r.coordinates.value_or(market::Coordinates{});
    return r.name + "/" + r.country + "/" + std::to_string(at.latitude_milli) + "/" +
           std::to_string(at.longitude_milli) + "/" + std::to_string(static_cast<int>(r.precision)) + "/" +
           r.place;
  });
  out.push_back("access " + std::to_string(static_cast<int>(p.access.method)));
  out.push_back(p.access.command);
  out.push_back(p.access.notes);
  add_all("prices", p.prices, [](const market::ListPrice& l) {
    return l.model + l.form + std::to_string(l.memory_gib) + l.region +
           std::string(to_string(l.capacity_type)) + market::format_money(l.per_hour) + "/" +
           std::to_string(l.gpus) + l.currency + l.as_of + l.source;
  });
  return out;
}

TEST(Overlay, ReplacesEveryFieldAndNothingElse) {
  const std::pair<json, std::string> cases[] = {
      {{{"displayName", "Mine"}}, "Mine"},
      {{{"documentation", "mine.md"}}, "mine.md"},
      {{{"jurisdiction", "NL"}}, "NL"},
      {{{"jurisdiction", ""}}, ""},
      {{{"gpu", {{"labels", {"x", "y"}}}}}, "labels x y"},
      {{{"gpu", {{"resources", {"x/gpu"}}}}}, "resources x/gpu"},
      {{{"taints", {{"tolerate", json::array()}}}}, "tolerate"},
      {{{"taints", {{"tolerateForSpot", {{{"key", "k"}, {"value", "v"}, {"effect", "NoExecute"}}}}}}},
       "spot k=v:NoExecute"},
      {{{"taints", {{"neverTolerate", {{{"key", "k"}, {"operator", "Exists"}}}}}}}, "never k*:"},
      {{{"capacityMarks", {{{"kind", "Taint"}, {"key", "k"}, {"value", "v"}, {"capacityType", "Reserved"}}}}},
       "marks 1k=vReserved"},
      {{{"fabricLabels", {"x"}}}, "fabric x"},
      {{{"regionLabels", {"x"}}}, "region x"},
      {{{"autoscaling", {{"mode", "OnDemand"}}}}, "mode OnDemand"},
      {{{"autoscaling", {{"provisioningDeadline", "30m"}}}}, "deadline 1800000"},
      {{{"autoscaling", {{"neverModels", {"H100"}}}}}, "never models H100"},
      {{{"minimumCommitment", {{"gpus", 8}}}}, "least 8"},
      {{{"minimumCommitment", {{"duration", "1h"}}}}, "for 3600000"},
      {{{"access", {{"method", "Exec"}}}}, "access 3"},
      {{{"access", {{"command", "x y"}}}}, "x y"},
      {{{"access", {{"notes", "x"}}}}, "x"},
      {{{"prices",
         {{"asOf", "2026-02-02"},
          {"list",
           {{{"model", "A100"},
             {"form", "PCIe"},
             {"memoryGiB", 80},
             {"region", "b"},
             {"capacityType", "Spot"},
             {"perHour", "16.00"},
             {"gpus", 8},
             {"currency", "JPY"},
             {"source", "x"}}}}}}},
       "prices A100PCIe80bSpot16/8JPY2026-02-02x"},
      {{{"prices", json::object()}}, "prices"},
  };
  const std::vector<std::string> before = lines(base());
  for (const auto& [overrides, expected] : cases) {
    const std::vector<std::string> after = lines(overlay(overrides));
    ASSERT_EQ(after.size(), before.size());
    std::vector<std::string> changed;
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (after[i] != before[i]) changed.push_back(after[i]);
    }
    EXPECT_THAT(changed, testing::ElementsAre(expected)) << overrides.dump();
  }
  EXPECT_EQ(lines(overlay(nullptr)), before);
  EXPECT_EQ(lines(overlay(json::object())), before);
}

TEST(Overlay, MergesRegionsByName) {
  const market::Profile merged = overlay({{"regions",
                                           {{{"name", "b"}, {"latitude", "59.33"}, {"longitude", "18.07"}},
                                            {{"name", "c"}, {"country", "NO"}}}}});
  ASSERT_EQ(merged.regions.size(), 3u);
  EXPECT_EQ(merged.regions[0].place, "Helsinki");
  EXPECT_EQ(merged.regions[1].country, "SE");
  EXPECT_EQ(merged.regions[1].coordinates->longitude_milli, 18'070);
  EXPECT_EQ(merged.regions[2].country, "NO");
}

TEST(Overlay, RejectsWithThePlace) {
  const std::pair<json, const char*> cases[] = {
      {{{"name", "y"}}, "spec.overrides.name: cannot be overridden; spec.profile chooses the profile"},
      {{{"regons", json::array()}}, "spec.overrides.regons: unknown key; did you mean regions?"},
      {{{"regions", {{{"name", "r"}, {"country", "UK"}}}}},
       "spec.overrides.regions[0].country: \"UK\" is not"},
      {{{"prices", {{"asOf", "2026-01-01"}, {"list", {{{"model", "H100"}, {"perHour", "1,50"}}}}}}},
       "spec.overrides.prices.list[0].perHour: \"1,50\" is not"},
      {{{"prices", {{"asOf", "2026-01-01"}, {"list", {{{"model", "H100"}, {"perHour", 1.5}}}}}}},
       "spec.overrides.prices.list[0].perHour: must be a string: put it in quotes"},
      {{{"taints", {{"tolerate", {{{"key", "n"}, {"operator", "Exists"}}}}}}},
       "spec.overrides.taints: the taint n is both tolerated and under neverTolerate"},
      {{{"access", {{"notes", std::string(2000, 'x')}}}}, "spec.overrides.access.notes: is too long"},
      {json::array(), "spec.overrides: must be an object"},
  };
  for (const auto& [overrides, message] : cases) {
    const auto profile = api::overlay_profile(base(), overrides, "spec.overrides");
    ASSERT_FALSE(profile) << overrides.dump();
    EXPECT_THAT(profile.error().message, testing::StartsWith(message));
    EXPECT_TRUE(profile.error().is(base::Code::kInvalid));
  }
}

TEST(Overlay, NeverTolerateCanBeLifted) {
  const market::Profile lifted =
      overlay({{"taints",
                {{"neverTolerate", json::array()}, {"tolerate", {{{"key", "n"}, {"operator", "Exists"}}}}}}});
  EXPECT_TRUE(lifted.never_tolerate.empty());
  EXPECT_EQ(lifted.tolerations.at(0).key, "n");
}

TEST(Overlay, IsDeterministic) {
  for (const auto& [name, value] : builtin_profiles()) {
    const auto once = api::overlay_profile(value, json::object(), "o");
    const auto twice = api::overlay_profile(*once, json::object(), "o");
    ASSERT_TRUE(once && twice) << name;
    EXPECT_EQ(lines(*once), lines(value)) << name;
    EXPECT_EQ(lines(*twice), lines(value)) << name;
  }
}

}  // namespace profiles::overlay_test
