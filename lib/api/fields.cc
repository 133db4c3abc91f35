#include "api/fields.h"

#include <algorithm>

#include "base/nearest.h"
#include "base/time_text.h"

namespace api {
namespace {

const nlohmann::json& empty_object() {
  static const nlohmann::json empty = nlohmann::json::object();
  return empty;
}

/// A part of the object as a tree; null and a problem when it cannot be read.
nlohmann::json read_tree(std::string_view name, kube::JsonValue value, std::string& problem) {
  std::string_view raw;
  if (!simdjson::to_json_string(value).get(raw)) {
    nlohmann::json tree = nlohmann::json::parse(raw, nullptr, false);
    if (!tree.is_discarded()) return tree;
  }
  if (problem.empty()) problem = std::string(name) + ": not readable as JSON";
  return nullptr;
}

}  // namespace

Fields::Fields(const nlohmann::json& json, std::string path, std::string& problem)
    : json_(&json), path_(std::move(path)), problem_(&problem) {
  if (json.is_object()) return;
  if (!json.is_null()) complain("", "must be an object");
  json_ = &empty_object();
}

const nlohmann::json* Fields::find(std::string_view key) const {
  const auto at = json_->find(key);
  return at == json_->end() || at->is_null() ? nullptr : &*at;
}

std::string Fields::path_of(std::string_view key) const {
  if (path_.empty() || key.empty()) return path_ + std::string(key);
  return path_ + "." + std::string(key);
}

void Fields::complain(std::string_view key, const std::string& what) const {
  if (!problem_->empty()) return;
  const std::string path = path_of(key);
  *problem_ = path.empty() ? what : path + ": " + what;
}

void Fields::only(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : json_->items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string_view meant = base::nearest(key, known);
    complain(key.substr(0, 60),
             "unknown key" + (meant.empty() ? "" : "; did you mean " + std::string(meant) + "?"));
    return;
  }
}

std::string Fields::text(std::string_view key, std::string_view otherwise) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return std::string(otherwise);
  if (value->is_string()) return value->get<std::string>();
  complain(key, value->is_number() || value->is_boolean() ? "must be a string: put it in quotes"
                                                          : "must be a string");
  return std::string(otherwise);
}

std::int64_t Fields::integer(std::string_view key, std::int64_t otherwise) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return otherwise;
  const bool fits =
      value->is_number_integer() && !(value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX);
  if (fits) return value->get<std::int64_t>();
  complain(key, "must be a whole number");
  return otherwise;
}

bool Fields::boolean(std::string_view key, bool otherwise) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  complain(key, "must be true or false");
  return otherwise;
}

std::vector<std::string> Fields::texts(std::string_view key) const {
  std::vector<std::string> out;
  const nlohmann::json* value = find(key);
  if (value == nullptr) return out;
  if (!value->is_array()) {
    complain(key, "must be a list");
    return out;
  }
  for (const nlohmann::json& element : *value) {
    if (element.is_string()) {
      out.push_back(element.get<std::string>());
    } else {
      complain(std::string(key) + "[" + std::to_string(out.size()) + "]", "must be a string");
    }
  }
  return out;
}

std::optional<base::Time> Fields::time(std::string_view key) const {
  const std::string value = text(key);
  if (value.empty()) return std::nullopt;
  const auto time = base::parse_time(value);
  if (time) return *time;
  complain(key, time.error().message);
  return std::nullopt;
}

std::chrono::milliseconds Fields::duration(std::string_view key, std::chrono::milliseconds otherwise) const {
  const std::string value = text(key);
  if (value.empty()) return otherwise;
  const auto duration = base::parse_duration(value);
  if (duration) return *duration;
  complain(key, "\"" + value.substr(0, 40) + "\": " + duration.error().message);
  return otherwise;
}

std::optional<market::Money> Fields::money(std::string_view key) const {
  const std::string value = text(key);
  if (value.empty()) return std::nullopt;
  const auto money = market::parse_money(value);
  if (money) return *money;
  complain(key, money.error().message);
  return std::nullopt;
}

Fields Fields::object(std::string_view key) const {
  const nlohmann::json* value = find(key);
  return Fields(value == nullptr ? empty_object() : *value, path_of(key), *problem_);
}

void Fields::each(std::string_view key, const std::function<void(const Fields&)>& visit) const {
  const nlohmann::json* value = find(key);
  if (value == nullptr) return;
  if (!value->is_array()) {
    complain(key, "must be a list");
    return;
  }
  std::size_t index = 0;
  for (const nlohmann::json& element : *value) {
    const std::string path = path_of(key) + "[" + std::to_string(index++) + "]";
    const Fields fields(element.is_null() ? empty_object() : element, path, *problem_);
    if (element.is_object()) visit(fields);
  }
}

kube::StringMap Fields::text_map() const {
  kube::StringMap out;
  for (const auto& [key, value] : json_->items()) out.emplace_back(key, text(key));
  return out;
}

base::Result<Parts> read_parts(kube::JsonObject& object) {
  Parts parts;
  bool has_meta = false;
  auto read = kube::for_each_field(object, [&](std::string_view key, kube::JsonValue value) -> base::Outcome {
    if (key == "metadata") {
      auto meta = kube::read_meta(value, nullptr);
      if (!meta) return base::fail(std::move(meta.error()));
      parts.meta = std::move(*meta);
      has_meta = true;
    } else if (key == "spec") {
      parts.spec = read_tree(key, value, parts.problem);
    } else if (key == "status") {
      parts.status = read_tree(key, value, parts.problem);
    }
    return {};
  });
  if (!read) return base::fail(std::move(read.error()));
  if (!has_meta) return base::fail(base::Code::kMalformed, "an object without metadata");
  return parts;
}

std::vector<Condition> read_conditions(const Fields& status) {
  std::vector<Condition> out;
  status.each("conditions", [&](const Fields& fields) {
    out.push_back({fields.text("type"), fields.text("status"), fields.text("reason"), fields.text("message"),
                   fields.integer("observedGeneration"), fields.time("lastTransitionTime")});
  });
  return out;
}

std::string status_text(const nlohmann::json& status) { return status.is_null() ? "" : status.dump(); }

}  // namespace api
