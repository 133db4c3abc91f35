#include "kube/core/watch_event.h"

#include "kube/core/request.h"

namespace kube {

namespace {

WatchEventType to_type(std::string_view text) {
  if (text == "ADDED") return WatchEventType::kAdded;
  if (text == "MODIFIED") return WatchEventType::kModified;
  if (text == "DELETED") return WatchEventType::kDeleted;
  if (text == "BOOKMARK") return WatchEventType::kBookmark;
  if (text == "ERROR") return WatchEventType::kError;
  return WatchEventType::kUnknown;
}

base::Outcome peek_version(JsonValue object_value, std::string& version) {
  auto object = read_object(object_value);
  if (!object) return base::fail(std::move(object.error()));
  if (!*object) return {};
  JsonValue value;
  if ((*object)->find_field_unordered("metadata").get(value)) return {};
  auto metadata = read_object(value);
  if (!metadata) return base::fail(std::move(metadata.error()));
  if (!*metadata || (*metadata)->find_field_unordered("resourceVersion").get(value)) return {};
  return assign(version, read_string(value));
}

}  // namespace

base::Outcome WatchEventReader::peek(JsonObject& event, WatchEvent& out) {
  return for_each_field(event, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "type") {
      auto type = read_string(value);
      if (!type) return base::fail(std::move(type.error()));
      out.type = to_type(*type);
      return {};
    }
    if (key == "object") return peek_version(value, out.resource_version);
    return {};
  });
}

base::Result<WatchEvent> WatchEventReader::read(std::string_view line) {
  JsonObject object;
  const auto capacity = line.size() + simdjson::SIMDJSON_PADDING;
  if (parser_.iterate(line.data(), line.size(), capacity).get(document_) ||
      document_.get_object().get(object)) {
    return base::fail(base::Code::kMalformed, "a watch event is not a JSON object");
  }
  WatchEvent event;
  auto peeked = peek(object, event);
  if (!peeked) return base::fail(std::move(peeked.error()));
  return event;
}

base::Outcome WatchEventReader::visit_object(const std::function<base::Outcome(JsonObject&)>& visit) {
  document_.rewind();
  JsonObject event;
  JsonObject object;
  if (document_.get_object().get(event) || event.find_field_unordered("object").get_object().get(object)) {
    return base::fail(base::Code::kMalformed, "a watch event holds no object");
  }
  return visit(object);
}

base::Status WatchEventReader::read_error(std::string_view line) {
  // Rare, so a little copying is fine: the Status goes through the same table as a refused request.
  net::HttpResponse reply;
  reply.status = 500;
  auto visited = visit_object([&](JsonObject& object) -> base::Outcome {
    std::string_view raw;
    if (object.raw_json().get(raw)) return base::fail(base::Code::kMalformed, "bad Status");
    reply.body = std::string(raw);
    return {};
  });
  if (visited) {
    visited = visit_object([&](JsonObject& object) {
      return for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
        if (key != "code") return {};
        auto code = read_int(value);
        if (code && *code >= 400 && *code < 600) reply.status = static_cast<int>(*code);
        return {};
      });
    });
  }
  auto outcome = check_reply(reply);
  if (!visited || outcome)
    return {base::Code::kUnavailable, "a watch error of " + std::to_string(line.size()) + " bytes"};
  return std::move(outcome.error()).with_context("watch");
}

}  // namespace kube
