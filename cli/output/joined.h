#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// All of `texts` in a row, with `between` between them.
inline std::string joined(const std::vector<std::string>& texts, std::string_view between = ", ") {
  std::string out;
  for (const std::string& text : texts) out.append(out.empty() ? "" : between).append(text);
  return out;
}

}  // namespace cli
