#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/records.h"
#include "base/clock.h"
#include "kube/core/node_record.h"
#include "kube/core/pod_record.h"
#include "support/sandbox.h"

namespace testing_support {

enum class EventKind { kAdded, kModified, kDeleted };

/// One event of a watch.
template <typename Record>
struct Seen {
  EventKind kind = EventKind::kAdded;
  std::string cluster;
  base::Time at;             ///< when it came here
  std::int64_t version = 0;  ///< resourceVersion: orders all objects of one cluster
  std::shared_ptr<const Record> object;
};
using SeenPod = Seen<kube::PodRecord>;
using SeenConfigMap = Seen<kube::MetaRecord>;
using SeenBurst = Seen<api::BurstRecord>;

/// The watch events of the API servers, each list in the order of its watches (exact within one cluster).
struct History {
  std::vector<SeenPod> pods;               ///< of every cluster
  std::vector<SeenConfigMap> config_maps;  ///< of the providers
  std::vector<SeenBurst> bursts;           ///< of home
};

/// Watches pods everywhere, ConfigMaps at the providers and PodBursts at home from its construction
/// (everything that exists then comes as added) to its destruction. Throws std::runtime_error when the
/// watches do not begin.
class Recorder {
 public:
  using OnPod = std::function<void(const SeenPod&)>;
  /// `on_pod` runs on the watches' threads, one call at a time; quick.
  explicit Recorder(Sandbox& sandbox, OnPod on_pod = {});
  ~Recorder();

  History history() const;

 private:
  struct Watches;
  mutable std::mutex mutex_;
  History history_;
  OnPod on_pod_;
  std::unique_ptr<Watches> watches_;
};

}  // namespace testing_support
