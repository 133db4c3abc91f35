#include "operator/logs/log_tail.h"

namespace op {

void LogTail::append(std::string_view bytes) {
  if (bytes.size() > capacity_) {
    bytes.remove_prefix(bytes.size() - capacity_);
    bytes_.clear();
    cut_ = true;
  }
  bytes_ += bytes;
  if (bytes_.size() <= 2 * capacity_) return;
  bytes_.erase(0, bytes_.size() - capacity_);
  cut_ = true;
}

std::string LogTail::text() const {
  std::string_view kept = bytes_;
  const bool cut = cut_ || kept.size() > capacity_;
  if (kept.size() > capacity_) kept.remove_prefix(kept.size() - capacity_);
  const auto line_end = kept.find('\n');
  if (cut && line_end != std::string_view::npos) kept.remove_prefix(line_end + 1);
  return std::string(kept);
}

std::string tail_of(std::string_view text, std::size_t capacity) {
  LogTail tail(capacity);
  tail.append(text);
  return tail.text();
}

}  // namespace op
