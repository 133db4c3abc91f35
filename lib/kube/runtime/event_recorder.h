#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kube/client/client.h"
#include "kube/core/meta.h"

namespace kube {

struct EventRef {
  std::string api_version;
  std::string kind;
  ObjectKey key;
  std::string uid;
};
enum class EventType { kNormal, kWarning };

/// Writes events.k8s.io/v1 events in the background: never blocks, drops when its queue (1000) is full. An
/// event equal in (type, reason, note, object) to one written in the last 10 minutes is dropped (series come
/// later). Thread-safe.
class EventRecorder {
 public:
  EventRecorder(Client& client, std::string controller, std::string instance);
  ~EventRecorder();
  /// `reason` is UpperCamelCase; `action` what was done; `note` at most 1024 bytes (cut).
  void record(const EventRef& object, EventType type, std::string reason, std::string action,
              std::string note);
  /// The same for what somebody else has seen `count` times in all. Writes one event per `key` and object,
  /// whichever process writes it and however often, with the count as its series from the second time on.
  /// `key` is valid in a DNS label. Not remembered: call it when the count has changed. Dropped when the
  /// queue is half full.
  void record_series(const EventRef& object, EventType type, std::string reason, std::string action,
                     std::string note, const std::string& key, std::int64_t count);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kube
