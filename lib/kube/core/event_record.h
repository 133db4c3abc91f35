#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kube/core/json_read.h"
#include "kube/core/meta.h"

namespace kube {

/// What is kept of an Event (core/v1): about which object it is, and what it says. Texts are as the API
/// server holds them (reason 128, message 1024 bytes), cut where one breaks that rule.
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
