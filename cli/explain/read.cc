#include "cli/explain/read.h"

#include <algorithm>
#include <utility>

#include "api/config.h"
#include "base/time_text.h"
#include "burst/names.h"

namespace cli {
namespace {

using nlohmann::json;

/// Set by the operator on every burst node.
constexpr const char* kBurstNodeLabels = "neoburst.io/provider";
constexpr const char* kOperatorCondition = "NeoburstOperator";

/// The list, or an empty one and a reason for `unread`.
template <typename T>
std::vector<T> if_readable(base::Result<std::vector<T>> listed, Facts& facts) {
  if (listed) return std::move(*listed);
  facts.unread.push_back(listed.error().message);
  return {};
}

std::string text_of(const json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The member `key`, or null where there is none.
const json& part(const json& object, const char* key) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

/// The claims as the operator reads them: groups of countries, exchange rates and the kill switch come from
/// the configuration.
void configure(std::vector<api::ClaimRecord>& claims, const std::vector<api::ConfigRecord>& configs) {
  const auto config =
      std::ranges::find(configs, api::kConfigName, [](const auto& each) { return each.meta.name; });
  const api::ConfigRecord* counts = config == configs.end() ? nullptr : &*config;
  for (api::ClaimRecord& claim : claims) {
    claim = *api::configured(std::make_shared<const api::ClaimRecord>(claim), counts);
  }
}

}  // namespace

std::optional<base::Time> operator_heartbeat(std::span<const json> nodes) {
  std::optional<base::Time> newest;
  for (const json& node : nodes) {
    const json& conditions = part(part(node, "status"), "conditions");
    if (!conditions.is_array()) continue;
    for (const json& condition : conditions) {
      if (text_of(condition, "type") != kOperatorCondition) continue;
      const auto time = base::parse_time(text_of(condition, "lastHeartbeatTime"));
      if (time && (!newest || *time > *newest)) newest = *time;
    }
  }
  return newest;
}

base::Result<ExplainedPod> read_pod(const json& object) {
  auto record = kube::decode_text<kube::PodRecord>(
      object.dump(-1, ' ', false, json::error_handler_t::replace), kube::decode_pod);
  if (!record) return base::fail(std::move(record.error()));
  ExplainedPod pod{.record = std::move(*record)};
  const json& spread = part(part(object, "spec"), "topologySpreadConstraints");
  pod.spreads_hard = spread.is_array() && std::ranges::any_of(spread, [](const json& constraint) {
                       return text_of(constraint, "whenUnsatisfiable") == "DoNotSchedule";
                     });
  return pod;
}

base::Result<Facts> read_facts(HomeCluster& home) {
  Facts facts;
  facts.now = base::system_clock().now();
  facts.ns = home.ns();
  auto claims = home.list<api::ClaimRecord>(api::kClaims, home.ns(), api::decode_claim);
  if (!claims) return base::fail(std::move(claims.error()));
  auto offers = home.list<api::OfferRecord>(api::kOffers, {}, api::decode_offer);
  if (!offers) return base::fail(std::move(offers.error()));
  facts.claims = std::move(*claims);
  facts.offers = std::move(*offers);
  std::ranges::sort(facts.claims, {}, [](const api::ClaimRecord& claim) { return claim.meta.name; });
  configure(facts.claims,
            if_readable(home.list<api::ConfigRecord>(api::kConfigs, {}, api::decode_config), facts));
  facts.bursts = if_readable(home.list<api::BurstRecord>(api::kBursts, home.ns(), api::decode_burst), facts);
  facts.providers =
      if_readable(home.list<api::ProviderRecord>(api::kProviders, {}, api::decode_provider), facts);
  facts.services =
      if_readable(home.list<kube::ServiceRecord>(kube::kServices, home.ns(), kube::decode_service), facts);
  std::ranges::sort(facts.services, {}, [](const kube::ServiceRecord& service) { return service.meta.name; });
  facts.operator_seen =
      operator_heartbeat(if_readable(home.list_documents(kube::kNodes, {}, kBurstNodeLabels), facts));
  return facts;
}

}  // namespace cli
