#include "cli/explain/mends.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "burst/names.h"
#include "cli/output/plain_text.h"

namespace cli {
namespace {

using market::Offer;
using nlohmann::json;
using Operator = kube::LabelSelector::Operator;

std::string patch_claim(const api::ClaimRecord& claim, const char* type, const json& patch) {
  return "kubectl -n " + shell_word(claim.meta.ns) + " patch gpucapacityclaim " +
         shell_word(claim.meta.name) + " --type " + type + " -p " +
         shell_word(patch.dump(-1, ' ', true, json::error_handler_t::replace));
}

std::string merge_claim(const api::ClaimRecord& claim, const json& spec) {
  return patch_claim(claim, "merge", {{"spec", spec}});
}

/// Appends to a list of the claim, whatever else is in it.
std::string append_to_claim(const api::ClaimRecord& claim, const char* pointer, const std::string& value) {
  return patch_claim(claim, "json",
                     json::array({{{"op", "add"}, {"path", std::string(pointer) + "/-"}, {"value", value}}}));
}

std::string region_fact(const Offer& offer, const std::string& fact) {
  return edit_provider(offer.provider, "add " + fact + " to region " + offer.region + " in spec.regions");
}

std::string allow_capacity_type(const api::ClaimRecord& claim, const Offer& offer) {
  json types = json::array();
  for (const auto type : claim.rules.capacity_types) types.push_back(market::to_string(type));
  if (types.empty()) types.push_back(market::to_string(market::CapacityType::kOnDemand));
  types.push_back(market::to_string(offer.capacity_type));
  return merge_claim(claim, {{"gpus", {{"capacityTypes", types}}}});
}

std::string mend_provider(const api::ClaimRecord& claim, const Offer& offer) {
  const auto& denied = claim.rules.deny_providers;
  if (std::ranges::find(denied, offer.provider) != denied.end()) {
    return edit_claim(claim, "take " + offer.provider + " out of spec.providers.deny");
  }
  return append_to_claim(claim, "/spec/providers/allow", offer.provider);
}

std::string mend_country(const api::ClaimRecord& claim, const Offer& offer) {
  if (offer.country.empty()) return region_fact(offer, "country: <CODE>");
  return append_to_claim(claim, "/spec/location/countries", offer.country);
}

std::string provider_law(const Offer& offer) {
  return "kubectl patch neocloudprovider " + shell_word(offer.provider) +
         R"( --type merge -p '{"spec":{"operatorJurisdiction":"<CODE>"}}')";
}

std::string mend_jurisdiction(const api::ClaimRecord& claim, const Offer& offer) {
  if (offer.jurisdiction.empty()) return provider_law(offer);
  return append_to_claim(claim, "/spec/location/operatorJurisdictions", offer.jurisdiction);
}

std::string mend_excluded(const api::ClaimRecord& claim, const Offer& offer) {
  if (offer.jurisdiction.empty()) return provider_law(offer);
  if (offer.country.empty()) return region_fact(offer, "country: <CODE>");
  const bool by_law = claim.rules.exclude_jurisdictions.contains(offer.jurisdiction);
  return edit_claim(claim, "take " + (by_law ? offer.jurisdiction : offer.country) +
                               " out of spec.location.excludeJurisdictions");
}

std::string mend_certification(const api::ClaimRecord&, const Offer& offer) {
  return edit_provider(offer.provider,
                       "add the certification to spec.certifications, if the provider has it");
}

std::string mend_distance(const api::ClaimRecord& claim, const Offer& offer) {
  if (!offer.coordinates) return region_fact(offer, "latitude: \"<DEGREES>\" and longitude: \"<DEGREES>\"");
  if (!claim.rules.near) return edit_claim(claim, "set spec.location.near, or remove maxDistanceKm");
  return merge_claim(
      claim, {{"location", {{"maxDistanceKm", market::distance_km(*claim.rules.near, *offer.coordinates)}}}});
}

std::string mend_model(const api::ClaimRecord& claim, const Offer& offer) {
  if (offer.gpu.model.empty())
    return edit_provider(offer.provider, "declare the model in spec.capacity.declared");
  return append_to_claim(claim, "/spec/gpus/models", offer.gpu.model);
}

std::string mend_memory(const api::ClaimRecord& claim, const Offer& offer) {
  if (offer.gpu.memory_gib <= 0)
    return edit_provider(offer.provider, "declare memoryGiB in spec.capacity.declared");
  return merge_claim(claim, {{"gpus", {{"minMemoryGiB", offer.gpu.memory_gib}}}});
}

std::string mend_interconnect(const api::ClaimRecord& claim, const Offer&) {
  return merge_claim(claim, {{"gpus", {{"interconnect", nullptr}}}});
}

std::string mend_price(const api::ClaimRecord&, const Offer& offer) {
  return edit_provider(offer.provider,
                       "add {model: " + offer.gpu.model + ", perGPUHour: \"<AMOUNT>\"} to spec.prices.list");
}

std::string mend_currency(const api::ClaimRecord& claim, const Offer& offer) {
  return edit_claim(claim, "set spec.price.currency to " + (offer.price ? offer.price->currency : "<CODE>") +
                               ", and cap and budget to amounts in it");
}

std::string mend_cap(const api::ClaimRecord& claim, const Offer& offer) {
  if (!offer.price) return mend_price(claim, offer);
  const bool same = offer.price->currency == claim.rules.currency;
  return merge_claim(
      claim,
      {{"price", {{"maxPerGPUHour", same ? market::format_money(offer.price->per_gpu_hour) : "<AMOUNT>"}}}});
}

struct RuleMend {
  std::string_view rule;
  std::string (*mend)(const api::ClaimRecord& claim, const Offer& offer);
};
constexpr std::array kRuleMends{
    RuleMend{"provider", mend_provider},
    RuleMend{"country", mend_country},
    RuleMend{"operatorJurisdiction", mend_jurisdiction},
    RuleMend{"excludedJurisdiction", mend_excluded},
    RuleMend{"certification", mend_certification},
    RuleMend{"distance", mend_distance},
    RuleMend{"wholeGPU", [](const api::ClaimRecord&, const Offer&) { return std::string(); }},
    RuleMend{"model", mend_model},
    RuleMend{"memory", mend_memory},
    RuleMend{"interconnect", mend_interconnect},
    RuleMend{"capacityType", allow_capacity_type},
    RuleMend{"priceKnown", mend_price},
    RuleMend{"currency", mend_currency},
    RuleMend{"priceCap", mend_cap},
};

}  // namespace

std::string shell_word(std::string_view text) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@";
  const std::string plain = plain_text(text);
  if (!plain.empty() && plain.find_first_not_of(kSafe) == std::string::npos) return plain;
  std::string out = "'";
  for (const char c : plain) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string edit_claim(const api::ClaimRecord& claim, const std::string& what) {
  return "kubectl -n " + shell_word(claim.meta.ns) + " edit gpucapacityclaim " + shell_word(claim.meta.name) +
         "   # " + plain_text(what);
}

// A comment ends with its line, and `what` may hold a provider's words: plain text has but one line.
std::string edit_provider(const std::string& provider, const std::string& what) {
  return "kubectl edit neocloudprovider " + shell_word(provider) + "   # " + plain_text(what);
}

std::string mend_rule(const api::ClaimRecord& claim, const Offer& offer, std::string_view rule) {
  const auto* found = std::ranges::find(kRuleMends, rule, &RuleMend::rule);
  if (found != kRuleMends.end()) return found->mend(claim, offer);
  return edit_claim(claim, "see the rule " + std::string(rule));
}

std::string mend_label(const kube::ObjectKey& pod, const kube::LabelSelector::Requirement& requirement) {
  const std::string command = "kubectl -n " + shell_word(pod.ns) + " label pod " + shell_word(pod.name) + " ";
  switch (requirement.op) {
    case Operator::kIn:
      return command + "--overwrite " +
             shell_word(requirement.key + "=" +
                        (requirement.values.empty() ? "" : requirement.values.front()));
    case Operator::kExists:
      return command + shell_word(requirement.key + "=<VALUE>");
    case Operator::kNotIn:
    case Operator::kDoesNotExist:
      break;
  }
  return command + shell_word(requirement.key + "-");
}

std::string mend_budget(const api::ClaimRecord& claim) {
  return merge_claim(claim, {{"budget", {{"amount", "<AMOUNT>"}}}});
}

std::string mend_gpu_limit(const api::ClaimRecord& claim, std::int64_t needed) {
  return merge_claim(claim, {{"gpus", {{"max", needed}}}});
}

std::string mend_switch(const api::ClaimRecord& claim) {
  return merge_claim(claim, {{"burst", {{"when", "LocalExhausted"}}}});
}

std::string mend_services(const api::ClaimRecord& claim) {
  return merge_claim(claim, {{"network", {{"services", "Allow"}}}});
}

std::string mend_toleration(const kube::PodRecord& pod) {
  const json toleration = {{"key", burst::kBurstTaint}, {"operator", "Exists"}, {"effect", "NoSchedule"}};
  const bool none = pod.tolerations.empty();
  const json patch = json::array({{{"op", "add"},
                                   {"path", none ? "/spec/tolerations" : "/spec/tolerations/-"},
                                   {"value", none ? json::array({toleration}) : toleration}}});
  return "kubectl -n " + shell_word(pod.meta.ns) + " patch pod " + shell_word(pod.meta.name) +
         " --type json -p " + shell_word(patch.dump());
}

}  // namespace cli
