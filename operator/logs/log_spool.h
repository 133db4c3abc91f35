#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/status.h"
#include "operator/logs/log_query.h"

namespace op {

/// The last kLogBytes of each container of ended twins, as files. They stay for as long as the
/// home pod, whatever becomes of the twin. All together take `most_bytes` of the disk at most: the logs
/// that were written longest ago make room for new ones. Files are of mode 0600 and written whole or not at
/// all. Thread-safe; calls read and write the disk.
class LogSpool {
 public:
  static constexpr std::size_t kLogBytes = 256u << 10;
  static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

  /// `folder` is created when absent; "" keeps nothing. When a folder cannot be used, the log says so once
  /// and nothing is kept.
  explicit LogSpool(std::string folder, std::uint64_t most_bytes = kMostBytes);
  bool enabled() const { return !folder_.empty(); }

  /// Keeps the last kLogBytes of `stamped` (each line begins with its time). Invalid when `pod_uid` or
  /// `container` is not a valid name; Unavailable when the disk fails.
  base::Outcome save(const std::string& pod_uid, const std::string& container, std::string_view stamped);
  /// Whether a log is kept of this container; an empty log counts.
  bool has(const std::string& pod_uid, const std::string& container) const;
  /// NotFound when nothing is kept.
  base::Result<std::string> read(const std::string& pod_uid, const std::string& container,
                                 const LogQuery& query) const;
  /// The pod is gone.
  void remove(const std::string& pod_uid);
  /// Removes logs that belong to no pod of `pod_uids`; done once at the start.
  void keep_only(const std::set<std::string>& pod_uids);

 private:
  /// A log of this pod is about to be written and replaces `before` bytes.
  void make_room(const std::string& pod_uid, std::uint64_t before, std::uint64_t after);

  std::string folder_;
  const std::uint64_t most_bytes_;
  std::mutex mutex_;         ///< of the count, and of removing
  std::uint64_t bytes_ = 0;  ///< in all files
  bool told_ = false;
};

}  // namespace op
