#include "operator/home.h"

#include <mutex>
#include <utility>

namespace op {
namespace {

kube::InformerOptions informing(const kube::Resource& resource) {
  kube::InformerOptions options{.resource = resource};
  return options;
}

/// Must come before the first pod is decoded; several Home objects in one process (tests) set it once.
const std::string& prepared(const std::string& id) {
  static std::once_flag once;
  std::call_once(once, [] { kube::keep_pod_annotations_containing("neoburst.io/"); });
  return id;
}

}  // namespace

Home::Home(kube::Client& home_client, const base::Clock& home_clock, kube::EventRecorder& recorder,
           std::string id)
    : client(home_client),
      clock(home_clock),
      events(recorder),
      installation(prepared(id)),
      pods(home_client, informing(kube::kPods), kube::decode_pod),
      nodes(home_client, informing(kube::kNodes), kube::decode_node),
      claims(home_client, informing(api::kClaims), api::decode_claim),
      providers(home_client, informing(api::kProviders), api::decode_provider),
      offers(home_client, informing(api::kOffers), api::decode_offer),
      bursts(home_client, informing(api::kBursts), api::decode_burst) {}

void Home::start() {
  pods.start();
  nodes.start();
  claims.start();
  providers.start();
  offers.start();
  bursts.start();
}

void Home::stop() {
  bursts.stop();
  offers.stop();
  providers.stop();
  claims.stop();
  nodes.stop();
  pods.stop();
}

bool Home::synced() const {
  return pods.synced() && nodes.synced() && claims.synced() && providers.synced() && offers.synced() &&
         bursts.synced();
}

}  // namespace op
