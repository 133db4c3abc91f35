#include "base/metrics.h"

#include <prometheus/text_serializer.h>

namespace base {

prometheus::Registry& metrics() {
  // Never destroyed: threads that outlive main's statics may still count.
  static auto* const registry = new prometheus::Registry();
  return *registry;
}

std::string metrics_text() { return prometheus::TextSerializer().Serialize(metrics().Collect()); }

}  // namespace base
