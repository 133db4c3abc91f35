#include "extender/wire.h"

#include <optional>
#include <utility>

#include "extender/wire_pod.h"
#include "kube/core/json_read.h"

namespace extender {
namespace {

/// Buffers for larger requests than this are given back before the next one.
constexpr std::size_t kKeptCapacity = 256u << 10;

auto malformed(std::string text) { return base::fail(base::Code::kMalformed, std::move(text)); }

base::Result<std::string_view> read_text(kube::JsonValue value, std::string_view what) {
  std::string_view text;
  if (value.get_string().get(text)) return malformed(std::string(what) + " is not a string");
  return text;
}

base::Outcome read_names(kube::JsonValue value, std::optional<std::vector<std::string_view>>& out) {
  auto read = kube::for_each_element(value, [&](kube::JsonValue element) -> base::Outcome {
    auto name = read_text(element, "an element of NodeNames");
    if (!name) return base::fail(std::move(name.error()));
    out->push_back(*name);
    return {};
  });
  if (!read) return base::fail(std::move(read.error()).with_context("NodeNames"));
  return {};
}

bool is_null(kube::JsonValue value) {
  bool null = false;
  return !value.is_null().get(null) && null;
}

base::Outcome read_pod_into(kube::JsonValue value, std::optional<PodFacts>& out) {
  auto pod = read_pod(value);
  if (!pod) return base::fail(std::move(pod.error()).with_context("Pod"));
  out = std::move(*pod);
  return {};
}

/// A victim: MetaPod {"UID": ...} or a whole Pod {"metadata": {"uid": ...}}.
base::Result<std::string_view> read_victim(kube::JsonValue value) {
  std::string_view uid;
  kube::JsonObject object;
  if (value.get_object().get(object)) return malformed("a victim is not an object");
  auto take = [&](kube::JsonValue field) -> base::Outcome {
    auto text = read_text(field, "the UID of a victim");
    if (!text) return base::fail(std::move(text.error()));
    uid = *text;
    return {};
  };
  auto read = kube::for_each_field(object, [&](std::string_view key, kube::JsonValue field) -> base::Outcome {
    if (key == "UID") return take(field);
    if (key != "metadata") return {};
    kube::JsonObject metadata;
    if (field.get_object().get(metadata)) return malformed("metadata of a victim is not an object");
    return kube::for_each_field(metadata, [&](std::string_view name, kube::JsonValue inner) -> base::Outcome {
      return name == "uid" ? take(inner) : base::Outcome{};
    });
  });
  if (!read) return base::fail(std::move(read.error()));
  return uid;
}

base::Outcome read_victims(kube::JsonValue value, Victims& out) {
  kube::JsonObject object;
  if (value.get_object().get(object)) return malformed("the victims of a node are not an object");
  return kube::for_each_field(object, [&](std::string_view key, kube::JsonValue field) -> base::Outcome {
    if (key == "NumPDBViolations") return kube::assign(out.disruptions, kube::read_int(field));
    if (key != "Pods") return {};
    return kube::for_each_element(field, [&](kube::JsonValue element) -> base::Outcome {
      auto uid = read_victim(element);
      if (!uid) return base::fail(std::move(uid.error()));
      out.uids.push_back(*uid);
      return {};
    });
  });
}

base::Outcome read_victim_map(kube::JsonValue value, std::optional<std::vector<Victims>>& out) {
  kube::JsonObject object;
  if (value.get_object().get(object)) return malformed("the map of victims is not an object");
  out.emplace();
  return kube::for_each_field(object, [&](std::string_view node, kube::JsonValue field) -> base::Outcome {
    out->emplace_back().node = node;
    return read_victims(field, out->back());
  });
}

}  // namespace

template <typename Visit>
base::Outcome WireReader::read_fields(std::string_view body, Visit visit) {
  if (parser_.capacity() > kKeptCapacity) parser_ = simdjson::ondemand::parser();
  simdjson::ondemand::document document;
  kube::JsonObject object;
  const simdjson::padded_string_view padded(body.data(), body.size(),
                                            body.size() + simdjson::SIMDJSON_PADDING);
  if (auto error = parser_.iterate(padded).get(document)) {
    return malformed(std::string("the request is not JSON: ") + simdjson::error_message(error));
  }
  if (document.get_object().get(object)) return malformed("the request is not a JSON object");
  auto read = kube::for_each_field(object, visit);
  if (!read) return read;
  const char* rest = nullptr;
  if (!document.current_location().get(rest)) return malformed("the request goes on after its JSON object");
  return {};
}

base::Result<FilterRequest> WireReader::read_filter(std::string_view body) {
  std::optional<PodFacts> pod;
  std::optional<std::vector<std::string_view>> nodes;
  bool whole_nodes = false;
  auto read = read_fields(body, [&](std::string_view key, kube::JsonValue value) -> base::Outcome {
    if (key == "Pod") return read_pod_into(value, pod);
    if (key == "Nodes") whole_nodes = !is_null(value);
    if (key != "NodeNames" || is_null(value)) return {};
    nodes.emplace();
    return read_names(value, nodes);
  });
  if (!read) return base::fail(std::move(read.error()));
  if (!pod) return malformed("Pod is missing");
  if (!nodes && whole_nodes) {
    return base::fail(base::Code::kInvalid,
                      "the request has Nodes: configure nodeCacheCapable: true for this extender");
  }
  if (!nodes) return malformed("NodeNames is missing");
  return FilterRequest{std::move(*pod), std::move(*nodes)};
}

base::Result<PreemptRequest> WireReader::read_preempt(std::string_view body) {
  std::optional<PodFacts> pod;
  std::optional<std::vector<Victims>> meta;
  std::optional<std::vector<Victims>> whole;
  auto read = read_fields(body, [&](std::string_view key, kube::JsonValue value) -> base::Outcome {
    if (key == "Pod") return read_pod_into(value, pod);
    if (key == "NodeNameToMetaVictims" && !is_null(value)) return read_victim_map(value, meta);
    if (key == "NodeNameToVictims" && !is_null(value)) return read_victim_map(value, whole);
    return {};
  });
  if (!read) return base::fail(std::move(read.error()));
  if (!pod) return malformed("Pod is missing");
  if (!meta && !whole) return malformed("NodeNameToMetaVictims is missing");
  return PreemptRequest{std::move(*pod), std::move(meta ? *meta : *whole)};
}

}  // namespace extender
