#include "operator/logs/log_fetch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "operator/logs/log_tail.h"

namespace op {
namespace {

/// No line with its time is shorter, so this gives enough lines for the wanted bytes.
constexpr std::size_t kShortestLine = 22;
/// The first request asks for this many lines: at 175 bytes each they fill the kept part of a log. Dropped
/// bytes cost money, and take the time of others.
constexpr std::size_t kFirstLines = 1500;
constexpr std::size_t kMoreLines = 4;  ///< times as many, when they were too short

using Deadline = std::chrono::steady_clock::time_point;

std::chrono::milliseconds left_until(Deadline until) {
  return std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
}

net::HttpRequest log_request(const RemoteContainer& which, std::size_t lines,
                             std::chrono::milliseconds patience) {
  net::HttpRequest request;
  request.target = kube::kPods.path(which.ns, which.pod, "log") +
                   "?container=" + net::encode_query_value(which.container) +
                   "&timestamps=true&tailLines=" + std::to_string(lines);
  request.headers.push_back({"Accept", "*/*"});
  request.timeout = patience;
  return request;
}

/// The end of a log, and how much more there may be.
struct Fetched {
  std::string text;
  std::size_t lines = 0;
  std::size_t bytes = 0;  ///< received
};

base::Result<Fetched> fetch_lines(kube::Client& provider, const RemoteContainer& which, std::size_t lines,
                                  std::size_t bytes, Deadline until, const std::stop_token& stop) {
  auto stream = provider.open_stream(log_request(which, lines, left_until(until)), stop);
  if (!stream) return base::fail(std::move(stream.error()));
  LogTail tail(bytes);
  Fetched fetched;
  std::array<char, 16u << 10> chunk{};
  while (true) {
    const auto left = left_until(until);
    if (left.count() <= 0) return base::fail(base::Code::kDeadline, "the log does not end");
    const auto read = (*stream)->read_some(chunk, left, stop);
    if (!read) return base::fail(read.error());
    if (*read == 0) break;
    const std::string_view some(chunk.data(), *read);
    fetched.bytes += some.size();
    fetched.lines += static_cast<std::size_t>(std::ranges::count(some, '\n'));
    tail.append(some);
  }
  fetched.text = tail.text();
  return fetched;
}

}  // namespace

base::Result<std::string> fetch_log_tail(kube::Client& provider, const RemoteContainer& which,
                                         std::size_t bytes, std::chrono::milliseconds patience,
                                         std::stop_token stop) {
  const auto until = std::chrono::steady_clock::now() + patience;
  const std::size_t enough = bytes / kShortestLine + 1;
  std::size_t lines = std::min(kFirstLines, enough);
  auto last = fetch_lines(provider, which, lines, bytes, until, stop);
  // The last line may have no end.
  while (last && last->lines + 1 >= lines && last->bytes < bytes && lines < enough) {
    lines = std::min(lines * kMoreLines, enough);
    auto longer = left_until(until).count() > 0 ? fetch_lines(provider, which, lines, bytes, until, stop)
                                                : base::fail(base::Code::kDeadline, "the log does not end");
    if (!longer) break;  // a shorter end is better than none
    last = std::move(longer);
  }
  if (!last) return base::fail(std::move(last.error()));
  return std::move(last->text);
}

}  // namespace op
