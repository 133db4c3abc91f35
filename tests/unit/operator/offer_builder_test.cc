#include "operator/offers/offer_builder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "operator/offers/last_offers.h"

namespace op::offer_builder_test {

using Taint = kube::NodeRecord::Taint;

std::shared_ptr<kube::NodeRecord> gpu_node(const std::string& name, std::int64_t gpus) {
  auto node = std::make_shared<kube::NodeRecord>();
  node->meta.name = name;
  node->meta.labels = {{"nvidia.com/gpu.memory", "81559"},
                       {"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"}};
  node->allocatable = {{"nvidia.com/gpu", gpus}};
  node->ready = true;
  return node;
}

void set_label(kube::NodeRecord& node, const std::string& key, const std::string& value) {
  std::erase_if(node.meta.labels, [&](const auto& label) { return label.first == key; });
  node.meta.labels.emplace_back(key, value);
  std::ranges::sort(node.meta.labels);
}

market::PriceLine line(const std::string& region, std::int64_t micros) {
  market::PriceLine out;
  out.model = "H100";
  out.region = region;
  out.price.per_gpu_hour = {micros};
  return out;
}

struct Scene {
  std::shared_ptr<api::ProviderRecord> provider = std::make_shared<api::ProviderRecord>();
  ProviderView view;

