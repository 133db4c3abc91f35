#include "burst/copy_plan.h"

#include <gtest/gtest.h>

#include "burst/names.h"

namespace burst::copy_plan_test {

using nlohmann::json;

const CopyPlace kPlace{"inst", "team-a", "neoburst"};

json pod() {
  return json::parse(R"({"metadata": {"namespace": "team-a"}, "spec": {
      "subdomain": "job",
      "containers": [{"name": "main", "envFrom": [{"configMapRef": {"name": "settings"}}],
                      "env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "token", "key": "t"}}}]}],
      "ephemeralContainers": [
          {"name": "debugger", "envFrom": [{"configMapRef": {"name": "tools"}}]},
          {"name": "refused", "envFrom": [{"secretRef": {"name": "more"}}]}]}})");
}

std::vector<Copy> needs(const std::set<std::string>& ephemeral = {}) {
  const auto found = needs_of(kPlace, pod(), ephemeral);
  EXPECT_TRUE(found);
  return found ? *found : std::vector<Copy>();
}

std::set<std::string> sources(const std::vector<Copy>& copies) {
  std::set<std::string> out;
  for (const Copy& copy : copies) out.insert(copy.source);
  return out;
}

TEST(CopyPlan, APodNeedsWhatItRefersTo) {
  EXPECT_EQ(sources(needs()), (std::set<std::string>{"settings", "token", "job"}));
  EXPECT_EQ(sources(needs({"debugger"})), (std::set<std::string>{"settings", "token", "job", "tools"}));
  EXPECT_FALSE(needs_of(kPlace, json{{"spec", 1}}, {}));
}

TEST(CopyPlan, OnlyWhatHomeNeedsIsWritten) {
  const Copy settings = needs().front();
  ASSERT_EQ(settings.source, "settings");
  Copy other_source = settings, more_keys = needs()[1];
  other_source.source = "kubeconfig";
  ASSERT_EQ(more_keys.source, "token");
  more_keys.keys = {};
  const Copy stolen{CopyKind::kSecret, "stolen-1", "kubeconfig"};
  struct Case {
    const char* what;
    CopyUse use;
    std::vector<Copy> listed;
    std::vector<Copy> write;
    std::vector<Copy> keep;
    std::vector<Copy> remove;
  };
  const std::vector<Case> cases = {
      {"nothing at all", {}, {}, {}, {}, {}},
      {"needed, and not listed yet", {.needed = {settings}}, {}, {settings}, {}, {}},
      {"needed and listed", {.needed = {settings}}, {settings}, {settings}, {settings}, {}},
      {"two pods share it", {.needed = {settings, settings}}, {settings}, {settings}, {settings}, {}},
      {"nobody needs it", {}, {settings}, {}, {}, {settings}},
      {"a twin that ends still uses it", {.named = {settings.name}}, {settings}, {}, {settings}, {}},
      {"a forged entry", {}, {stolen}, {}, {}, {stolen}},
      {"a forged entry beside a true one",
       {.needed = {settings}},
       {settings, stolen},
       {settings},
       {settings},
       {stolen}},
      {"a forged entry and a forged twin", {.named = {stolen.name}}, {stolen}, {}, {stolen}, {}},
      {"an entry with another source",
       {.needed = {settings}},
       {other_source},
       {settings},
       {other_source},
       {}},
      {"an entry with more keys", {.needed = {needs()[1]}}, {more_keys}, {needs()[1]}, {more_keys}, {}},
      {"another kind with a needed name",
       {.needed = {settings}},
       {{CopyKind::kSecret, settings.name, "settings"}},
       {settings},
       {},
       {{CopyKind::kSecret, settings.name, "settings"}}},
  };
  for (const Case& c : cases) {
    const CopyPlan plan = plan_copies(kPlace, c.use, c.listed);
    EXPECT_EQ(plan.write, c.write) << c.what;
    EXPECT_EQ(plan.keep, c.keep) << c.what;
    EXPECT_EQ(plan.remove, c.remove) << c.what;
  }
}

TEST(CopyPlan, AServiceIsUsedByItsSubdomain) {
  const Copy service{CopyKind::kService, "job", "job"};
  CopyUse use{.named = {"job"}};
  EXPECT_EQ(plan_copies(kPlace, use, {service}).remove.size(), 1u) << "that names a copy of another kind";
  use.subdomains = {subdomain_value("inst", "team-a", "job")};
  EXPECT_EQ(plan_copies(kPlace, use, {service}).keep.size(), 1u);
  use.subdomains = {subdomain_value("inst", "team-b", "job")};
  EXPECT_EQ(plan_copies(kPlace, use, {service}).remove.size(), 1u) << "another namespace's";
}

}  // namespace burst::copy_plan_test
