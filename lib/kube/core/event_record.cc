#include "kube/core/event_record.h"

#include <algorithm>
#include <limits>

namespace kube {

namespace {

constexpr std::size_t kMaxReason = 128;
constexpr std::size_t kMaxEventMessage = 1024;

base::Outcome read_cut(JsonValue value, std::string& out, std::size_t bytes) {
  auto text = read_string(value);
  if (!text) return base::fail(std::move(text.error()));
  out = text->substr(0, bytes);
  return {};
}

base::Outcome read_latest(JsonValue value, std::optional<base::Time>& latest) {
  auto time = read_time(value);
  if (!time) return base::fail(std::move(time.error()));
  if (*time && (!latest || **time > *latest)) latest = *time;
  return {};
}

base::Outcome read_about(JsonValue value, EventRecord& event) {
  return for_each_field_in(value, [&](std::string_view key, JsonValue field) -> base::Outcome {
    if (key == "kind") return assign(event.kind, read_string(field));
    if (key == "namespace") return assign(event.about.ns, read_string(field));
    if (key == "name") return assign(event.about.name, read_string(field));
    if (key == "uid") return assign(event.about_uid, read_string(field));
    return {};
  });
}

/// Events of the old style count in `count`, those of the new style in `series`.
base::Outcome read_count(JsonValue value, EventRecord& event) {
  auto count = read_int(value);
  if (!count) return base::fail(std::move(count.error()));
  event.count = std::clamp<std::int64_t>(*count, event.count, std::numeric_limits<std::int32_t>::max());
  return {};
}

base::Outcome read_series(JsonValue value, EventRecord& event) {
  return for_each_field_in(value, [&](std::string_view key, JsonValue field) -> base::Outcome {
    if (key == "count") return read_count(field, event);
    if (key == "lastObservedTime") return read_latest(field, event.last_observed);
    return {};
  });
}

}  // namespace

base::Result<EventRecord> decode_event(JsonObject& object) {
  EventRecord event;
  auto read = for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "metadata") return assign(event.meta, read_meta(value, nullptr));
    if (key == "involvedObject") return read_about(value, event);
    if (key == "type") return assign(event.type, read_string(value));
    if (key == "reason") return read_cut(value, event.reason, kMaxReason);
    if (key == "message") return read_cut(value, event.message, kMaxEventMessage);
    if (key == "count") return read_count(value, event);
    if (key == "series") return read_series(value, event);
    if (key == "eventTime" || key == "firstTimestamp" || key == "lastTimestamp")
      return read_latest(value, event.last_observed);
    return {};
  });
  if (!read) return base::fail(std::move(read.error()).with_context("event " + event.meta.key().text()));
  if (event.meta.name.empty()) return base::fail(base::Code::kMalformed, "event without metadata");
  return event;
}

}  // namespace kube