  Scene() {
    provider->meta.name = "acme";
    provider->regions = {{"north", "FI", market::Coordinates{60'170, 24'940}}};
    provider->jurisdiction = "FI";
    provider->prices = {line("", 3'000'000), line("north", 2'500'000)};
    view.provider = provider;
    view.nodes_known = true;
  }
  market::Offer only() const {
    const auto offers = build_offers(view);
    EXPECT_EQ(offers.size(), 1u);
    return offers.empty() ? market::Offer{} : offers.front();
  }
};

TEST(OfferBuilder, FreeIsCountedPerNode) {
  Scene s;
  s.view.nodes = {gpu_node("a", 8), gpu_node("b", 8)};
  s.view.pods = {{"a", 5, false}, {"b", 6, true}, {"", 4, true}};
  const auto offer = s.only();
  EXPECT_EQ(offer.name, "acme-north-h100-ondemand");
  EXPECT_EQ(offer.total_gpus, 16);
  EXPECT_EQ(offer.free_gpus, 5);
  // Three and two free: five pods of one, two of two, one of three, none of four although five are free.
  EXPECT_EQ(offer.free_blocks, (std::array<std::int64_t, 8>{5, 2, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(offer.country, "FI");
  EXPECT_TRUE(offer.available);
}

TEST(OfferBuilder, ThePriceOfTheRegionGoesFirst) {
  Scene s;
  s.view.nodes = {gpu_node("a", 8)};
  EXPECT_EQ(s.only().price->per_gpu_hour.micros, 2'500'000);
  set_label(*std::const_pointer_cast<kube::NodeRecord>(s.view.nodes[0]), "topology.kubernetes.io/region",
            "south");
  const auto offer = s.only();
  EXPECT_EQ(offer.price->per_gpu_hour.micros, 3'000'000);
  EXPECT_EQ(offer.country, "") << "a region that the provider does not list has no known country";
}

FeedState h100_feed(bool stale) {
  auto snapshot = std::make_shared<market::FeedSnapshot>();
  snapshot->as_of = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
  market::FeedEntry entry;
  entry.gpu.model = "H100";
  entry.gpu.form = "SXM";
  entry.per_gpu_hour = {3'990'000};
  entry.available_in = {"north"};
  snapshot->entries = {entry};
  return {snapshot, stale, {}};
}

TEST(OfferBuilder, TheFeedPricesWhatTheContractDoesNot) {
  Scene s;
  s.view.nodes = {gpu_node("a", 8)};
  s.view.feed = h100_feed(false);
  EXPECT_EQ(s.only().price->kind, market::PriceKind::kContract);
  s.provider->prices.clear();
  const auto offer = s.only();
  ASSERT_TRUE(offer.price);
  EXPECT_EQ(offer.price->per_gpu_hour.micros, 3'990'000);
  EXPECT_EQ(offer.price->kind, market::PriceKind::kFeed);
  EXPECT_EQ(offer.price->as_of, "2026-11-23");
  EXPECT_FALSE(offer.price->stale);
  EXPECT_EQ(offer.free_gpus, 8) << "machines on sale are no nodes of the cluster";
  s.view.feed = h100_feed(true);
  EXPECT_TRUE(s.only().price->stale);
  s.view.feed = FeedState{nullptr, false, {"FeedFailed", "x"}};
  EXPECT_FALSE(s.only().price) << "unknown is not free of charge";
}

TEST(OfferBuilder, ARestartKeepsFeedPricesOnly) {
  Scene s;
  s.provider->prices.clear();
  s.view.nodes = {gpu_node("a", 8)};
  s.view.feed = h100_feed(false);
  const auto last = build_offers(s.view);
  s.view.feed.reset();
  auto offers = build_offers(s.view);
  keep_feed_prices(offers, last);
  ASSERT_TRUE(offers.at(0).price);
  EXPECT_EQ(offers.at(0).price->per_gpu_hour.micros, 3'990'000);
  EXPECT_TRUE(offers.at(0).price->stale);
  auto contract = last;
  contract.at(0).price->kind = market::PriceKind::kContract;
  offers = build_offers(s.view);
  keep_feed_prices(offers, contract);
  EXPECT_FALSE(offers.at(0).price) << "a contract price that was taken back is gone";
}

TEST(OfferBuilder, NodesThatTakeNoPodsDoNotCount) {
  for (const auto& spoil : std::vector<void (*)(kube::NodeRecord&)>{
           [](kube::NodeRecord& n) { n.ready = false; },
           [](kube::NodeRecord& n) { n.unschedulable = true; },
           [](kube::NodeRecord& n) {
             n.taints = {Taint{"team", "x", "NoSchedule"}};
           },
           [](kube::NodeRecord& n) {
             n.taints = {Taint{"team", "x", "NoExecute"}};
           },
       }) {
    Scene s;
    auto bad = gpu_node("bad", 8);
    spoil(*bad);
    s.view.nodes = {gpu_node("good", 4), bad};
    const auto offer = s.only();
    EXPECT_EQ(offer.total_gpus, 4);
    EXPECT_EQ(offer.free_gpus, 4);
  }
}

TEST(OfferBuilder, TheGpuTaintIsTolerated) {
  Scene s;
  auto node = gpu_node("a", 8);
  node->taints = {Taint{"nvidia.com/gpu", "present", "NoSchedule"}, Taint{"soft", "", "PreferNoSchedule"}};
  s.view.nodes = {node};
  EXPECT_EQ(s.only().free_gpus, 8);
}

TEST(OfferBuilder, TwinsOnACordonedNodeKeepTheirRoomOnTheBurstNode) {
  Scene s;
  auto cordoned = gpu_node("b", 8);
  cordoned->unschedulable = true;
  s.view.nodes = {gpu_node("a", 8), cordoned};
  s.view.pods = {{"b", 3, true}, {"b", 2, false}};
  const auto offer = s.only();
  EXPECT_EQ(offer.total_gpus, 11);
  EXPECT_EQ(offer.free_gpus, 8);
}

TEST(OfferBuilder, KindsOfGpuAndCapacityAreSeparateOffers) {
  Scene s;
  auto spot = gpu_node("spot", 8);
  set_label(*spot, "karpenter.sh/capacity-type", "spot");
  auto nvl = gpu_node("nvl", 4);
  set_label(*nvl, "nvidia.com/gpu.product", "NVIDIA-H100-NVL");
  set_label(*nvl, "nvidia.com/gpu.memory", "95830");
  auto unknown = gpu_node("new", 2);
  set_label(*unknown, "nvidia.com/gpu.product", "NVIDIA-X999");
  s.view.nodes = {gpu_node("a", 8), spot, nvl, unknown};
  std::vector<std::string> names;
  for (const auto& offer : build_offers(s.view)) names.push_back(offer.name);
  EXPECT_EQ(names, (std::vector<std::string>{"acme-north-h100-94gb-ondemand", "acme-north-h100-ondemand",
                                             "acme-north-h100-spot", "acme-north-nvidia-x999-ondemand"}));
  for (const auto& offer : build_offers(s.view)) {
    EXPECT_EQ(offer.price.has_value(),
              offer.gpu.model == "H100" && offer.capacity_type != market::CapacityType::kSpot)
        << offer.name;
  }
}

TEST(OfferBuilder, TheOrderOfNodesDoesNotMatter) {
  Scene s;
  auto other = gpu_node("b", 8);
  set_label(*other, "nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3-X");
  s.view.nodes = {gpu_node("a", 8), other};
  const auto one = build_offers(s.view);
  std::ranges::reverse(s.view.nodes);
  const auto two = build_offers(s.view);
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].gpu.product, two[i].gpu.product);
    EXPECT_EQ(one[i].gpu.form, two[i].gpu.form);
  }
}

TEST(OfferBuilder, MaxGpusCapsTotalAndWhatIsFree) {
  Scene s;
  s.provider->max_gpus = 6;
  s.view.nodes = {gpu_node("a", 8), gpu_node("b", 8)};
  s.view.pods = {{"a", 4, true}};
  const auto offer = s.only();
  EXPECT_EQ(offer.total_gpus, 6);
  EXPECT_EQ(offer.free_gpus, 2);
  EXPECT_EQ(offer.free_blocks, (std::array<std::int64_t, 8>{2, 1, 0, 0, 0, 0, 0, 0}));
}

TEST(OfferBuilder, DeclaredCapacityIsWhatWeDoNotHold) {
  Scene s;
  s.view.nodes_known = false;
  s.provider->capacity_mode = api::CapacityMode::kDeclared;
  s.provider->declared = {{"north", "H100", 20, 80, market::CapacityType::kOnDemand}};
  s.view.held = {{"acme-north-h100-ondemand", 3}};
  const auto offer = s.only();
  EXPECT_EQ(offer.name, "acme-north-h100-ondemand");
  EXPECT_EQ(offer.total_gpus, 20);
  EXPECT_EQ(offer.free_gpus, 17);
  EXPECT_EQ(offer.free_blocks[0], 17);
  EXPECT_EQ(offer.free_blocks[7], 2);
  EXPECT_EQ(offer.gpu.memory_gib, 80);
}

TEST(OfferBuilder, AutoscalingOffersWhatMayComeEvenWithoutNodes) {
  Scene s;
  s.provider->capacity_mode = api::CapacityMode::kAutoscaling;
  s.provider->declared = {{"", "H100", 16, 80, market::CapacityType::kOnDemand}};
  EXPECT_EQ(s.only().total_gpus, 16);
  s.view.nodes = {gpu_node("a", 8)};
  EXPECT_EQ(s.only().total_gpus, 16) << "today's nodes are part of it";
}

TEST(OfferBuilder, UnavailabilityIsToldAndCapacityStays) {
  Scene s;
  s.view.nodes = {gpu_node("a", 8)};
  s.view.unavailable = "the provider is paused";
  const auto offer = s.only();
  EXPECT_FALSE(offer.available);
  EXPECT_EQ(offer.unavailable_reason, "the provider is paused");
  EXPECT_EQ(offer.total_gpus, 8);
}

}  // namespace op::offer_builder_test
