#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace op {

/// The end of a stream of any length in bounded memory: at most twice `capacity`. Not thread-safe.
class LogTail {
 public:
  explicit LogTail(std::size_t capacity) : capacity_(capacity) {}
  void append(std::string_view bytes);
  /// At most `capacity` bytes. Where the beginning was dropped, it starts at the beginning of a line, if a
  /// line ends in the kept part.
  std::string text() const;

 private:
  std::size_t capacity_;
  bool cut_ = false;
  std::string bytes_;
};

/// The same for a text that is complete.
std::string tail_of(std::string_view text, std::size_t capacity);

}  // namespace op
