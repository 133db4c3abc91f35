#include "kube/core/watch.h"

namespace kube {

namespace {

constexpr std::size_t kPadding = 64;  // simdjson reads up to this far behind the end
constexpr auto kFirstWait = std::chrono::milliseconds(400);
constexpr auto kLongestWait = std::chrono::seconds(30);
/// A shorter watch without an event counts as a failure; otherwise we would hammer the server.
constexpr auto kShortWatch = std::chrono::seconds(1);

/// The same watch may succeed later: only the path to the server, or the server's state, is bad.
bool may_resume(base::Code code) {
  switch (code) {
    case base::Code::kThrottled:
    case base::Code::kUnavailable:
    case base::Code::kDeadline:
    case base::Code::kForbidden:
    case base::Code::kUnauthenticated:
    case base::Code::kCancelled:
      return true;
    default:
      return false;
  }
}

}  // namespace

base::Outcome LineSplitter::feed(std::string_view bytes) {
  buffer_.erase(0, start_);
  scanned_ -= start_;
  start_ = 0;
  // Lines still in the buffer do not count: only an unfinished line may grow from call to call.
  const auto last = bytes.rfind('\n');
  const std::size_t unfinished =
      last == std::string_view::npos ? buffer_.size() + bytes.size() : bytes.size() - last - 1;
  buffer_.reserve(buffer_.size() + bytes.size() + kPadding);
  buffer_.append(bytes);
  if (unfinished > max_line_) {
    return base::fail(base::Code::kMalformed,
                      "a watch event is longer than " + std::to_string(max_line_) + " bytes");
  }
  return {};
}

bool LineSplitter::next(std::string_view& line) {
  const auto end = buffer_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = buffer_.size();
    return false;
  }
  line = std::string_view(buffer_).substr(start_, end - start_);
  start_ = scanned_ = end + 1;
  return true;
}

WatchMachine::WatchMachine(std::uint64_t seed) : backoff_(kFirstWait, kLongestWait, seed) {}

void WatchMachine::listed(std::string_view resource_version) {
  state_ = State::kWatch;
  version_ = resource_version;
  list_version_ = version_;
  // The backoff is not reset: a list that works and a watch that always fails must not alternate without a
  // pause.
  wait_ = std::chrono::milliseconds(0);
}

void WatchMachine::list_failed(const base::Status& status) {
  state_ = State::kList;
  // Malformed may be a reply above the size bound: a consistent read comes in pages, a cached one does not.
  const bool cached_read = !list_version_.empty();
  if (status.is(base::Code::kExpired) || status.is(base::Code::kMalformed)) list_version_.clear();
  const auto pause = backoff_.next();
  if (status.is(base::Code::kExpired) && cached_read) {
    wait_ = std::chrono::milliseconds(0);
  } else {
    wait_ = std::max(pause, status.retry_after.value_or(std::chrono::milliseconds(0)));
  }
}

void WatchMachine::progressed(std::string_view resource_version) {
  if (resource_version.empty()) return;
  version_ = resource_version;
  list_version_ = version_;
  wait_ = std::chrono::milliseconds(0);
  backoff_.reset();
}

void WatchMachine::watch_ended(std::chrono::milliseconds lasted, std::size_t events) {
  if (lasted < kShortWatch && events == 0) {
    wait_ = backoff_.next();
    return;
  }
  wait_ = std::chrono::milliseconds(0);
  backoff_.reset();
}

void WatchMachine::watch_failed(const base::Status& status) {
  const bool first = backoff_.attempts() == 0;
  const auto pause = backoff_.next();
  if (!may_resume(status.code)) state_ = State::kList;
  if (status.is(base::Code::kExpired) && first) {
    wait_ = std::chrono::milliseconds(0);  // one 410 is normal; a repeated one is not
  } else {
    wait_ = std::max(pause, status.retry_after.value_or(std::chrono::milliseconds(0)));
  }
}

}  // namespace kube
