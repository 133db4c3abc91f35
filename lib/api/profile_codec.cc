#include "api/profile_codec.h"

#include <algorithm>

#include "api/profile_fields.h"
#include "api/rule_fields.h"

namespace api {
namespace {

using nlohmann::json;

// More than anybody writes by hand, and small enough to keep many.
constexpr std::size_t kLongestText = 1024;
constexpr std::size_t kLongestList = 512;

/// Reports the first text or list that is too long, wherever it is.
void check_lengths(const json& value, const std::string& path, std::string& problem) {
  const auto too_long = [&](std::size_t size, std::size_t longest, const char* unit) {
    if (size <= longest || !problem.empty()) return;
    problem = path + ": is too long: " + std::to_string(size) + unit + ", at most " + std::to_string(longest);
  };
  if (value.is_string()) return too_long(value.get_ref<const std::string&>().size(), kLongestText, " bytes");
  if (value.is_array()) {
    too_long(value.size(), kLongestList, " entries");
    std::size_t index = 0;
    for (const json& element : value) {
      check_lengths(element, path + "[" + std::to_string(index++) + "]", problem);
    }
  } else if (value.is_object()) {
    for (const auto& [key, element] : value.items()) {
      const std::string name = key.substr(0, 60);
      check_lengths(element, path.empty() ? name : path + "." + name, problem);
    }
  }
}

/// A toleration that neverTolerate forbids would be a promise that cannot be kept.
void check_tolerations(const Fields& fields, const market::Profile& profile) {
  for (const auto* list : {&profile.tolerations, &profile.spot_tolerations}) {
    for (const market::Toleration& toleration : *list) {
      const bool forbidden = std::ranges::any_of(
          profile.never_tolerate, [&](const auto& never) { return market::overlap(toleration, never); });
      if (!forbidden) continue;
      fields.complain("taints", "the taint " + toleration.key +
                                    " is both tolerated and under neverTolerate; remove it from one of them");
    }
  }
}

void check_price_regions(const Fields& fields, const market::Profile& profile) {
  std::vector<std::string_view> names;
  for (const auto& region : profile.regions) names.push_back(region.name);
  for (std::size_t i = 0; i < profile.prices.size(); ++i) {
    const std::string& region = profile.prices[i].region;
    if (region.empty() || std::ranges::find(names, region) != names.end()) continue;
    fields.complain("prices.list[" + std::to_string(i) + "].region",
                    "\"" + region.substr(0, 60) + "\" is not among regions; correct it or add the region");
  }
}

void check_whole(const Fields& fields, const market::Profile& profile) {
  if (profile.gpu_labels.empty()) fields.complain("gpu.labels", "must name at least one label");
  if (profile.gpu_resources.empty()) fields.complain("gpu.resources", "must name at least one resource");
  check_tolerations(fields, profile);
  check_price_regions(fields, profile);
}

bool is_profile_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
         std::ranges::all_of(
             name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace

void read_profile_fields(const Fields& fields, market::Profile& profile) {
  fields.only({"name", "displayName", "documentation", "gpu", "taints", "capacityMarks", "fabricLabels",
               "regionLabels", "autoscaling", "minimumCommitment", "jurisdiction", "regions", "access",
               "prices"});
  profile.display_name = fields.text("displayName", profile.display_name);
  profile.documentation = fields.text("documentation", profile.documentation);
  const Fields gpu = fields.object("gpu");
  gpu.only({"labels", "resources"});
  read_names(gpu, "labels", "label", profile.gpu_labels);
  read_names(gpu, "resources", "resource", profile.gpu_resources);
  read_taints(fields.object("taints"), profile);
  read_capacity_marks(fields, "capacityMarks", profile.capacity_marks);
  read_names(fields, "fabricLabels", "label", profile.fabric_labels);
  read_names(fields, "regionLabels", "label", profile.region_labels);
  read_autoscaling(fields.object("autoscaling"), profile.autoscaling);
  read_commitment(fields.object("minimumCommitment"), profile.minimum_commitment);
  if (fields.has("jurisdiction")) profile.jurisdiction = read_country(fields, "jurisdiction");
  read_regions(fields, "regions", profile.regions);
  read_access(fields.object("access"), profile.access);
  if (fields.has("prices")) profile.prices = read_list_prices(fields.object("prices"));
}

base::Result<market::Profile> decode_profile(const json& document) {
  std::string problem;
  market::Profile profile;
  check_lengths(document, "", problem);
  const Fields fields(document, "", problem);
  read_profile_fields(fields, profile);
  profile.name = fields.text("name");
  if (!is_profile_name(profile.name)) {
    fields.complain("name", "is required: at most 63 lower-case letters, digits and dashes");
  }
  if (!fields.has("displayName")) fields.complain("displayName", "is required");
  if (!fields.has("documentation"))
    fields.complain("documentation", "is required, such as docs/providers/NAME.md");
  read_profile_fields(fields, profile);
  check_whole(fields, profile);
  if (!problem.empty()) return base::fail(base::Code::kInvalid, std::move(problem));
  return profile;
}

base::Result<market::Profile> overlay_profile(const market::Profile& base, const json& overrides,
                                              std::string_view path) {
  std::string problem;
  market::Profile profile = base;
  check_lengths(overrides, std::string(path), problem);
  const Fields fields(overrides, std::string(path), problem);
  if (fields.has("name")) fields.complain("name", "cannot be overridden; spec.profile chooses the profile");
  read_profile_fields(fields, profile);
  check_whole(fields, profile);
  if (!problem.empty()) return base::fail(base::Code::kInvalid, std::move(problem));
  return profile;
}

}  // namespace api
