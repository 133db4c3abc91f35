#include "api/lambda_feed.h"

#include <string>
#include <utility>

#include "api/feed_json.h"

namespace api {
namespace {

using kube::JsonValue;

constexpr std::int64_t kCentsPerDollar = 100;
constexpr std::int64_t kMostGpus = 64;
constexpr std::size_t kMostRegions = 64;

/// One value of `data`, as it stands there.
struct Line {
  std::string name;
  std::string gpu_description;
  market::Money cents_per_hour;
  std::int64_t gpus = 0;
  std::vector<std::string> regions;
};

base::Outcome read_instance_type(JsonValue value, Line& line) {
  return kube::for_each_field_in(value, [&](std::string_view key, JsonValue field) -> base::Outcome {
    if (key == "name") return kube::assign(line.name, kube::read_string(field));
    if (key == "gpu_description") return kube::assign(line.gpu_description, kube::read_string(field));
    if (key == "price_cents_per_hour") return kube::assign(line.cents_per_hour, read_price(field));
    if (key != "specs") return {};
    return kube::for_each_field_in(field, [&](std::string_view spec, JsonValue number) -> base::Outcome {
      return spec == "gpus" ? kube::assign(line.gpus, kube::read_int(number)) : base::Outcome{};
    });
  });
}

base::Outcome read_region_name(JsonValue value, std::vector<std::string>& regions) {
  return kube::for_each_field_in(value, [&](std::string_view key, JsonValue field) -> base::Outcome {
    if (key != "name") return {};
    auto name = kube::read_string(field);
    if (!name) return base::fail(std::move(name.error()));
    if (!is_plain_name(*name) || regions.size() >= kMostRegions) {
      return base::fail(base::Code::kMalformed, "not a region");
    }
    regions.push_back(std::move(*name));
    return {};
  });
}

base::Outcome read_line(JsonValue value, Line& line) {
  return kube::for_each_field_in(value, [&](std::string_view key, JsonValue field) -> base::Outcome {
    if (key == "instance_type") return read_instance_type(field, line);
    if (key != "regions_with_capacity_available") return {};
    return kube::for_each_element(field,
                                  [&](JsonValue element) { return read_region_name(element, line.regions); });
  });
}

/// "H100 (80 GB SXM5)" with the size in one word, as product labels have it.
std::string as_product(std::string text) {
  for (auto at = text.find(" GB"); at != std::string::npos; at = text.find(" GB", at + 1)) {
    if (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9') text.erase(at, 1);
  }
  return text;
}

market::GpuIdentity identify(const Line& line) {
  auto gpu = market::identify_gpu(as_product(line.gpu_description), 0);
  return gpu.model.empty() ? market::identify_gpu(line.name, 0) : gpu;
}

base::Outcome add_line(const base::Outcome& read, Line line, market::FeedSnapshot& feed) {
  const bool sound = read && is_plain_name(line.name) && line.gpus >= 0 && line.gpus <= kMostGpus;
  if (!sound) {
    ++feed.unreadable;
    return {};
  }
  auto gpu = identify(line);
  if (line.gpus == 0 || gpu.model.empty()) {
    ++feed.unknown;
    return {};
  }
  if (line.cents_per_hour.micros == 0) {
    ++feed.unreadable;
    return {};
  }
  market::FeedEntry entry;
  entry.instance = std::move(line.name);
  entry.gpu = std::move(gpu);
  entry.gpus_per_instance = line.gpus;
  entry.per_gpu_hour = market::divide_up(line.cents_per_hour, kCentsPerDollar * line.gpus);
  entry.available_in = std::move(line.regions);
  return add_entry(feed, std::move(entry));
}

base::Result<market::FeedSnapshot> decode(kube::JsonObject& object) {
  market::FeedSnapshot feed;
  auto read = kube::for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key != "data") return {};
    return kube::for_each_field_in(value, [&](std::string_view name, JsonValue element) -> base::Outcome {
      Line line;
      line.name = name;
      const auto line_read = read_line(element, line);
      return add_line(line_read, std::move(line), feed);
    });
  });
  if (!read) return base::fail(std::move(read.error()));
  if (feed.entries.empty()) {
    return base::fail(base::Code::kMalformed, "the reply has no price of a GPU that Neoburst knows");
  }
  return feed;
}

}  // namespace

base::Result<market::FeedSnapshot> parse_lambda_instance_types(std::string_view body) {
  return kube::decode_text<market::FeedSnapshot>(body, decode);
}

}  // namespace api
