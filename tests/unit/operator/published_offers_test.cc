#include "operator/remote/published_offers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "operator/offers/last_offers.h"
#include "operator/offers/offer_builder.h"

namespace op::published_offers_test {

using std::chrono::minutes;

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);

std::shared_ptr<api::OfferRecord> record(const std::string& name) {
  auto out = std::make_shared<api::OfferRecord>();
  out->meta.name = name;
  out->observed = kNow - minutes(1);
  market::Offer& offer = out->offer;
  offer.name = name;
  offer.provider = "what they call themselves";
  offer.region = "north";
  offer.country = "FI";
  offer.jurisdiction = "NL";
  offer.certifications = {"ISO27001"};
  offer.gpu.model = "H100";
  offer.gpu.form = "SXM";
  offer.gpu.memory_gib = 80;
  offer.gpu.product = "NVIDIA-H100-80GB-HBM3";
  offer.price = market::Price{.per_gpu_hour = {2'000'000}, .currency = "EUR"};
  offer.total_gpus = 12;
  offer.free_gpus = 6;
  offer.free_blocks = {6, 3, 1, 1, 0, 0, 0, 0};
  offer.available = true;
  return out;
}

struct Scene {
  std::shared_ptr<api::ProviderRecord> provider = std::make_shared<api::ProviderRecord>();
  std::shared_ptr<api::OfferRecord> theirs = record("x");
  ProviderView view;

  Scene() {
    provider->meta.name = "acme";
    view.provider = provider;
    view.now = kNow;
    view.published = {theirs};
  }
  market::Offer only() const {
    const auto offers = build_offers(view);
    EXPECT_EQ(offers.size(), 1u);
    return offers.empty() ? market::Offer{} : offers.front();
  }
  void observe(std::int64_t gpus) {
    auto node = std::make_shared<kube::NodeRecord>();
    node->meta.name = "a";
    node->meta.labels = {{"nvidia.com/gpu.memory", "81559"},
                         {"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"},
                         {"topology.kubernetes.io/region", "north"}};
    node->allocatable = {{"nvidia.com/gpu", gpus}};
    node->ready = true;
    view.nodes_known = true;
    view.nodes = {node};
  }
};

TEST(PublishedOffers, AreImportedWhereNothingElseIsKnown) {
  const Scene s;
  const auto offer = s.only();
  EXPECT_EQ(offer.name, "acme-north-h100-ondemand") << "named as the home names its offers";
  EXPECT_EQ(offer.provider, "acme");
  EXPECT_EQ(offer.country, "FI");
  EXPECT_EQ(offer.jurisdiction, "NL");
  EXPECT_EQ(offer.certifications, std::vector<std::string>{"ISO27001"});
  ASSERT_TRUE(offer.price);
  EXPECT_EQ(offer.price->kind, market::PriceKind::kPublished) << "whatever kind they call it";
  EXPECT_EQ(offer.price->per_gpu_hour.micros, 2'000'000);
  EXPECT_FALSE(offer.price->stale);
  EXPECT_TRUE(offer.available);
  EXPECT_EQ(offer.total_gpus, 12);
  EXPECT_EQ(offer.free_gpus, 6);
  EXPECT_EQ(offer.node_requirements, (std::vector<market::NodeRequirement>{
                                         {"topology.kubernetes.io/region", true, {"north"}},
                                         {"nvidia.com/gpu.product", true, {"NVIDIA-H100-80GB-HBM3"}}}));
}

TEST(PublishedOffers, TheOwnersFactsWin) {
  Scene s;
  s.provider->regions = {{"north", "SE", {}}};
  s.provider->jurisdiction = "US";
  s.provider->certifications = {"SOC2"};
  s.theirs->offer.coordinates = market::Coordinates{60'170, 24'940};
  market::PriceLine contract;
  contract.model = "H100";
  contract.price.per_gpu_hour = {1'800'000};
  s.provider->prices = {contract};
  const auto offer = s.only();
  EXPECT_EQ(offer.country, "SE");
  EXPECT_FALSE(offer.coordinates) << "of a place in another country";
  EXPECT_EQ(offer.jurisdiction, "US");
  EXPECT_EQ(offer.certifications, std::vector<std::string>{"SOC2"});
  EXPECT_EQ(offer.price->kind, market::PriceKind::kContract);
  EXPECT_EQ(offer.price->per_gpu_hour.micros, 1'800'000);
  s.provider->prices[0].price.kind = market::PriceKind::kList;
  EXPECT_EQ(s.only().price->kind, market::PriceKind::kPublished) << "a public list binds nobody";
}

TEST(PublishedOffers, TheirCapacityGoesBeforeWhatIsCounted) {
  Scene s;
  s.observe(16);
  const auto offer = s.only();
  EXPECT_EQ(offer.total_gpus, 12);
  EXPECT_EQ(offer.free_gpus, 6);
  EXPECT_EQ(offer.node_requirements.size(), 2u) << "twins are held to the observed nodes";
  s.view.held = {{offer.name, 14}};
  EXPECT_EQ(s.only().total_gpus, 14) << "a burst node has room for its pods";
  s.provider->max_gpus = 3;
  EXPECT_EQ(s.only().free_gpus, 3) << "the owner's limit holds";
}

TEST(PublishedOffers, WhatTheProviderTakesOffTheMarketIsUnavailable) {
  Scene s;
  s.theirs->offer.available = false;
  EXPECT_EQ(s.only().unavailable_reason, "the provider says that it is not available");
  s.theirs->offer.unavailable_reason = "maintenance";
  EXPECT_EQ(s.only().unavailable_reason, "maintenance");
  s.view.unavailable = "the provider is paused";
  EXPECT_EQ(s.only().unavailable_reason, "the provider is paused") << "the owner's own reason goes first";
}

