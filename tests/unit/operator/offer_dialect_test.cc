#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "operator/home/profiled_provider.h"
#include "operator/offers/offer_builder.h"

// Offers of providers whose nodes are labelled each in its own way: with the built-in profile, as the
// operator makes them.

namespace op::offer_dialect_test {

using market::CapacityType;
using market::NodeRequirement;
using testing::ElementsAre;
using testing::Field;
using testing::UnorderedElementsAre;

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);

std::shared_ptr<kube::NodeRecord> gpu_node(const std::string& name, kube::StringMap labels) {
  auto node = std::make_shared<kube::NodeRecord>();
  std::ranges::sort(labels);
  node->meta.name = name;
  node->meta.labels = std::move(labels);
  node->allocatable = {{"nvidia.com/gpu", 8}};
  node->ready = true;
  return node;
}

api::ProviderRecord provider(std::string profile) {
  api::ProviderRecord record;
  record.meta.name = "acme";
  record.profile = std::move(profile);
  return record;
}

ProviderView view_of(api::ProviderRecord record, std::vector<std::shared_ptr<const kube::NodeRecord>> nodes) {
  ProviderView view;
  view.provider = std::make_shared<const api::ProviderRecord>(
      under_profile(std::move(record), profiles::builtin_profiles()));
  EXPECT_EQ(view.provider->problem, "");
  view.now = kNow;
  view.nodes_known = true;
  view.nodes = std::move(nodes);
  return view;
}

market::Offer only(const ProviderView& view) {
  const auto offers = build_offers(view);
  EXPECT_EQ(offers.size(), 1u);
  return offers.empty() ? market::Offer{} : offers.front();
}

NodeRequirement in(std::string key, std::vector<std::string> values) {
  return {std::move(key), true, std::move(values)};
}
NodeRequirement not_in(std::string key, std::vector<std::string> values) {
  return {std::move(key), false, std::move(values)};
}

TEST(OfferDialect, CoreWeave) {
  const auto offer = only(
      view_of(provider("coreweave"), {gpu_node("a", {{"gpu.nvidia.com/class", "H100_NVLINK_80GB"},
                                                     {"gpu.nvidia.com/model", "H100_NVLINK_80GB"},
                                                     {"topology.kubernetes.io/region", "EU-SOUTH-03"}})}));
  EXPECT_EQ(offer.name, "acme-eu-south-03-h100-ondemand");
  EXPECT_EQ(offer.gpu.model, "H100");
  EXPECT_EQ(offer.gpu.memory_gib, 80);
  EXPECT_EQ(offer.country, "ES");
  EXPECT_EQ(offer.jurisdiction, "US") << "a data centre in Spain, a company of the United States";
  EXPECT_EQ(offer.total_gpus, 8);
  EXPECT_THAT(offer.node_requirements, ElementsAre(in("topology.kubernetes.io/region", {"EU-SOUTH-03"}),
                                                   in("gpu.nvidia.com/model", {"H100_NVLINK_80GB"})));
}

TEST(OfferDialect, Nebius) {
  const auto offer =
      only(view_of(provider("nebius"), {gpu_node("a", {{"nebius.com/gpu-name", "H200"},
                                                       {"nebius.com/preemptible", "true"},
                                                       {"topology.kubernetes.io/region", "eu-north1"}})}));
  EXPECT_EQ(offer.name, "acme-eu-north1-h200-spot");
  EXPECT_EQ(offer.capacity_type, CapacityType::kSpot);
  EXPECT_EQ(offer.country, "FI");
  EXPECT_EQ(offer.jurisdiction, "NL");
  EXPECT_FALSE(offer.price) << "the list has no price of spot";
}

TEST(OfferDialect, Gke) {
  const auto offer =
      only(view_of(provider("gcp"), {gpu_node("a", {{"cloud.google.com/gke-accelerator", "nvidia-h100-80gb"},
                                                    {"topology.kubernetes.io/region", "europe-west4"}})}));
  EXPECT_EQ(offer.name, "acme-europe-west4-h100-ondemand");
  EXPECT_EQ(offer.gpu.model, "H100");
  EXPECT_EQ(offer.country, "NL");
  EXPECT_EQ(offer.jurisdiction, "US");
}

TEST(OfferDialect, TwinsOnDemandKeepOffNodesMarkedAsSpot) {
  const kube::StringMap h100{{"cloud.google.com/gke-accelerator", "nvidia-h100-80gb"}};
  auto spot = h100;
  spot.emplace_back("cloud.google.com/gke-spot", "true");
  const auto offers =
      build_offers(view_of(provider("gcp"), {gpu_node("steady", h100), gpu_node("spot", spot)}));
  ASSERT_EQ(offers.size(), 2u);
  const auto accelerator = in("cloud.google.com/gke-accelerator", {"nvidia-h100-80gb"});
  EXPECT_EQ(offers[0].capacity_type, CapacityType::kOnDemand);
  EXPECT_THAT(offers[0].node_requirements,
              ElementsAre(accelerator, not_in("cloud.google.com/gke-spot", {"true"})));
  EXPECT_EQ(offers[1].capacity_type, CapacityType::kSpot);
  EXPECT_THAT(offers[1].node_requirements,
              ElementsAre(accelerator, in("cloud.google.com/gke-spot", {"true"})));
  EXPECT_EQ(offers[0].total_gpus, 8);
  EXPECT_EQ(offers[1].total_gpus, 8);
}

