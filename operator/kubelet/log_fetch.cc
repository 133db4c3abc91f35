#include "operator/kubelet/log_fetch.h"

#include <array>
#include <utility>

#include "operator/kubelet/log_tail.h"

namespace op {
namespace {

/// A line with its time is never shorter, so that so many lines are enough for the bytes that are wanted.
constexpr std::size_t kShortestLine = 22;

net::HttpRequest log_request(const RemoteContainer& which, std::size_t bytes,
                             std::chrono::milliseconds patience) {
  net::HttpRequest request;
  request.target = kube::kPods.path(which.ns, which.pod, "log") +
                   "?container=" + net::encode_query_value(which.container) +
                   "&timestamps=true&tailLines=" + std::to_string(bytes / kShortestLine + 1);
  request.headers.push_back({"Accept", "*/*"});
  request.timeout = patience;
  return request;
}

}  // namespace

base::Result<std::string> fetch_log_tail(kube::Client& provider, const RemoteContainer& which,
                                         std::size_t bytes, std::chrono::milliseconds patience,
                                         std::stop_token stop) {
  const auto until = std::chrono::steady_clock::now() + patience;
  auto stream = provider.open_stream(log_request(which, bytes, patience), stop);
  if (!stream) return base::fail(std::move(stream.error()));
  LogTail tail(bytes);
  std::array<char, 16u << 10> chunk{};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return base::fail(base::Code::kDeadline, "the log does not end");
    const auto read = (*stream)->read_some(chunk, left, stop);
    if (!read) return base::fail(read.error());
    if (*read == 0) return tail.text();
    tail.append({chunk.data(), *read});
  }
}

}  // namespace op
