#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/records.h"
#include "kube/core/json_read.h"

/// Reads the JSON of our own kinds: lenient about what is there, exact about what is wrong with it.
namespace api {

/// One JSON object and where it is. A field that is absent or null has its default. A field of the wrong type
/// has its default too, and is reported. Only the first report is kept: one fix at a time. Views: `json`
/// and `problem` must outlive it.
class Fields {
 public:
  Fields(const nlohmann::json& json, std::string path, std::string& problem);

  bool has(std::string_view key) const { return find(key) != nullptr; }
  std::string text(std::string_view key, std::string_view otherwise = {}) const;
  std::int64_t integer(std::string_view key, std::int64_t otherwise = 0) const;
  bool boolean(std::string_view key, bool otherwise = false) const;
  std::vector<std::string> texts(std::string_view key) const;
  std::optional<base::Time> time(std::string_view key) const;
  std::chrono::milliseconds duration(std::string_view key, std::chrono::milliseconds otherwise) const;
  std::optional<market::Money> money(std::string_view key) const;
  /// The one of `values` whose name is the field's text.
  template <typename T>
  T one_of(std::string_view key, T otherwise,
           std::initializer_list<std::pair<std::string_view, T>> values) const;

  Fields object(std::string_view key) const;
  /// Calls `visit` for each element, which must be an object.
  void each(std::string_view key, const std::function<void(const Fields&)>& visit) const;
  /// Reports the first key that is not one of `known`, with the one that was likely meant.
  void only(std::initializer_list<std::string_view> known) const;
  /// All fields whose value is text, sorted as they come.
  kube::StringMap text_map() const;

  void complain(std::string_view key, const std::string& what) const;
  std::string path_of(std::string_view key) const;
  const nlohmann::json& json() const { return *json_; }

 private:
  const nlohmann::json* find(std::string_view key) const;

  const nlohmann::json* json_;
  std::string path_;
  std::string* problem_;
};

template <typename T>
T Fields::one_of(std::string_view key, T otherwise,
                 std::initializer_list<std::pair<std::string_view, T>> values) const {
  const std::string name = text(key);
  if (name.empty()) return otherwise;
  std::string known;
  for (const auto& [text, value] : values) {
    if (name == text) return value;
    known.append(known.empty() ? "" : ", ").append(text);
  }
  complain(key, "\"" + name.substr(0, 40) + "\" is not one of " + known);
  return otherwise;
}

/// The three parts of an object. `spec` and `status` are null where absent.
struct Parts {
  kube::ObjectMeta meta;
  nlohmann::json spec;
  nlohmann::json status;
  std::string problem;
};
/// Splits an object in one pass. Malformed only when its metadata cannot be read.
base::Result<Parts> read_parts(kube::JsonObject& object);

/// `status.conditions`.
std::vector<Condition> read_conditions(const Fields& status);
/// The status as canonical text, "" when there is none.
std::string status_text(const nlohmann::json& status);

}  // namespace api
