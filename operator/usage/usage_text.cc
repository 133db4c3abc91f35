#include "operator/usage/usage_text.h"

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/time_text.h"

namespace op {
namespace {

using nlohmann::json;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? "\\n" : std::string(1, c);
  }
  return out;
}

std::int64_t milliseconds_of(base::Time t) {
  return std::chrono::floor<std::chrono::milliseconds>(t).time_since_epoch().count();
}

/// Seconds with all nine digits behind the point: metrics-server reads them back as nanoseconds.
std::string seconds_of(std::int64_t nanoseconds) {
  char text[40];
  std::snprintf(text, sizeof text, "%lld.%09lld", static_cast<long long>(nanoseconds / 1'000'000'000),
                static_cast<long long>(nanoseconds % 1'000'000'000));
  return text;
}

class Text {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    text_ += "# HELP " + std::string(name) + " [STABLE] " + std::string(help) + "\n# TYPE " +
             std::string(name) + " " + std::string(type) + "\n";
  }
  void sample(std::string_view name, const std::string& labels, const std::string& value, base::Time at) {
    text_ += std::string(name) + (labels.empty() ? "" : "{" + labels + "}") + " " + value + " " +
             std::to_string(milliseconds_of(at)) + "\n";
  }
  void plain(std::string_view name, std::string_view value) {
    text_ += std::string(name) + " " + std::string(value) + "\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string pod_labels(const PodUsage& pod) {
  return "namespace=\"" + escaped(pod.ns) + "\",pod=\"" + escaped(pod.name) + "\"";
}

std::string container_labels(const PodUsage& pod, const ContainerUsage& container) {
  return "container=\"" + escaped(container.name) + "\"," + pod_labels(pod);
}

/// Never overflows, whatever a provider reports.
void add_to(std::int64_t& sum, std::int64_t more) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  sum = sum > kMost - more ? kMost : sum + more;
}

/// All containers of a pod, or of a node.
struct Sum {
  base::Time at = {};
  std::int64_t nano_cores = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t cpu_nanoseconds = 0;

  void add(const ContainerUsage& container) {
    at = std::max(at, container.at);
    add_to(nano_cores, container.nano_cores);
    add_to(memory_bytes, container.memory_bytes);
    add_to(cpu_nanoseconds, container.cpu_nanoseconds);
  }
};

Sum sum_of(const PodUsage& pod) {
  Sum sum;
  for (const auto& container : pod.containers) sum.add(container);
  return sum;
}

Sum sum_of(const NodeUsage& node) {
  Sum sum;
  for (const auto& pod : node.pods) {
    for (const auto& container : pod.containers) sum.add(container);
  }
  sum.cpu_nanoseconds = node.cpu_nanoseconds;
  return sum;
}

void for_each_container(const NodeUsage& node,
                        const std::function<void(const PodUsage&, const ContainerUsage&)>& visit) {
  for (const auto& pod : node.pods) {
    for (const auto& container : pod.containers) visit(pod, container);
  }
}

void write_containers(Text& text, const NodeUsage& usage) {
  text.family("container_cpu_usage_seconds_total", "counter",
              "Cumulative cpu time consumed by the container in core-seconds");
  for_each_container(usage, [&](const PodUsage& pod, const ContainerUsage& c) {
    text.sample("container_cpu_usage_seconds_total", container_labels(pod, c), seconds_of(c.cpu_nanoseconds),
                c.at);
  });
  text.family("container_memory_working_set_bytes", "gauge", "Current working set of the container in bytes");
  for_each_container(usage, [&](const PodUsage& pod, const ContainerUsage& c) {
    text.sample("container_memory_working_set_bytes", container_labels(pod, c),
                std::to_string(c.memory_bytes), c.at);
  });
  text.family("container_start_time_seconds", "gauge",
              "Start time of the container since unix epoch in seconds");
  for_each_container(usage, [&](const PodUsage& pod, const ContainerUsage& c) {
    if (!c.started) return;
    const auto since_epoch =
        std::chrono::duration_cast<std::chrono::nanoseconds>(c.started->time_since_epoch());
    text.plain("container_start_time_seconds{" + container_labels(pod, c) + "}",
               seconds_of(since_epoch.count()));
  });
}

void write_node(Text& text, const NodeUsage& usage) {
  const Sum sum = sum_of(usage);
  text.family("node_cpu_usage_seconds_total", "counter",
              "Cumulative cpu time consumed by the node in core-seconds");
  if (!usage.pods.empty())
    text.sample("node_cpu_usage_seconds_total", "", seconds_of(sum.cpu_nanoseconds), sum.at);
  text.family("node_memory_working_set_bytes", "gauge", "Current working set of the node in bytes");
  if (!usage.pods.empty())
    text.sample("node_memory_working_set_bytes", "", std::to_string(sum.memory_bytes), sum.at);
}

void write_pods(Text& text, const NodeUsage& usage) {
  text.family("pod_cpu_usage_seconds_total", "counter",
              "Cumulative cpu time consumed by the pod in core-seconds");
  for (const auto& pod : usage.pods) {
    const Sum sum = sum_of(pod);
    text.sample("pod_cpu_usage_seconds_total", pod_labels(pod), seconds_of(sum.cpu_nanoseconds), sum.at);
  }
  text.family("pod_memory_working_set_bytes", "gauge", "Current working set of the pod in bytes");
  for (const auto& pod : usage.pods) {
    const Sum sum = sum_of(pod);
    text.sample("pod_memory_working_set_bytes", pod_labels(pod), std::to_string(sum.memory_bytes), sum.at);
  }
}

json cpu_json(const Sum& sum) {
  return {{"time", base::format_time(sum.at)},
          {"usageNanoCores", sum.nano_cores},
          {"usageCoreNanoSeconds", sum.cpu_nanoseconds}};
}

json memory_json(const Sum& sum) {
  return {{"time", base::format_time(sum.at)}, {"workingSetBytes", sum.memory_bytes}};
}

json container_json(const ContainerUsage& container) {
  Sum sum;
  sum.add(container);
  json out{{"name", container.name}, {"cpu", cpu_json(sum)}, {"memory", memory_json(sum)}};
  if (container.started) out["startTime"] = base::format_time(*container.started);
  return out;
}

json pod_json(const PodUsage& pod) {
  const Sum sum = sum_of(pod);
  json out{{"podRef", {{"name", pod.name}, {"namespace", pod.ns}, {"uid", pod.uid}}},
           {"containers", json::array()},
           {"cpu", cpu_json(sum)},
           {"memory", memory_json(sum)}};
  if (pod.started) out["startTime"] = base::format_time(*pod.started);
  for (const auto& container : pod.containers) out["containers"].push_back(container_json(container));
  return out;
}

}  // namespace

std::string resource_metrics_text(const NodeUsage& usage) {
  Text text;
  write_containers(text, usage);
  write_node(text, usage);
  write_pods(text, usage);
  text.family("resource_scrape_error", "gauge",
              "1 if there was an error while getting container metrics, 0 otherwise");
  text.plain("resource_scrape_error", "0");
  return text.take();
}

std::string summary_text(const NodeUsage& usage) {
  json node{{"nodeName", usage.node}, {"startTime", base::format_time(usage.started)}};
  if (!usage.pods.empty()) {
    node["cpu"] = cpu_json(sum_of(usage));
    node["memory"] = memory_json(sum_of(usage));
  }
  json pods = json::array();
  for (const auto& pod : usage.pods) pods.push_back(pod_json(pod));
  return json{{"node", std::move(node)}, {"pods", std::move(pods)}}.dump();
}

}  // namespace op
