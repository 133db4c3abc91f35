#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kube/core/json_read.h"
#include "kube/core/meta.h"

namespace kube {

/// The kept part of an Event (core/v1): which object it is about, and what it says. Texts have the API
/// server's limits (reason 128, message 1024 bytes); a longer text is cut.
struct EventRecord {
  ObjectMeta meta;
  std::string kind;  ///< of the object it is about
  ObjectKey about;
  std::string about_uid;
  std::string type;  ///< "Normal", "Warning"
  std::string reason;
  std::string message;
  std::int64_t count = 1;                   ///< how often it happened
  std::optional<base::Time> last_observed;  ///< when it did last
};
base::Result<EventRecord> decode_event(JsonObject& object);

}  // namespace kube
