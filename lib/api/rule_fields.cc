#include "api/rule_fields.h"

namespace api {
namespace {

std::string indexed(std::string_view key, std::size_t index) {
  return std::string(key) + "[" + std::to_string(index) + "]";
}

/// Only canonical names: another spelling may say more than the model ("A100-80GB"), which would be lost in
/// silence.
std::string check_model(const Fields& fields, std::string_view where, const std::string& text) {
  const auto model = market::canonical_model(text);
  if (model && *model == text) return text;
  fields.complain(where,
                  "\"" + text.substr(0, 60) + "\" is not a GPU model's name" +
                      (model ? "; did you mean " + *model + "?" : "; known are " + market::known_models()));
  return "";
}

std::optional<market::CapacityType> capacity_type(std::string_view text) {
  for (const auto type :
       {market::CapacityType::kOnDemand, market::CapacityType::kSpot, market::CapacityType::kReserved}) {
    if (market::to_string(type) == text) return type;
  }
  return std::nullopt;
}

void complain_capacity_type(const Fields& fields, std::string_view where, const std::string& text) {
  fields.complain(where, "\"" + text.substr(0, 40) + "\" is not one of OnDemand, Spot, Reserved");
}

void read_expression(const Fields& fields, kube::LabelSelector& selector) {
  using Operator = kube::LabelSelector::Operator;
  kube::LabelSelector::Requirement requirement{fields.text("key"), Operator::kIn, fields.texts("values")};
  if (requirement.key.empty()) fields.complain("key", "is required");
  if (!fields.has("operator")) fields.complain("operator", "is required");
  requirement.op = fields.one_of<Operator>("operator", Operator::kIn,
                                           {{"In", Operator::kIn},
                                            {"NotIn", Operator::kNotIn},
                                            {"Exists", Operator::kExists},
                                            {"DoesNotExist", Operator::kDoesNotExist}});
  const bool needs_values = requirement.op == Operator::kIn || requirement.op == Operator::kNotIn;
  if (needs_values == requirement.values.empty()) {
    fields.complain("values",
                    needs_values ? "must name at least one value" : "must be empty for this operator");
  }
  selector.requirements.push_back(std::move(requirement));
}

}  // namespace

std::string read_country(const Fields& fields, std::string_view key) {
  std::string code = fields.text(key);
  if (code.empty() || market::is_country(code)) return code;
  const auto resolved = market::resolve_countries({code});
  fields.complain(key, resolved ? "\"" + code + "\" is a group; name one country" : resolved.error().message);
  return "";
}

market::Countries read_countries(const Fields& fields, std::string_view key,
                                 std::vector<std::string>* groups) {
  constexpr std::string_view kGroupPrefix = "group:";
  market::Countries out;
  std::size_t index = 0;
  for (const std::string& entry : fields.texts(key)) {
    if (groups != nullptr && entry.starts_with(kGroupPrefix)) {
      groups->push_back(entry.substr(kGroupPrefix.size()));
      ++index;
      continue;
    }
    auto resolved = market::resolve_countries({entry});
    if (resolved) {
      out.merge(*resolved);
    } else {
      fields.complain(indexed(key, index), resolved.error().message);
    }
    ++index;
  }
  return out;
}

std::string read_model(const Fields& fields, std::string_view key) {
  const std::string text = fields.text(key);
  return text.empty() ? "" : check_model(fields, key, text);
}

std::vector<std::string> read_models(const Fields& fields, std::string_view key) {
  std::vector<std::string> out;
  std::size_t index = 0;
  for (const std::string& text : fields.texts(key)) {
    std::string model = check_model(fields, indexed(key, index++), text);
    if (!model.empty()) out.push_back(std::move(model));
  }
  return out;
}

std::optional<market::Coordinates> read_coordinates(const Fields& fields) {
  const std::string latitude = fields.text("latitude");
  const std::string longitude = fields.text("longitude");
  if (latitude.empty() && longitude.empty()) return std::nullopt;
  const auto coordinates = market::parse_coordinates(latitude, longitude);
  if (coordinates) return *coordinates;
  fields.complain("", coordinates.error().message);
  return std::nullopt;
}

market::CapacityType read_capacity_type(const Fields& fields, std::string_view key) {
  const std::string text = fields.text(key, "OnDemand");
  const auto type = capacity_type(text);
  if (!type) complain_capacity_type(fields, key, text);
  return type.value_or(market::CapacityType::kOnDemand);
}

market::PriceKind read_price_kind(const Fields& fields, std::string_view key) {
  using market::PriceKind;
  return fields.one_of<PriceKind>(key, PriceKind::kContract,
                                  {{"Contract", PriceKind::kContract},
                                   {"Published", PriceKind::kPublished},
                                   {"Feed", PriceKind::kFeed},
                                   {"List", PriceKind::kList}});
}

std::vector<market::CapacityType> read_capacity_types(const Fields& fields, std::string_view key) {
  std::vector<market::CapacityType> out;
  std::size_t index = 0;
  for (const std::string& text : fields.texts(key)) {
    const auto type = capacity_type(text);
    if (type) {
      out.push_back(*type);
    } else {
      complain_capacity_type(fields, indexed(key, index), text);
    }
    ++index;
  }
  return out;
}

kube::LabelSelector read_selector(const Fields& fields) {
  using Operator = kube::LabelSelector::Operator;
  kube::LabelSelector selector;
  for (auto& [key, value] : fields.object("matchLabels").text_map()) {
    selector.requirements.push_back({std::move(key), Operator::kIn, {std::move(value)}});
  }
  fields.each("matchExpressions", [&](const Fields& each) { read_expression(each, selector); });
  return selector;
}

std::int64_t read_at_least(const Fields& fields, std::string_view key, std::int64_t least,
                           std::int64_t otherwise) {
  const std::int64_t value = fields.integer(key, otherwise);
  if (!fields.has(key) || value >= least) return value;
  fields.complain(key, "must be at least " + std::to_string(least));
  return otherwise;
}

}  // namespace api
