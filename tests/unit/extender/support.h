#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extender/service.h"
#include "extender/verdict.h"

/// Builders for the tests of the extender. Unnamed fields are those of an ordinary pod, claim or offer.
namespace extender::testing {

inline PodFacts make_pod(std::string uid = "uid-1") {
  PodFacts pod;
  pod.ns = "ml";
  pod.name = "train";
  pod.uid = std::move(uid);
  pod.labels = {{"app", "train"}};
  pod.gpus = 1;
  return pod;
}

inline std::shared_ptr<api::ClaimRecord> make_claim(std::string name = "eu", std::string app = "train") {
  auto claim = std::make_shared<api::ClaimRecord>();
  claim->meta.ns = "ml";
  claim->meta.name = std::move(name);
  claim->selector.requirements.push_back({"app", kube::LabelSelector::Operator::kIn, {std::move(app)}});
  return claim;
}

inline std::shared_ptr<api::OfferRecord> make_offer(std::string name = "x", std::string price = "2.00") {
  auto record = std::make_shared<api::OfferRecord>();
  record->meta.name = name;
  record->node = "neoburst-" + name;
  auto& offer = record->offer;
  offer.name = std::move(name);
  offer.provider = "neocloud";
  offer.region = "eu-north1";
  offer.country = "FI";
  offer.jurisdiction = "NL";
  offer.gpu.model = "H100";
  offer.gpu.memory_gib = 80;
  offer.price = market::Price{.per_gpu_hour = *market::parse_money(price)};
  offer.total_gpus = 8;
  offer.free_gpus = 8;
  offer.free_blocks = {8, 4, 2, 2, 1, 1, 1, 1};
  offer.available = true;
  return record;
}

inline burst::Burst make_record(const PodFacts& pod, std::vector<std::string> candidates) {
  burst::Burst record;
  record.ns = pod.ns;
  record.name = pod.burst_key().name;
  record.uid = "burst-uid";
  record.pod_name = pod.name;
  record.pod_uid = pod.uid;
  record.claim = "eu";
  record.gpus = pod.gpus;
  record.candidates = std::move(candidates);
  return record;
}

inline Snapshot with_claims(std::vector<ClaimPointer> claims, std::vector<OfferPointer> offers = {}) {
  return make_snapshot(true, std::move(claims), std::move(offers));
}

/// A world that stands still; remembers what it was asked for.
class StillWorld final : public World {
 public:
  std::shared_ptr<const Snapshot> snapshot() override { return state; }
  BurstPointer burst(const kube::ObjectKey& key) override {
    auto it = records.find(key);
    return it == records.end() ? nullptr : it->second;
  }
  std::vector<std::string> asked(const kube::ObjectKey& key) override {
    for (const auto& wanted : requests) {
      if (wanted.key == key) return wanted.candidates;
    }
    return {};
  }
  std::int64_t gpus_in_use(const kube::ObjectKey&, const kube::ObjectKey&) override { return used; }
  void request(BurstRequest wanted) override { requests.push_back(std::move(wanted)); }

  std::shared_ptr<const Snapshot> state = std::make_shared<const Snapshot>();
  std::map<kube::ObjectKey, BurstPointer> records;
  std::vector<BurstRequest> requests;
  std::int64_t used = 0;
};

/// A request as the HTTP server hands it over: the body with readable bytes behind it.
class PaddedRequest {
 public:
  PaddedRequest(std::string_view method, std::string_view target, std::string_view body)
      : text_(std::string(body) + std::string(64, '\x7f')) {
    request_.method = method;
    request_.target = target;
    request_.content_type = "application/json";
    request_.body = std::string_view(text_).substr(0, body.size());
  }
  PaddedRequest(const PaddedRequest&) = delete;
  PaddedRequest& operator=(const PaddedRequest&) = delete;
  net::ServerRequest& get() { return request_; }

 private:
  std::string text_;
  net::ServerRequest request_;
};

/// Bodies as Go's encoding/json marshals ExtenderArgs and ExtenderPreemptionArgs: field names of Go, null for
/// nil.
inline constexpr std::string_view kPodJson =
    R"({"metadata":{"name":"train","namespace":"ml","uid":"uid-1","resourceVersion":"77",)"
    R"("creationTimestamp":"2026-11-23T16:00:00Z","labels":{"app":"train"},)"
    R"("annotations":{"neoburst.io/reserved":"neoburst-x/2","note":"a\u003cb \"q\" \\ é"}},)"
    R"("spec":{"volumes":[{"name":"v","emptyDir":{}}],)"
    R"("initContainers":[{"name":"i","image":"b","resources":{"limits":{"nvidia.com/gpu":"1"}}}],)"
    R"("containers":[{"name":"c","image":"b","resources":{"limits":{"cpu":"2","nvidia.com/gpu":"2"},)"
    R"("requests":{"cpu":"2","nvidia.com/gpu":"2"}},"terminationMessagePath":"/dev/termination-log"},)"
    R"({"name":"d","image":"b","resources":{}}],"restartPolicy":"Always","schedulerName":"default-scheduler",)"
    R"("tolerations":[{"key":"neoburst.io/burst","operator":"Exists","effect":"NoSchedule"}],"priority":0},)"
    R"("status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False",)"
    R"("lastProbeTime":null,"lastTransitionTime":"2026-11-23T16:00:00Z","reason":"Unschedulable"}],"qosClass":"Burstable"}})";

inline std::string filter_body(std::string_view node_names, std::string_view pod = kPodJson) {
  return R"({"Pod":)" + std::string(pod) + R"(,"Nodes":null,"NodeNames":)" + std::string(node_names) + "}";
}
inline std::string preempt_body(std::string_view meta_victims, std::string_view pod = kPodJson) {
  return R"({"Pod":)" + std::string(pod) + R"(,"NodeNameToVictims":null,"NodeNameToMetaVictims":)" +
         std::string(meta_victims) + "}";
}

}  // namespace extender::testing
