#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "base/status.h"

namespace kube {

/// Cuts a byte stream into lines (one watch event each). Holds at most `max_line` bytes of an unfinished
/// line, then fails with Malformed. Not thread-safe.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line = 16u << 20) : max_line_(max_line) {}
  /// Appends `bytes`; afterwards next() yields the complete lines.
  base::Outcome feed(std::string_view bytes);
  /// The next complete line without its newline. The view is valid until the next feed() and is followed by
  /// at least 64 readable bytes. False when there is none.
  bool next(std::string_view& line);

 private:
  std::string buffer_;
  std::size_t start_ = 0;
  std::size_t scanned_ = 0;
  std::size_t max_line_;
};

/// What a list-and-watch loop does next. A state machine without I/O (compare kube-rs' watcher): each answer
/// of the server moves it to a named state.
///
///                     listed(): all pages are read
///     +--> kList ------------------------------------> kWatch <--+
///     |    |   ^                                       |   |     |
///     +----+   +---------------------------------------+   +-----+
///   list_failed()    watch_failed() with a status            progressed(), watch_ended(),
///                    that needs a new list: Expired (410),   watch_failed() with a status that may pass:
///                    Malformed, Invalid, NotFound, ...       Throttled, Unavailable, Deadline, Forbidden,
///                                                            Unauthenticated, Cancelled
///
/// A watch that is opened again starts from version(), the last one seen.
class WatchMachine {
 public:
  enum class State { kList, kWatch };
  explicit WatchMachine(std::uint64_t seed = 0);

  State state() const { return state_; }
  /// The version to list at: "0" at first (any cached state); later the last version seen; "" (consistent
  /// read) after a list failed with Expired (the version is too old or too large) or Malformed.
  const std::string& list_version() const { return list_version_; }
  /// The version to watch from.
  const std::string& version() const { return version_; }

  void listed(std::string_view resource_version);
  void list_failed(const base::Status& status);
  /// An event of any type carried this version (BOOKMARK included).
  void progressed(std::string_view resource_version);
  /// The watch ended with success (server timeout) after `lasted` and `events` events.
  void watch_ended(std::chrono::milliseconds lasted, std::size_t events);
  /// The watch could not be opened, broke, stalled, or sent an ERROR event.
  void watch_failed(const base::Status& status);
  /// How long to wait before the next step; zero after progress. Honours Retry-After.
  std::chrono::milliseconds wait() const { return wait_; }

 private:
  State state_ = State::kList;
  std::string list_version_ = "0";
  std::string version_;
  std::chrono::milliseconds wait_{0};
  base::Backoff backoff_;
};

}  // namespace kube
