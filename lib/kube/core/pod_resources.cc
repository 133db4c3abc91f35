#include "kube/core/pod_resources.h"

#include <algorithm>
#include <limits>

#include "kube/core/quantity.h"

namespace kube {

namespace {

using Amounts = std::vector<ResourceAmount>;

std::int64_t& slot(Amounts& amounts, const std::string& name) {
  for (auto& entry : amounts) {
    if (entry.name == name) return entry.amount;
  }
  return amounts.emplace_back(ResourceAmount{name, 0}).amount;
}

void add(Amounts& into, const Amounts& from) {
  for (const auto& [name, amount] : from) {
    auto& sum = slot(into, name);
    // A quantity saturates at the range of int64; so does their sum.
    if (__builtin_add_overflow(sum, amount, &sum)) sum = std::numeric_limits<std::int64_t>::max();
  }
}

void raise(Amounts& into, const Amounts& from) {
  for (const auto& [name, amount] : from) {
    auto& peak = slot(into, name);
    peak = std::max(peak, amount);
  }
}

struct Container {
  Amounts amounts;
  bool sidecar = false;
};

base::Outcome read_resources(JsonValue value, Amounts& out) {
  Amounts limits;
  auto read = for_each_field_in(value, [&](std::string_view key, JsonValue list) -> base::Outcome {
    if (key == "requests") return assign(out, read_extended_resources(list));
    if (key == "limits") return assign(limits, read_extended_resources(list));
    return {};
  });
  if (!read) return read;
  for (auto& limit : limits) {  // the API server defaults a missing request to the limit
    const bool requested =
        std::any_of(out.begin(), out.end(), [&](const ResourceAmount& r) { return r.name == limit.name; });
    if (!requested) out.push_back(std::move(limit));
  }
  return {};
}

base::Result<Container> read_container(JsonValue value) {
  Container container;
  auto read = for_each_field_in(value, [&](std::string_view key, JsonValue field) -> base::Outcome {
    if (key == "resources") return read_resources(field, container.amounts);
    if (key == "restartPolicy") {
      auto policy = read_string(field);
      if (!policy) return base::fail(std::move(policy.error()));
      container.sidecar = *policy == "Always";
    }
    return {};
  });
  if (!read) return base::fail(std::move(read.error()));
  return container;
}

}  // namespace

base::Result<std::vector<ResourceAmount>> read_extended_resources(JsonValue list) {
  Amounts amounts;
  auto read = for_each_field_in(list, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key.find('/') == std::string_view::npos) return {};
    std::string name(key);
    // Quantities are strings, but some clients send numbers and the API server accepts them. The raw
    // token is the text up to the next delimiter; only plain numbers remain after trimming.
    simdjson::ondemand::json_type type{};
    if (value.type().get(type)) return base::fail(base::Code::kMalformed, "bad quantity of " + name);
    std::string text;
    if (type == simdjson::ondemand::json_type::number) {
      text = std::string(value.raw_json_token());
      text.erase(text.find_last_not_of(" \t\r\n") + 1);
    } else {
      auto string = read_string(value);
      if (!string) return base::fail(std::move(string.error()));
      text = std::move(*string);
    }
    auto amount = parse_quantity(text);
    if (!amount) return base::fail(base::Code::kMalformed, name + ": " + amount.error().message);
    amounts.push_back({std::move(name), *amount});
    return {};
  });
  if (!read) return base::fail(std::move(read.error()));
  amounts.shrink_to_fit();
  return amounts;
}

std::int64_t amount_of(const std::vector<ResourceAmount>& amounts, std::string_view name) {
  for (const auto& entry : amounts) {
    if (entry.name == name) return entry.amount;
  }
  return 0;
}

base::Outcome PodResourceSum::read_containers(JsonValue containers) {
  return for_each_element(containers, [&](JsonValue element) -> base::Outcome {
    auto container = read_container(element);
    if (!container) return base::fail(std::move(container.error()));
    add(containers_, container->amounts);
    return {};
  });
}

base::Outcome PodResourceSum::read_init_containers(JsonValue containers) {
  return for_each_element(containers, [&](JsonValue element) -> base::Outcome {
    auto container = read_container(element);
    if (!container) return base::fail(std::move(container.error()));
    Amounts running = sidecars_;
    add(running, container->amounts);
    raise(peak_, running);
    if (container->sidecar) sidecars_ = std::move(running);
    return {};
  });
}

base::Outcome PodResourceSum::read_overhead(JsonValue overhead) {
  return assign(overhead_, read_extended_resources(overhead));
}

std::vector<ResourceAmount> PodResourceSum::total() const {
  Amounts sum = containers_;
  add(sum, sidecars_);
  raise(sum, peak_);
  add(sum, overhead_);
  std::sort(sum.begin(), sum.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  sum.shrink_to_fit();
  return sum;
}

}  // namespace kube
