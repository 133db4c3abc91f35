#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cli {

/// A document for programs, indented, with a line break at its end. Fields keep the order in which they were
/// put. ASCII only: characters that a terminal would obey are escaped; bytes that are not UTF-8 are replaced.
inline std::string json_text(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace cli
