#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "kube/core/json_read.h"

namespace kube {

enum class WatchEventType { kAdded, kModified, kDeleted, kBookmark, kError, kUnknown };

/// What a watch event says besides its object.
struct WatchEvent {
  WatchEventType type = WatchEventType::kUnknown;
  /// metadata.resourceVersion of the object, "" where there is none.
  std::string resource_version;
};

/// Takes watch events apart without building a document. One pass finds type and version in any order of
/// the fields; then a decoder gets the object. Reuses its buffers from line to line. Not thread-safe.
class WatchEventReader {
 public:
  /// `line` is followed by at least 64 readable bytes (see LineSplitter). Malformed when it is not an event.
  base::Result<WatchEvent> read(std::string_view line);
  /// Gives the object of the line just read to `visit`. The line must still be there.
  base::Outcome visit_object(const std::function<base::Outcome(JsonObject&)>& visit);
  /// The failure that the Status of an ERROR event stands for.
  base::Status read_error(std::string_view line);

 private:
  base::Outcome peek(JsonObject& event, WatchEvent& out);
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
};

}  // namespace kube
