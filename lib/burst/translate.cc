#include "burst/translate.h"

#include <algorithm>

#include "burst/names.h"
#include "burst/pod_shape.h"
#include "burst/translation.h"

namespace burst {
namespace {

using nlohmann::json;

/// From placed to when the provider's kubelet has seen the pod.
constexpr std::int64_t kSeenWithin = 5;

}  // namespace

Translation::Translation(const json& pod, const TwinContext& twin_context)
    : metadata(pod.at("metadata")),
      home(pod.at("spec")),
      context(twin_context),
      spec(home),
      fields(metadata, home) {
  drop_token_volumes(spec);
}

void Translation::need(HostAccess access, const std::string& what) {
  if (!allows(access))
    problems.policy(what + " is not allowed there (" + std::string(to_string(access)) + ")");
}

std::int64_t twin_deadline(std::int64_t limit_seconds, std::int64_t grace_seconds) {
  // The margin does not eat up a short limit: such a twin may hold its GPUs a little longer than the
  // limit, until the operator, which watches the limit itself, has removed it.
  const std::int64_t margin =
      std::min(std::max<std::int64_t>(grace_seconds, 0) + kSeenWithin, limit_seconds / 4);
  return std::max<std::int64_t>(limit_seconds - margin, 1);
}

json make_anchor(const TwinContext& c) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", anchor_name(c.burst.attempt.name)},
            {"namespace", c.burst.attempt.remote_namespace},
            {"labels", common_labels(c, "anchor")},
            {"annotations", common_annotations(c)}}}};
}

json make_go(const TwinContext& c) {
  const Attempt& a = c.burst.attempt;
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", go_name(a.name)},
            {"namespace", a.remote_namespace},
            {"labels", common_labels(c, "go")},
            {"ownerReferences", owned_by_anchor(c)}}},
          {"data",
           {{"go", "yes"},
            {"provider", a.provider},
            {"region", a.region},
            {"country", a.country},
            {"pricePerGPUHour", market::format_money(a.price.per_gpu_hour)},
            {"currency", a.price.currency},
            {"attempt", std::to_string(a.number)}}}};
}

base::Result<json> make_twin(const json& pod, const TwinContext& context) {
  try {
    Translation t(pod, context);
    rename_references(t);
    json spec = twin_spec(t);
    json metadata = twin_metadata(t);
    if (auto ok = t.problems.outcome(); !ok) return base::fail(std::move(ok.error()));
    return json{
        {"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", std::move(metadata)}, {"spec", std::move(spec)}};
  } catch (const json::exception& e) {
    return base::fail(base::Code::kInvalid,
                      std::string("the pod document has an unexpected shape: ") + e.what());
  }
}

}  // namespace burst
