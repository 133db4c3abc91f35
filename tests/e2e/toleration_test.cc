// Which pods get the burst toleration: at CREATE from the admission policy, or later from the operator.

#include "support/e2e.h"

namespace testing_support::toleration_test {

using namespace std::chrono_literals;
using nlohmann::json;

std::size_t burst_tolerations(const json& pod) {
  std::size_t count = 0;
  for (const json& toleration : pod["spec"].value("tolerations", json::array())) {
    if (toleration.value("key", "") == "neoburst.io/burst") ++count;
  }
  return count;
}

class TolerationAtCreate : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    const auto served =
        kubectl(sandbox_, {"get", "mutatingadmissionpolicies", "burst-toleration.neoburst.io"});
    if (served.exit_code != 0) GTEST_SKIP() << "Kubernetes serves MutatingAdmissionPolicy from 1.36 on";
  }
  /// The pod as the API server would create it; nothing is created.
  json dry_run(const json& pod) {
    const auto reply =
        kubectl(sandbox_, {"create", "--dry-run=server", "--output=json", "-f", "-"}, pod.dump());
    if (reply.exit_code != 0) throw std::runtime_error(reply.errors);
    return json::parse(reply.output);
  }
  json pod_with(const json& changes) {
    json pod = gpu_pod(ns_, "one", "1");
    pod.merge_patch(changes);
    return pod;
  }
  /// The API server reads new claims by a watch of its own.
  void wait_claimed(const json& pod) {
    require_within("the policy to know the claim", 30s, [&] {
      return burst_tolerations(dry_run(pod)) == 1 ? std::string() : std::string("no toleration yet");
    });
  }
};

TEST_F(TolerationAtCreate, FollowsTheClaimsSelector) {
  json claim = eu_claim(ns_, "research");
  claim["spec"]["podSelector"] = {{"matchLabels", {{"team", "vision"}}},
                                  {"matchExpressions",
                                   {{{"key", "tier"}, {"operator", "In"}, {"values", {"batch", "dev"}}},
                                    {{"key", "home-only"}, {"operator", "DoesNotExist"}},
                                    {{"key", "zone"}, {"operator", "NotIn"}, {"values", {"secret"}}},
                                    {{"key", "owner"}, {"operator", "Exists"}}}}};
  create_claim(claim);
  const json fits = {{"team", "vision"}, {"tier", "dev"}, {"owner", "ann"}};
  wait_claimed(pod_with({{"metadata", {{"labels", fits}}}}));

  struct Row {
    const char* name;
    json change;
    std::size_t expected;
  };
  const std::vector<Row> rows = {
      {"another team", {{"team", "speech"}}, 0}, {"no tier", {{"tier", nullptr}}, 0},
      {"another tier", {{"tier", "prod"}}, 0},   {"home only", {{"home-only", ""}}, 0},
      {"secret zone", {{"zone", "secret"}}, 0},  {"another zone", {{"zone", "open"}}, 1},
      {"no owner", {{"owner", nullptr}}, 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    json labels = fits;
    labels.merge_patch(row.change);
    EXPECT_EQ(burst_tolerations(dry_run(pod_with({{"metadata", {{"labels", labels}}}}))), row.expected);
  }
  json bare = pod_with(json::object());
  bare["metadata"].erase("labels");
  EXPECT_EQ(burst_tolerations(dry_run(bare)), 0u);
}

TEST_F(TolerationAtCreate, LeavesAloneWhatCannotBurst) {
  create_claim(eu_claim(ns_, "research"));
  create_claim(open_claim(ns_, "second"));  // two claims make no second toleration
  const json plain = gpu_pod(ns_, "one", "1");
  wait_claimed(plain);

  json no_gpu = plain;
  no_gpu["spec"]["containers"][0].erase("resources");
  EXPECT_EQ(burst_tolerations(dry_run(no_gpu)), 0u);

  json bound = plain;
  bound["spec"]["nodeName"] = "some-node";
  EXPECT_EQ(burst_tolerations(dry_run(bound)), 0u);

  json daemon = plain;
  daemon["metadata"]["ownerReferences"] = {
      {{"apiVersion", "apps/v1"}, {"kind", "DaemonSet"}, {"name", "d"}, {"uid", "1"}, {"controller", true}}};
  EXPECT_EQ(burst_tolerations(dry_run(daemon)), 0u);

  json tolerates = plain;
  tolerates["spec"]["tolerations"] = {{{"operator", "Exists"}}};
  EXPECT_EQ(burst_tolerations(dry_run(tolerates)), 0u);

  json own = plain;
  own["spec"]["tolerations"] = {{{"key", "mine"}, {"operator", "Exists"}}};
  const json kept = dry_run(own);
  EXPECT_EQ(burst_tolerations(kept), 1u);
  EXPECT_EQ(kept["spec"]["tolerations"][0].value("key", ""), "mine");

  for (const char* name : {"research", "second"}) {
    const auto patched = kubectl(sandbox_, {"patch", "gpuclaim", name, "--namespace", ns_, "--type=merge",
                                            "--patch", R"({"spec":{"burst":{"when":"Never"}}})"});
    ASSERT_EQ(patched.exit_code, 0) << patched.errors;
  }
  require_within("the policy to know that nothing bursts", 30s, [&] {
    return burst_tolerations(dry_run(plain)) == 0 ? std::string() : std::string("it still gives one");
  });
}

class TolerationLater : public EndToEnd {};

TEST_F(TolerationLater, APodOlderThanItsClaimBursts) {
  const json created = create_pod(gpu_pod(ns_, "early", "1"));
  EXPECT_EQ(burst_tolerations(created), 0u);
  require_alive_within("the scheduler to have tried", 30s, [&] {
    const json scheduled = condition_of(pod("early"), "PodScheduled");
    return scheduled.value("status", "") == "False" ? std::string() : scheduled.dump();
  });
  create_claim(eu_claim(ns_, "research"));
  const json done = wait_phase("early", "Succeeded");
  EXPECT_EQ(node_of(done), kEuNode);
  EXPECT_EQ(burst_tolerations(done), 1u);
}

}  // namespace testing_support::toleration_test
