#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "burst/copies.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// The copies of one home namespace at one provider: the root that owns and lists them, and they themselves.
/// The root lists a copy before the copy is made, and until it is gone, so that a crash between any two
/// requests leaves no unknown copy; Secrets need no right to be read or listed for that. An object that is
/// not ours by its labels is never changed. One for each place (see CopyStores). Not thread-safe: the caller
/// holds its mutex. It is held over requests, which have a few seconds each; a caller with other
/// work waits for it only so long.
///
/// What the root lists may be the provider's invention. Use it to find copies to remove, never to decide what
/// to write.
class CopyStore {
 public:
  explicit CopyStore(burst::CopyPlace place) : place_(std::move(place)) {}
  const burst::CopyPlace& place() const { return place_; }
  std::timed_mutex& mutex() { return mutex_; }

  /// Reads the root; its listed copies are then known. False when there is none.
  base::Result<bool> read_root(RemoteCluster& cluster);
  /// Makes sure that there is a root that lists `copies`, by compare-and-set. Sends no request when that was
  /// seen a moment ago. Invalid when a foreign ConfigMap has its name.
  base::Outcome list_copies(RemoteCluster& cluster, const std::vector<burst::Copy>& copies);
  /// Creates the copy or updates it from `source`; the root must list it. Sends nothing that was sent
  /// within `stands_for`. Invalid when a foreign object has its name.
  base::Outcome write(RemoteCluster& cluster, const burst::Copy& copy, const nlohmann::json& source,
                      std::chrono::milliseconds stands_for);
  /// Removes the copy, then its entry.
  base::Outcome remove(RemoteCluster& cluster, const burst::Copy& copy);
  /// Removes the root, unless it lists a copy by now.
  base::Outcome remove_root(RemoteCluster& cluster);
  /// What the root listed when it was last read or written.
  const std::vector<burst::Copy>& listed() const { return listed_; }
  bool lists(const burst::Copy& copy) const;
  bool has_root() const { return !root_uid_.empty(); }

  /// An object that uses these copies is about to be created: they count as used for `duration`.
  void use(const std::vector<burst::Copy>& copies, std::chrono::seconds duration);
  /// For how long nobody has used the copy, as far as this process has seen; negative while it counts as used
  /// by use() and was not seen in use yet. `used` says whether it is used now.
  std::chrono::milliseconds unused_for(const burst::Copy& copy, bool used);

 private:
  struct Sent {
    std::string digest;
    base::SteadyTime at;
  };
  std::string root_name() const;
  base::Outcome take_root(const nlohmann::json& root);
  base::Outcome create_root(RemoteCluster& cluster, const nlohmann::json& entries);
  base::Outcome patch_root(RemoteCluster& cluster, const nlohmann::json& entries);
  base::Outcome replace(RemoteCluster& cluster, const burst::Copy& copy, const nlohmann::json& object);

  const burst::CopyPlace place_;
  std::timed_mutex mutex_;
  std::string root_uid_;
  std::string root_version_;
  base::SteadyTime root_seen_{};
  std::vector<burst::Copy> listed_;
  std::map<std::string, Sent> sent_;                 ///< by root_key()
  std::map<std::string, base::SteadyTime> used_at_;  ///< by root_key()
};

/// All of them. Thread-safe.
class CopyStores {
 public:
  explicit CopyStores(std::string installation) : installation_(std::move(installation)) {}
  std::shared_ptr<CopyStore> of(const std::string& provider, const std::string& remote_namespace,
                                const std::string& home_namespace);

 private:
  const std::string installation_;
  std::mutex mutex_;
  std::map<std::vector<std::string>, std::shared_ptr<CopyStore>> stores_;
};

/// Why nothing was done at a place whose mutex others hold; `again` is when to try again, if not by backoff.
inline base::Status place_is_busy(std::optional<std::chrono::milliseconds> again = std::nullopt) {
  return {base::Code::kThrottled, "others are copying to the same place", again};
}

}  // namespace op
