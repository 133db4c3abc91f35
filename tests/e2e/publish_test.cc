// A provider publishes its own offers; the home imports them.

#include <signal.h>

#include <fstream>

#include "base/time_text.h"
#include "support/e2e.h"
#include "support/source_dir.h"

namespace testing_support::publish_test {

using namespace std::chrono_literals;
using nlohmann::json;

inline constexpr kube::Resource kClusterRoleBindings{"rbac.authorization.k8s.io", "v1", "clusterrolebindings",
                                                     "ClusterRoleBinding", false};
inline constexpr kube::Resource kCrds{"apiextensions.k8s.io", "v1", "customresourcedefinitions",
                                      "CustomResourceDefinition", false};
constexpr const char* kProvider = "neocloud-eu";
constexpr const char* kSheet = R"(
provider: neocloud-eu
operatorJurisdiction: US
regions: [{name: eu-north1, country: SE}]
certifications: [{name: ISO27001}]
prices: {currency: USD, asOf: "2026-11-20", list: [{model: H100, perGPUHour: "1.75"}]}
tenants:
- {name: home, prices: {list: [{model: H100, perGPUHour: "1.60"}]}}
- {name: other}
reserve: {H100: 3}
)";

/// The provider's platform team installs the publisher, and lets its customer read the offers.
class Publish : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    const std::string root = testing_support::source_dir();
    apply(root + "/crds/neoburst.io_gpuoffers.yaml");
    require_within("GPUOffers at the provider", 30s, [&] {
      const auto reply = eu().get(api::kOffers, {}, "none");
      return reply.error().message.find("not found") != std::string::npos &&
                     reply.error().message.find("could not") == std::string::npos
                 ? std::string()
                 : reply.error().text();
    });
    apply(root + "/deploy/publisher-rbac.yaml");
    ensure_object(
        eu(), kClusterRoleBindings,
        {{"apiVersion", "rbac.authorization.k8s.io/v1"},
         {"kind", "ClusterRoleBinding"},
         {"metadata", {{"name", "neoburst-offers"}}},
         {"roleRef",
          {{"apiGroup", "rbac.authorization.k8s.io"},
           {"kind", "ClusterRole"},
           {"name", "neoburst-offers-reader"}}},
         {"subjects", {{{"kind", "ServiceAccount"}, {"name", "neoburst"}, {"namespace", "neoburst"}}}}});
    sheet_ = neoburst_.log_folder() + "/sheet.yaml";
    std::ofstream(sheet_) << kSheet;
    publisher_ = neoburst_.start_publisher(kProvider, sheet_);
  }

  void TearDown() override {
    publisher_.reset();
    must_delete(eu(), kClusterRoleBindings, {}, "neoburst-offers");
    must_delete(eu(), kCrds, {}, "gpuoffers.neoburst.io");
    ensure_object(home(), api::kProviders, standard_provider(kProvider));
    EndToEnd::TearDown();
  }

  void apply(const std::string& file) {
    const auto done = kubectl(sandbox_, {"apply", "--server-side", "-f", file}, {}, kProvider);
    ASSERT_EQ(done.exit_code, 0) << done.errors;
  }
  kube::Client& eu() { return sandbox_.admin(kProvider); }
  std::int64_t gpus_there() {
    std::int64_t sum = 0;
    for (const json& node : list_all(eu(), kube::kNodes)) {
      sum += std::stoll(node["status"]["allocatable"].value("nvidia.com/gpu", "0"));
    }
    return sum;
  }
  json at_home() { return find_object(home(), api::kOffers, {}, kEuOffer); }
  /// Waits until the offer at home is so; `look` returns what is missing.
  void wait_offer(const std::string& what, const std::function<std::string(const json&)>& look) {
    require_alive_within(what, 60s, [&] {
      const json offer = at_home();
      if (!offer.is_object() || !offer.contains("status")) return std::string("there is no offer");
      const std::string missing = look(offer);
      return missing.empty() ? missing : missing + ": " + offer["spec"].dump() + offer["status"].dump();
    });
  }

  std::string sheet_;
  std::unique_ptr<Process> publisher_;
};

/// The home as one that knows only what the provider says: no nodes read, no price of its own.
json trusting_provider() {
  json provider = standard_provider(kProvider);
  provider["spec"].erase("prices");
  provider["spec"]["published"] = {{"tenant", "home"}};
  return provider;
}