TEST(PublishedOffers, AnOldOneFallsBackToWhatIsCounted) {
  Scene s;
  s.theirs->observed = kNow - kPublishedMaxAge - std::chrono::seconds(1);
  auto offer = s.only();
  EXPECT_FALSE(offer.available);
  EXPECT_EQ(offer.unavailable_reason,
            "the provider's published offer is older than 5m, of 2026-11-22T23:54:59Z: its publisher does "
            "not run");
  EXPECT_EQ(offer.free_gpus, 0);
  EXPECT_EQ(offer.total_gpus, 12);
  s.observe(16);
  offer = s.only();
  EXPECT_TRUE(offer.available);
  EXPECT_EQ(offer.free_gpus, 16);
  EXPECT_TRUE(offer.price->stale);
}

TEST(PublishedOffers, TimesThatCannotBeAreNotBelieved) {
  Scene s;
  s.theirs->observed.reset();
  EXPECT_FALSE(s.only().available);
  s.theirs->observed = kNow + std::chrono::hours(24 * 365);
  EXPECT_FALSE(s.only().available) << "it would never grow old";
}

TEST(PublishedOffers, GarbageIsLeftOut) {
  const std::pair<const char*, std::function<void(api::OfferRecord&)>> cases[] = {
      {"unreadable", [](auto& r) { r.problem = "spec.model: ..."; }},
      {"being deleted", [](auto& r) { r.meta.deleting_since = kNow; }},
      {"a region that is no label", [](auto& r) { r.offer.region = "north; rm"; }},
      {"an endless region", [](auto& r) { r.offer.region = std::string(64, 'a'); }},
      {"an endless product", [](auto& r) { r.offer.gpu.product = std::string(10'000, 'a'); }},
      {"no GPU at all", [](auto& r) { r.offer.gpu = {}; }},
      {"a form of its own", [](auto& r) { r.offer.gpu.form = "HGX"; }},
      {"memory beyond belief", [](auto& r) { r.offer.gpu.memory_gib = 5'000; }},
      {"a currency of its own", [](auto& r) { r.offer.price->currency = "coins"; }},
      {"too many certifications", [](auto& r) { r.offer.certifications.assign(33, "a"); }},
      {"an endless certification", [](auto& r) { r.offer.certifications = {std::string(64, 'a')}; }},
      {"a certification with a line break", [](auto& r) { r.offer.certifications = {"a\nb"}; }},
  };
  for (const auto& [what, spoil] : cases) {
    auto bad = record("bad");
    spoil(*bad);
    const auto read = read_published({bad, record("good")}, kNow, std::chrono::hours(24));
    ASSERT_EQ(read.size(), 1u) << what;
    EXPECT_EQ(read[0].claim.name, "good") << what;
  }
}

TEST(PublishedOffers, NumbersThatContradictEachOtherComeDown) {
  auto bold = record("bold");
  bold->offer.total_gpus = INT64_MAX;
  bold->offer.free_gpus = INT64_MAX;
  bold->offer.free_blocks.fill(INT64_MAX);
  bold->offer.unavailable_reason = std::string(5'000, 'x');
  bold->offer.price->as_of = "soon";
  auto read = read_published({bold}, kNow, std::chrono::hours(24));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].claim.total_gpus, 1'000'000);
  EXPECT_EQ(read[0].claim.free_gpus, 1'000'000);
  EXPECT_EQ(read[0].claim.free_blocks[7], 125'000);
  EXPECT_EQ(read[0].claim.unavailable_reason, "");
  EXPECT_EQ(read[0].claim.price->as_of, "");
  bold->offer.total_gpus = 4;
  bold->offer.free_gpus = 8;
  read = read_published({bold}, kNow, std::chrono::hours(24));
  EXPECT_EQ(read[0].claim.free_gpus, 4);
  EXPECT_EQ(read[0].claim.free_blocks, (std::array<std::int64_t, 8>{4, 2, 1, 1, 0, 0, 0, 0}));
}

TEST(PublishedOffers, AreFewAndEachOnce) {
  OfferRecords many;
  for (int i = 0; i < 700; ++i) {
    auto each = record("o" + std::to_string(1'000 + i));
    each->offer.region = "r" + std::to_string(i);
    many.push_back(std::move(each));
  }
  std::ranges::reverse(many);
  const auto read = read_published(many, kNow, std::chrono::hours(24));
  ASSERT_EQ(read.size(), kMaxPublishedOffers);
  EXPECT_EQ(read.front().claim.name, "o1000");
  Scene s;
  auto twice = record("y");
  twice->offer.free_gpus = 1;
  s.view.published = {twice, s.theirs};
  EXPECT_EQ(s.only().free_gpus, 6) << "the first by name counts";
}

TEST(PublishedOffers, ThoseOfATenantAreSelected) {
  EXPECT_EQ(published_selector(""), "neoburst.io/published=true,!neoburst.io/tenant");
  EXPECT_EQ(published_selector("team-a"), "neoburst.io/published=true,neoburst.io/tenant=team-a");
}

TEST(PublishedOffers, OffersThatCannotBeReadStay) {
  const Scene s;
  const auto last = build_offers(s.view);
  std::vector<market::Offer> offers;
  keep_unread(offers, last, "gone dark");
  ASSERT_EQ(offers.size(), 1u);
  EXPECT_FALSE(offers[0].available);
  EXPECT_EQ(offers[0].unavailable_reason, "gone dark");
  EXPECT_EQ(offers[0].free_gpus, 0);
  EXPECT_EQ(offers[0].total_gpus, 12);
  auto present = last;
  keep_unread(present, last, "gone dark");
  ASSERT_EQ(present.size(), 1u);
  EXPECT_TRUE(present[0].available);
}

}  // namespace op::published_offers_test
