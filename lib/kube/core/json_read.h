#pragma once

#include <simdjson.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "kube/core/meta.h"

namespace kube {

using JsonObject = simdjson::ondemand::object;
using JsonValue = simdjson::ondemand::value;

/// Makes a slim record from one object's JSON, in one forward pass. Malformed leaves the stream of objects
/// intact: the object is skipped and counted. Must not keep views into the JSON. Thread-safe (no state).
template <typename Record>
using Decoder = base::Result<Record> (*)(JsonObject& object);

/// Calls `visit(key, value)` for each field in document order. `visit` returns an Outcome; values it does not
/// read are skipped. Errors of simdjson come back as Malformed.
base::Outcome for_each_field(
    JsonObject& object, const std::function<base::Outcome(std::string_view key, JsonValue value)>& visit);
/// The same for the object in `value`; null reads as an object without fields, a wrong type is Malformed.
base::Outcome for_each_field_in(
    JsonValue value, const std::function<base::Outcome(std::string_view key, JsonValue value)>& visit);
base::Outcome for_each_element(JsonValue array, const std::function<base::Outcome(JsonValue element)>& visit);

/// null reads as the empty value in all of these; a wrong type is Malformed.
base::Result<std::string> read_string(JsonValue value);
base::Result<std::int64_t> read_int(JsonValue value);
base::Result<bool> read_bool(JsonValue value);
base::Result<StringMap> read_string_map(JsonValue value);
base::Result<std::optional<base::Time>> read_time(JsonValue value);
/// Moves a value just read into `target`; passes a failure on.
template <typename T, typename U>
base::Outcome assign(T& target, base::Result<U> read) {
  if (!read) return base::fail(std::move(read.error()));
  target = std::move(*read);
  return {};
}
/// The object in `value`; null reads as an absent one, a wrong type is Malformed.
base::Result<std::optional<JsonObject>> read_object(JsonValue value);
/// Decodes `metadata`, which must hold a name. Annotations are kept only where `keep_annotation` says so
/// (null keeps none).
base::Result<ObjectMeta> read_meta(JsonValue metadata, bool (*keep_annotation)(std::string_view key));

/// Decodes `text` as one JSON object with `decoder`; copies it into a padded buffer first. For single
/// objects.
template <typename Record>
base::Result<Record> decode_text(std::string_view text, Decoder<Record> decoder) {
  simdjson::padded_string padded(text);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(padded).get(document) || document.get_object().get(object)) {
    return base::fail(base::Code::kMalformed, "not a JSON object");
  }
  return decoder(object);
}

}  // namespace kube