TEST_F(Publish, TheHomeImportsPriceAndCapacityAndPodsBurst) {
  ensure_object(home(), api::kProviders, trusting_provider());
  const std::int64_t gpus = gpus_there();
  ASSERT_GT(gpus, 3);
  wait_offer("the tenant's price and the capacity less the reserve", [&](const json& offer) {
    const bool priced = offer["spec"].value("priceKind", "") == "Published" &&
                        offer["spec"].value("pricePerGPUHour", "") == "1.60";
    return priced && offer["status"].value("freeGPUs", -1) == gpus - 3 ? "" : "not yet";
  });
  const json offer = at_home();
  EXPECT_EQ(offer["spec"]["country"], "FI") << "the owner's own fact";
  EXPECT_EQ(offer["spec"]["jurisdiction"], "NL") << "the owner's own fact";
  EXPECT_EQ(offer["spec"]["certifications"], json::array({"ISO27001"})) << "the owner has none of its own";
  EXPECT_TRUE(offer["status"].value("available", false));

  create_claim(eu_claim(ns_, "research"), {kEuNode});
  const json pod = create_pod(gpu_pod(ns_, "work", "infinity"));
  wait_phase("work", "Running");
  EXPECT_EQ(node_of(this->pod("work")), kEuNode);
  wait_twin(pod, kProvider);
  const json burst = burst_of(pod);
  EXPECT_EQ(burst["status"].value("/attempt/pricePerGPUHour"_json_pointer, ""), "1.60") << burst["status"];
  wait_offer("one GPU less to be free", [&](const json& now) {
    return now["status"].value("freeGPUs", -1) == gpus - 4 ? "" : "not yet";
  });

  json contract = standard_provider(kProvider);
  contract["spec"]["published"] = {{"tenant", "home"}};
  ensure_object(home(), api::kProviders, contract);
  wait_offer("the contract's price", [](const json& now) {
    return now["spec"].value("priceKind", "") == "Contract" && now["spec"]["pricePerGPUHour"] == "2.95"
               ? ""
               : "not yet";
  });
  EXPECT_EQ(at_home()["status"].value("freeGPUs", -1), gpus - 4) << "capacity is still the provider's word";
}

TEST_F(Publish, AnOfferThatNobodyRefreshesIsNotBelieved) {
  ensure_object(home(), api::kProviders, trusting_provider());
  const std::int64_t gpus = gpus_there();
  wait_offer("the published capacity", [&](const json& offer) {
    return offer["status"].value("freeGPUs", -1) == gpus - 3 ? "" : "not yet";
  });
  publisher_->end(SIGKILL);
  const std::string published = std::string(kEuOffer) + ".home";
  const json old{{"status", {{"observedTime", base::format_time(base::system_clock().now() - 10min)}}}};
  ASSERT_TRUE(eu().patch(api::kOffers, {}, published, kube::PatchType::kMerge, old.dump(), "status"));
  wait_offer("what the nodes have", [&](const json& offer) {
    return offer["status"].value("freeGPUs", -1) == gpus && offer["status"].value("priceStale", false)
               ? ""
               : "not yet";
  });
  EXPECT_TRUE(at_home()["status"].value("available", false));

  publisher_ = neoburst_.start_publisher(kProvider, sheet_);
  wait_offer("the publisher's return", [&](const json& offer) {
    return offer["status"].value("freeGPUs", -1) == gpus - 3 ? "" : "not yet";
  });
}

TEST_F(Publish, ObjectsOfOthersAreNotTouched) {
  const std::string ours = std::string(kEuOffer) + ".other";
  require_alive_within("the offer for the other tenant", 30s, [&] {
    const json offer = find_object(eu(), api::kOffers, {}, ours);
    return offer.is_object() && offer.contains("status") ? std::string() : "it is " + offer.dump();
  });
  const json foreign{{"apiVersion", "neoburst.io/v1alpha1"},
                     {"kind", "GPUOffer"},
                     {"metadata", {{"name", "by-hand"}}},
                     {"spec", {{"provider", kProvider}}}};
  must_create(eu(), api::kOffers, foreign);
  must_delete(eu(), api::kOffers, {}, ours);
  require_alive_within("the offer to come back", 30s, [&] {
    const json offer = find_object(eu(), api::kOffers, {}, ours);
    return offer.is_object() && offer.contains("status") ? std::string() : "it is " + offer.dump();
  });
  const json untouched = find_object(eu(), api::kOffers, {}, "by-hand");
  EXPECT_TRUE(untouched.is_object());
  EXPECT_FALSE(untouched.contains("status"));
}

}  // namespace testing_support::publish_test
