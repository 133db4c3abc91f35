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
  /// At most `capacity` bytes, from the beginning of a line on where the beginning is not there any more and
  /// a line ends in what is.
  std::string text() const;

 private:
  std::size_t capacity_;
  bool cut_ = false;
  std::string bytes_;
};

/// The same for what is all there.
std::string tail_of(std::string_view text, std::size_t capacity);

}  // namespace op
