#include <algorithm>

#include "api/write.h"
#include "base/log.h"
#include "base/time_text.h"
#include "burst/cost.h"
#include "burst/names.h"
#include "burst/status_text.h"
#include "operator/bursts/actions.h"

namespace op {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstRefusal = 15s;
constexpr std::chrono::milliseconds kLongestRefusal = 10min;
/// How many expired refusals are kept for people to look at.
constexpr std::size_t kKeptRefusals = 16;
/// PodBurst.status.refusals is bounded, as its candidates are.
constexpr std::size_t kMaxRefusals = 200;
constexpr std::size_t kMaxRefusalMessage = 512;

/// Makes room for one more. A refusal in force is kept: a forgotten offer would be tried at once,
/// in turn with the others and without end.
void drop_refusals(std::vector<burst::Refusal>& refusals, base::Time now) {
  while (refusals.size() >= kKeptRefusals) {
    const auto next = std::ranges::min_element(refusals, {}, &burst::Refusal::until);
    if (next->until > now && refusals.size() < kMaxRefusals) return;
    refusals.erase(next);
  }
}

}  // namespace

base::Outcome write_burst(BurstContext& c, Gathered& g, burst::Burst burst) {
  burst.cost_so_far = burst.cost + burst::running_cost(burst, c.home.clock.now());
  const nlohmann::json object = {{"apiVersion", api::kBursts.api_version()},
                                 {"kind", api::kBursts.kind},
                                 {"metadata",
                                  {{"namespace", burst.ns},
                                   {"name", burst.name},
                                   {"uid", burst.uid},
                                   {"resourceVersion", g.burst->meta.resource_version}}},
                                 {"spec", api::burst_object(burst).at("spec")},
                                 {"status", api::burst_status(burst, g.burst->conditions)}};
  // Messages hold a provider's text, which may be no UTF-8.
  const std::string text = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  auto reply = c.home.client.send(kube::update_request(api::kBursts, burst.ns, burst.name, text, "status"));
  if (!reply)
    return base::fail(std::move(reply.error()).with_context("recording " + burst.ns + "/" + burst.name));
  auto after = kube::decode_text<api::BurstRecord>(reply->body, api::decode_burst);
  if (!after) return base::fail(std::move(after.error()));
  auto pointer = std::make_shared<const api::BurstRecord>(std::move(*after));
  c.burst_writes.wrote(g.burst->meta.resource_version, pointer);
  c.commitments.update(pointer->burst);
  c.strikes.note(pointer->burst);
  c.attempts.note(pointer->burst);
  g.burst = std::move(pointer);
  g.situation.burst = g.burst->burst;
  return {};
}

void charge(burst::Burst& burst, const Gathered& g, base::Time until) {
  std::optional<base::Time> from = placed_at(g);
  // Reserved, but its twin vanished before the record caught up: then it held GPUs at most since the
  // request.
  const auto& pod = g.situation.pod;
  if (!from && pod && pod->reserved && pod->reserved->attempt == burst.attempt.number)
    from = burst.obtaining_at;
  const bool charged = !burst.charges.empty() && burst.charges.back().attempt == burst.attempt.number;
  if (!from || burst.attempt.released || charged || until <= *from) return;
  if (!burst.placed_at) burst.placed_at = from;
  const auto lasted = std::chrono::ceil<std::chrono::milliseconds>(until - *from);
  const burst::Attempt& a = burst.attempt;
  const burst::Charge charge{
      .attempt = a.number,
      .offer = a.offer,
      .provider = a.provider,
      .region = a.region,
      .country = a.country,
      .jurisdiction = a.jurisdiction,
      .gpu_model = a.gpu_model,
      .capacity_type = a.capacity_type,
      .price = a.price,
      .claim_currency = a.claim_currency,
      .reserved_at = burst.obtaining_at.value_or(burst.requested),
      .placed_at = *from,
      .ended_at = until,
      .gpu_seconds = burst.gpus * std::chrono::ceil<std::chrono::seconds>(lasted).count(),
      .cost = market::cost_of(a.price.per_gpu_hour, burst.gpus, lasted),
      .claim_cost = market::cost_of(a.claim_price, burst.gpus, lasted)};
  burst.gpu_seconds += charge.gpu_seconds;
  burst.cost = burst.cost + charge.claim_cost;
  burst.charges.push_back(charge);
}

void refuse(burst::Burst& burst, const std::string& offer, std::string reason, std::string message,
            base::Time now) {
  std::chrono::milliseconds backoff = kFirstRefusal;
  for (int i = 1; i < burst.attempt.number && backoff < kLongestRefusal; ++i) backoff *= 2;
  // A wrong label does not fix itself, and each try holds GPUs.
  if (reason == burst::kReasonGpuMismatch) backoff = kLongestRefusal;
  std::erase_if(burst.refusals, [&](const burst::Refusal& r) { return r.offer == offer; });
  drop_refusals(burst.refusals, now);
  message = std::string(burst::cut(message, kMaxRefusalMessage));
  burst.refusals.push_back(
      {offer, std::move(reason), std::move(message), now + std::min(backoff, kLongestRefusal)});
}

base::Outcome create_record(BurstContext& c, const kube::PodRecord& pod, const std::string& claim) {
  burst::Burst burst;
  burst.ns = pod.meta.ns;
  burst.name = burst::burst_name(pod.meta.uid);
  burst.pod_name = pod.meta.name;
  burst.pod_uid = pod.meta.uid;
  burst.claim = claim;
  burst.gpus = pod.requested(burst::kGpuResource);
  burst.candidates = {pod.node_name};
  burst.requested = c.home.clock.now();
  auto created = c.home.client.create_for_metadata(api::kBursts, burst.ns, api::burst_object(burst));
  if (created || created.error().is(base::Code::kAlreadyExists)) return {};
  return base::fail(std::move(created.error()).with_context("recording the burst of a bound pod"));
}

}  // namespace op
