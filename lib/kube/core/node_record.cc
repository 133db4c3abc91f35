#include "kube/core/node_record.h"

#include "kube/core/pod_resources.h"

namespace kube {

namespace {

base::Outcome read_taint(JsonValue element, std::vector<NodeRecord::Taint>& out) {
  NodeRecord::Taint taint;
  auto read = for_each_field_in(element, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "key") return assign(taint.key, read_string(value));
    if (key == "value") return assign(taint.value, read_string(value));
    if (key == "effect") return assign(taint.effect, read_string(value));
    return {};
  });
  if (read) out.push_back(std::move(taint));
  return read;
}

base::Outcome read_readiness(JsonValue condition, bool& ready) {
  std::string type;
  std::string status;
  auto read = for_each_field_in(condition, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "type") return assign(type, read_string(value));
    if (key == "status") return assign(status, read_string(value));
    return {};
  });
  if (read && type == "Ready") ready = status == "True";
  return read;
}

base::Outcome read_address(JsonValue element, std::string& internal_ip) {
  std::string type;
  std::string address;
  auto read = for_each_field_in(element, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "type") return assign(type, read_string(value));
    if (key == "address") return assign(address, read_string(value));
    return {};
  });
  if (read && type == "InternalIP" && internal_ip.empty()) internal_ip = std::move(address);
  return read;
}

base::Outcome read_kubelet_port(JsonValue endpoints, std::int64_t& port) {
  return for_each_field_in(endpoints, [&](std::string_view name, JsonValue endpoint) -> base::Outcome {
    if (name != "kubeletEndpoint") return {};
    return for_each_field_in(endpoint, [&](std::string_view key, JsonValue value) -> base::Outcome {
      return key == "Port" ? assign(port, read_int(value)) : base::Outcome();
    });
  });
}

}  // namespace

std::int64_t NodeRecord::allocatable_of(std::string_view name) const { return amount_of(allocatable, name); }

base::Result<NodeRecord> decode_node(JsonObject& object) {
  NodeRecord node;
  auto read_spec = [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "unschedulable") return assign(node.unschedulable, read_bool(value));
    if (key == "taints") {
      return for_each_element(value, [&](JsonValue element) { return read_taint(element, node.taints); });
    }
    return {};
  };
  auto read_status = [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "allocatable") return assign(node.allocatable, read_extended_resources(value));
    if (key == "conditions") {
      return for_each_element(value, [&](JsonValue element) { return read_readiness(element, node.ready); });
    }
    if (key == "addresses") {
      return for_each_element(value,
                              [&](JsonValue element) { return read_address(element, node.internal_ip); });
    }
    if (key == "daemonEndpoints") return read_kubelet_port(value, node.kubelet_port);
    return {};
  };
  auto read = for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "metadata") return assign(node.meta, read_meta(value, nullptr));
    if (key == "spec") return for_each_field_in(value, read_spec);
    if (key == "status") return for_each_field_in(value, read_status);
    return {};
  });
  if (!read) return base::fail(std::move(read.error()).with_context("node " + node.meta.name));
  if (node.meta.name.empty()) return base::fail(base::Code::kMalformed, "node without metadata");
  return node;
}

base::Result<MetaRecord> decode_meta(JsonObject& object) {
  MetaRecord record;
  auto read = for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "metadata")
      return assign(record.meta, read_meta(value, [](std::string_view) { return true; }));
    return {};
  });
  if (!read) return base::fail(std::move(read.error()));
  if (record.meta.name.empty()) return base::fail(base::Code::kMalformed, "object without metadata");
  return record;
}

}  // namespace kube
