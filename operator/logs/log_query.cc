#include "operator/logs/log_query.h"

#include <algorithm>
#include <vector>

#include "base/time_text.h"

namespace op {
namespace {

struct Line {
  std::string_view stamp;  ///< "" when the line has none
  std::string_view text;   ///< with its newline, without the stamp and the blank behind it
  std::string_view whole;
};

Line split_stamp(std::string_view whole) {
  const auto blank = whole.find(' ');
  const bool stamped =
      blank != std::string_view::npos && base::parse_time(whole.substr(0, blank)).has_value();
  return stamped ? Line{whole.substr(0, blank), whole.substr(blank + 1), whole} : Line{{}, whole, whole};
}

std::vector<Line> split_lines(std::string_view log) {
  std::vector<Line> lines;
  while (!log.empty()) {
    const auto end = log.find('\n');
    const auto size = end == std::string_view::npos ? log.size() : end + 1;
    lines.push_back(split_stamp(log.substr(0, size)));
    log.remove_prefix(size);
  }
  return lines;
}

void drop_before(std::vector<Line>& lines, base::Time since) {
  bool before = false;
  std::erase_if(lines, [&](const Line& line) {
    if (!line.stamp.empty()) before = *base::parse_time(line.stamp) < since;
    return before;
  });
}

}  // namespace

std::string select_log(std::string_view stamped, const LogQuery& query) {
  auto lines = split_lines(stamped);
  if (query.since) drop_before(lines, *query.since);
  if (query.tail_lines && *query.tail_lines >= 0) {
    const auto wanted = std::min(lines.size(), static_cast<std::size_t>(*query.tail_lines));
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(wanted));
  }
  std::string out;
  for (const Line& line : lines) out += query.timestamps ? line.whole : line.text;
  if (query.limit_bytes && *query.limit_bytes >= 0) {
    out.resize(std::min(out.size(), static_cast<std::size_t>(*query.limit_bytes)));
  }
  return out;
}

}  // namespace op
