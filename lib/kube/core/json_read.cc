#include "kube/core/json_read.h"

#include <algorithm>

#include "base/time_text.h"

namespace kube {

namespace {

auto malformed(simdjson::error_code error) {
  return base::fail(base::Code::kMalformed, std::string("JSON: ") + simdjson::error_message(error));
}

/// Reads `value` into `out` unless it is null, which leaves `out` as it is.
template <typename T>
base::Outcome read_into(JsonValue& value, T& out) {
  bool null = false;
  if (auto error = value.is_null().get(null)) return malformed(error);
  if (null) return {};
  if (auto error = value.get(out)) return malformed(error);
  return {};
}

base::Result<OwnerReference> read_owner(JsonValue element) {
  OwnerReference owner;
  JsonObject object;
  if (auto error = element.get_object().get(object)) return malformed(error);
  auto read = for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "kind") return assign(owner.kind, read_string(value));
    if (key == "name") return assign(owner.name, read_string(value));
    if (key == "uid") return assign(owner.uid, read_string(value));
    if (key == "controller") return assign(owner.controller, read_bool(value));
    return {};
  });
  if (!read) return base::fail(std::move(read.error()));
  return owner;
}

base::Result<StringMap> read_chosen(JsonValue value, bool (*keep)(std::string_view key)) {
  StringMap map;
  auto read = for_each_field_in(value, [&](std::string_view key, JsonValue item) -> base::Outcome {
    if (keep != nullptr && !keep(key)) return {};
    std::string name(key);
    auto text = read_string(item);
    if (!text) return base::fail(std::move(text.error()));
    map.emplace_back(std::move(name), std::move(*text));
    return {};
  });
  if (!read) return base::fail(std::move(read.error()));
  std::sort(map.begin(), map.end());
  map.shrink_to_fit();
  return map;
}

base::Outcome read_meta_field(ObjectMeta& meta, std::string_view key, JsonValue value,
                              bool (*keep_annotation)(std::string_view key)) {
  if (key == "name") return assign(meta.name, read_string(value));
  if (key == "namespace") return assign(meta.ns, read_string(value));
  if (key == "uid") return assign(meta.uid, read_string(value));
  if (key == "resourceVersion") return assign(meta.resource_version, read_string(value));
  if (key == "generation") return assign(meta.generation, read_int(value));
  if (key == "creationTimestamp") return assign(meta.created, read_time(value));
  if (key == "deletionTimestamp") return assign(meta.deleting_since, read_time(value));
  if (key == "deletionGracePeriodSeconds") {
    bool null = false;
    if (auto error = value.is_null().get(null)) return malformed(error);
    if (null) return {};
    return assign(meta.deletion_grace_seconds, read_int(value));
  }
  if (key == "labels") return assign(meta.labels, read_string_map(value));
  if (key == "annotations" && keep_annotation != nullptr) {
    return assign(meta.annotations, read_chosen(value, keep_annotation));
  }
  if (key == "finalizers") {
    return for_each_element(value, [&](JsonValue) -> base::Outcome {
      meta.has_finalizers = true;
      return {};
    });
  }
  if (key == "ownerReferences") {
    return for_each_element(value, [&](JsonValue element) -> base::Outcome {
      auto owner = read_owner(element);
      if (!owner) return base::fail(std::move(owner.error()));
      meta.owners.push_back(std::move(*owner));
      return {};
    });
  }
  return {};
}

}  // namespace

base::Outcome for_each_field(
    JsonObject& object, const std::function<base::Outcome(std::string_view key, JsonValue value)>& visit) {
  for (auto entry : object) {
    simdjson::ondemand::field field;
    if (auto error = std::move(entry).get(field)) return malformed(error);
    std::string_view key;
    if (auto error = field.unescaped_key().get(key)) return malformed(error);
    auto visited = visit(key, field.value());
    if (!visited) return visited;
  }
  return {};
}

base::Outcome for_each_field_in(
    JsonValue value, const std::function<base::Outcome(std::string_view key, JsonValue value)>& visit) {
  auto object = read_object(value);
  if (!object) return base::fail(std::move(object.error()));
  if (!*object) return {};
  return for_each_field(**object, visit);
}

base::Outcome for_each_element(JsonValue array,
                               const std::function<base::Outcome(JsonValue element)>& visit) {
  bool null = false;
  if (auto error = array.is_null().get(null)) return malformed(error);
  if (null) return {};
  simdjson::ondemand::array elements;
  if (auto error = array.get_array().get(elements)) return malformed(error);
  for (auto entry : elements) {
    JsonValue element;
    if (auto error = std::move(entry).get(element)) return malformed(error);
    auto visited = visit(element);
    if (!visited) return visited;
  }
  return {};
}

base::Result<std::string> read_string(JsonValue value) {
  std::string_view text;
  auto read = read_into(value, text);
  if (!read) return base::fail(std::move(read.error()));
  return std::string(text);
}

base::Result<std::int64_t> read_int(JsonValue value) {
  std::int64_t number = 0;
  auto read = read_into(value, number);
  if (!read) return base::fail(std::move(read.error()));
  return number;
}

base::Result<bool> read_bool(JsonValue value) {
  bool flag = false;
  auto read = read_into(value, flag);
  if (!read) return base::fail(std::move(read.error()));
  return flag;
}

base::Result<std::optional<JsonObject>> read_object(JsonValue value) {
  bool null = false;
  if (auto error = value.is_null().get(null)) return malformed(error);
  if (null) return std::optional<JsonObject>();
  JsonObject object;
  if (auto error = value.get_object().get(object)) return malformed(error);
  return std::optional<JsonObject>(object);
}

base::Result<StringMap> read_string_map(JsonValue value) { return read_chosen(value, nullptr); }

base::Result<std::optional<base::Time>> read_time(JsonValue value) {
  std::string_view text;
  auto read = read_into(value, text);
  if (!read) return base::fail(std::move(read.error()));
  if (text.empty()) return std::optional<base::Time>();
  auto time = base::parse_time(text);
  if (!time) return base::fail(base::Code::kMalformed, std::move(time.error().message));
  return std::optional<base::Time>(*time);
}

base::Result<ObjectMeta> read_meta(JsonValue metadata, bool (*keep_annotation)(std::string_view key)) {
  ObjectMeta meta;
  JsonObject object;
  if (auto error = metadata.get_object().get(object)) return malformed(error);
  auto read = for_each_field(object, [&](std::string_view key, JsonValue value) {
    return read_meta_field(meta, key, value, keep_annotation);
  });
  if (!read) return base::fail(std::move(read.error()).with_context("metadata"));
  if (meta.name.empty()) return base::fail(base::Code::kMalformed, "metadata.name is missing");
  return meta;
}

}  // namespace kube
