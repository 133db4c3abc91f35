#include "burst/home_fields.h"

#include "burst/names.h"

namespace burst {
namespace {

using nlohmann::json;

/// As Go's %q, which a kubelet uses for labels and annotations in files.
std::string go_quoted(std::string_view text) {
  static constexpr std::string_view kEscapes = "\a\b\t\n\v\f\r";
  static constexpr std::string_view kLetters = "abtnvfr";
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (const auto at = kEscapes.find(c); at != std::string_view::npos) {
      out += {'\\', kLetters[at]};
    } else if (byte < 0x20 || byte == 0x7f) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// "key="value"" per line, sorted by key. Our own notes on the pod are left out: at home they come and go.
std::string as_file(const json& map) {
  std::string out;
  for (const auto& [key, value] : map.items()) {
    if (key.starts_with("neoburst.io/")) continue;
    if (!out.empty()) out += '\n';
    out += key + "=" + go_quoted(value.get_ref<const std::string&>());
  }
  return out;
}

/// The key of "metadata.labels['key']" for the field "labels".
std::optional<std::string_view> subscript(std::string_view path, std::string_view field) {
  if (!path.starts_with(field)) return std::nullopt;
  path.remove_prefix(field.size());
  if (!path.starts_with("['") || !path.ends_with("']") || path.size() < 5) return std::nullopt;
  return path.substr(2, path.size() - 4);
}

/// A kubelet expands $(NAME) in plain values but not in values of a fieldRef; "$$" stands for one "$".
std::string without_expansion(std::string_view text) {
  std::string out;
  for (const char c : text) out.append(c == '$' ? 2 : 1, c);
  return out;
}

}  // namespace

HomeFields::HomeFields(const json& metadata, const json& spec) : metadata_(metadata), spec_(spec) {
  (void)metadata.at("name");
  (void)spec.at("containers");
}

std::optional<std::string> HomeFields::value(std::string_view path) const {
  for (std::string_view field : {"name", "namespace", "uid"}) {
    if (path == "metadata." + std::string(field)) return metadata_.value(std::string(field), "");
  }
  if (path == "spec.serviceAccountName") return spec_.value("serviceAccountName", "default");
  for (std::string_view field : {"labels", "annotations"}) {
    const auto found = metadata_.find(field);
    const json map = found == metadata_.end() || found->is_null() ? json::object() : *found;
    const std::string whole = "metadata." + std::string(field);
    if (path == whole) return as_file(map);
    if (const auto key = subscript(path, whole)) return map.value(std::string(*key), "");
  }
  return std::nullopt;
}

void HomeFields::fix_variable(json& variable) const {
  const auto from = variable.find("valueFrom");
  if (from == variable.end() || !from->contains("fieldRef")) return;
  const auto known = value((*from)["fieldRef"].value("fieldPath", ""));
  if (!known) return;
  variable.erase("valueFrom");
  variable["value"] = without_expansion(*known);
}

void HomeFields::fix_file(json& item) {
  if (!item.contains("fieldRef")) return;
  json& ref = item["fieldRef"];
  const std::string path = ref.value("fieldPath", "");
  if (const auto known = paths_.find(path); known != paths_.end()) {
    ref["fieldPath"] = *known;
    return;
  }
  auto known = value(path);
  if (!known) return;
  const std::string key = std::string(kFieldAnnotation) + std::to_string(annotations_.size() + 1);
  annotations_[key] = std::move(*known);
  ref["fieldPath"] = paths_[path] = "metadata.annotations['" + key + "']";
}

}  // namespace burst