TEST(OfferDialect, NodesThatSayTheSameInOtherWordsShareAnOffer) {
  const auto offer =
      only(view_of(provider("generic"), {gpu_node("a", {{"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"}}),
                                         gpu_node("b", {{"nvidia.com/gpu.product", "H100-SXM5-80GB"}})}));
  EXPECT_EQ(offer.total_gpus, 16);
  EXPECT_THAT(offer.node_requirements,
              ElementsAre(in("nvidia.com/gpu.product", {"H100-SXM5-80GB", "NVIDIA-H100-80GB-HBM3"})));
}

TEST(OfferDialect, AnAutoscalerDoesNotAddWholeRacks) {
  auto own = provider("coreweave");
  own.capacity_mode = api::CapacityMode::kAutoscaling;
  own.declared = {{"US-EAST-04", "GB200", 72, 186, CapacityType::kOnDemand},
                  {"US-EAST-04", "H100", 16, 80, CapacityType::kOnDemand}};
  EXPECT_EQ(only(view_of(own, {})).gpu.model, "H100");

  own.capacity_mode = api::CapacityMode::kDeclared;
  EXPECT_THAT(build_offers(view_of(own, {})), UnorderedElementsAre(Field(&market::Offer::total_gpus, 72),
                                                                   Field(&market::Offer::total_gpus, 16)))
      << "what the owner has declared, the owner has";

  own.capacity_mode = api::CapacityMode::kAutoscaling;
  const auto rack =
      gpu_node("rack", {{"gpu.nvidia.com/model", "GB200"}, {"topology.kubernetes.io/region", "US-EAST-04"}});
  const auto offers = build_offers(view_of(own, {rack}));
  ASSERT_EQ(offers.size(), 2u);
  EXPECT_EQ(offers[0].gpu.model, "GB200");
  EXPECT_EQ(offers[0].total_gpus, 8) << "what is there counts";
}

TEST(OfferDialect, DeclaredCapacityIsHeldToItsRegion) {
  auto own = provider("coreweave");
  own.capacity_mode = api::CapacityMode::kAutoscaling;
  own.declared = {{"EU-SOUTH-03", "H100", 16, 80, CapacityType::kOnDemand}};
  EXPECT_THAT(only(view_of(own, {})).node_requirements,
              ElementsAre(in("topology.kubernetes.io/region", {"EU-SOUTH-03"})));
}

/// A CoreWeave node with a card that the profile's list prices: 8 for 49.24 USD on 2026-09-20.
std::shared_ptr<kube::NodeRecord> listed_node() {
  return gpu_node(
      "a", {{"gpu.nvidia.com/model", "H100_NVLINK_80GB"}, {"topology.kubernetes.io/region", "US-EAST-04"}});
}

TEST(OfferDialect, ThePublicListPricesWhatNothingElseDoes) {
  auto view = view_of(provider("coreweave"), {listed_node()});
  auto offer = only(view);
  ASSERT_TRUE(offer.price);
  EXPECT_EQ(offer.price->per_gpu_hour.micros, 6'155'000);
  EXPECT_EQ(offer.price->kind, market::PriceKind::kList);
  EXPECT_EQ(offer.price->as_of, "2026-09-20");
  EXPECT_FALSE(offer.price->stale);
  view.now = kNow + std::chrono::days(27);  // 91 days after
  offer = only(view);
  EXPECT_TRUE(offer.price->stale) << "shown as old";
  EXPECT_EQ(offer.price->per_gpu_hour.micros, 6'155'000) << "and used all the same";
}

TEST(OfferDialect, ContractOverFeedOverList) {
  auto own = provider("coreweave");
  auto view = view_of(own, {listed_node()});
  auto snapshot = std::make_shared<market::FeedSnapshot>();
  snapshot->as_of = kNow;
  market::FeedEntry entry;
  entry.gpu.model = "H100";
  entry.gpu.form = "SXM";
  entry.per_gpu_hour = {7'000'000};
  entry.available_in = {"US-EAST-04"};
  snapshot->entries = {entry};
  view.feed = FeedState{snapshot, false, {}};
  EXPECT_EQ(only(view).price->kind, market::PriceKind::kFeed) << "though the list is cheaper";
  EXPECT_EQ(only(view).price->per_gpu_hour.micros, 7'000'000);

  view.feed->snapshot = std::make_shared<market::FeedSnapshot>();
  EXPECT_EQ(only(view).price->kind, market::PriceKind::kList) << "the feed does not have this card";

  market::PriceLine contract;
  contract.model = "H100";
  contract.price.per_gpu_hour = {9'000'000};
  own.prices = {contract};
  view.feed = FeedState{snapshot, false, {}};
  view.provider = view_of(own, {}).provider;
  EXPECT_EQ(only(view).price->kind, market::PriceKind::kContract) << "though it is the dearest";
  EXPECT_EQ(only(view).price->per_gpu_hour.micros, 9'000'000);
  EXPECT_FALSE(only(view).price->stale) << "a contract without a date does not age";
}

}  // namespace op::offer_dialect_test
