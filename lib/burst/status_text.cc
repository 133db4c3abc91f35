#include "burst/status_text.h"

#include <algorithm>

#include "base/time_text.h"

namespace burst {

using nlohmann::json;

std::string_view cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };
  while (bytes > 0 && continues(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

void TextBudget::copy(const json& from, json& to, const char* field, std::size_t most) {
  const auto found = from.find(field);
  if (found == from.end()) return;
  const std::string_view text = cut(found->get_ref<const std::string&>(), std::min(most, left_));
  if (text.empty()) return;
  left_ -= text.size();
  to[field] = text;
}

void TextBudget::copy_reason_and_message(const json& from, json& to) {
  copy(from, to, "reason", kMostReason);
  copy(from, to, "message", kMostMessage);
}

void copy_time(const json& from, json& to, const char* field) {
  const auto found = from.find(field);
  if (found == from.end()) return;
  if (found->is_null() || base::parse_time(found->get_ref<const std::string&>())) to[field] = *found;
}

}  // namespace burst
