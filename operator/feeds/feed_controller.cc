#include "operator/feeds/feed_controller.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"

namespace op {
namespace {

/// Made with `kubectl create secret --from-file`, a key often ends with a line break.
std::string trimmed(const std::string& key) {
  const auto end = key.find_last_not_of(" \t\r\n");
  return end == std::string::npos ? std::string() : key.substr(0, end + 1);
}

bool is_header_text(const std::string& key) {
  return std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
}

Trouble explain(const base::Status& status, const api::FeedSpec& spec) {
  const std::string what = "the price feed failed: " + status.message;
  switch (status.code) {
    case base::Code::kUnauthenticated:
      if (spec.secret.name.empty()) return {"FeedFailed", what};
      return {"FeedKeyRejected", what + ": put a valid key into Secret " + spec.secret.text()};
    case base::Code::kThrottled:
      return {"FeedThrottled", what + ": raise spec.feed.interval if this lasts"};
    case base::Code::kDeadline:
    case base::Code::kUnavailable:
      return {"FeedFailed", what + "; it is asked again; check that the operator may reach it"};
    default:
      return {"FeedFailed", what};
  }
}

}  // namespace

FeedController::FeedController(FeedSources sources, const base::Clock& clock, FeedTable& table,
                               OnChange on_change, FeedOptions options)
    : sources_(std::move(sources)),
      clock_(clock),
      table_(table),
      on_change_(std::move(on_change)),
      options_(options),
      client_(clock, options.limits) {}

FeedController::~FeedController() { stop(); }

void FeedController::start() {
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void FeedController::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void FeedController::providers_changed() {
  {
    std::lock_guard lock(mutex_);
    changed_ = true;
  }
  woken_.notify_one();
}

void FeedController::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto providers = sources_.providers();
    follow(providers);
    for (const auto& provider : providers) {
      const auto schedule = schedules_.find(provider->meta.name);
      if (schedule == schedules_.end()) continue;
      if (schedule->second.due(clock_.steady_now())) poll(*provider, schedule->second, stop);
      if (stop.stop_requested()) return;
      publish(provider->meta.name, schedule->second);
    }
    wait(stop);
  }
}

void FeedController::follow(const Providers& providers) {
  std::set<std::string> fed;
  for (const auto& provider : providers) {
    if (!provider->feed || provider->meta.deleting_since) continue;
    const auto& name = provider->meta.name;
    fed.insert(name);
    const auto known = schedules_.find(name);
    if (known != schedules_.end() && known->second.spec() == *provider->feed) continue;
    FeedSchedule fresh(*provider->feed, options_.first_retry, clock_.steady_now());
    if (known != schedules_.end()) fresh.inherit(known->second);
    schedules_.insert_or_assign(name, std::move(fresh));
  }
  for (auto it = schedules_.begin(); it != schedules_.end();) {
    if (fed.contains(it->first)) {
      ++it;
      continue;
    }
    const std::string name = it->first;
    it = schedules_.erase(it);
    if (table_.remove(name)) on_change_(name);
  }
}

base::Result<std::variant<FeedRequest, Trouble>> FeedController::prepare(
    const api::ProviderRecord& provider) const {
  const auto& spec = *provider.feed;
  FeedRequest request{.spec = spec, .regions = {}, .api_key = {}};
  for (const auto& region : provider.regions) request.regions.push_back(region.name);
  if (spec.type == api::FeedType::kAzureRetail && request.regions.empty()) {
    return Trouble{"FeedInvalid",
                   "spec.regions is empty: name the regions whose prices are wanted, as Azure does"};
  }
  if (spec.secret.name.empty()) return request;
  auto key = sources_.read_key(spec);
  if (!key) return base::fail(std::move(key.error()));
  if (auto* trouble = std::get_if<Trouble>(&*key)) return std::move(*trouble);
  request.api_key = trimmed(std::get<std::string>(*key));
  if (request.api_key.empty() || !is_header_text(request.api_key)) {
    return Trouble{"FeedKeyInvalid", "Secret " + spec.secret.text() + ", key \"" + spec.secret_key +
                                         "\": this is no API key: put it there as one line of text"};
  }
  return request;
}

void FeedController::poll(const api::ProviderRecord& provider, FeedSchedule& schedule, std::stop_token stop) {
  const auto prepared = prepare(provider);
  if (!prepared) {
    return schedule.failed(
        {"SecretUnreadable", "the home API server did not give Secret " + provider.feed->secret.text() +
                                 ": " + prepared.error().message},
        prepared.error().retry_after, clock_.steady_now());
  }
  if (const auto* trouble = std::get_if<Trouble>(&*prepared)) {
    return schedule.failed(*trouble, std::nullopt, clock_.steady_now());
  }
  auto feed = client_.fetch(std::get<FeedRequest>(*prepared), stop);
  if (stop.stop_requested()) return;
  if (feed) return schedule.succeeded(std::move(*feed), clock_.steady_now());
  base::log_warning("price feed failed", {{"provider", provider.meta.name}, {"error", feed.error().text()}});
  schedule.failed(explain(feed.error(), *provider.feed), feed.error().retry_after, clock_.steady_now());
}

void FeedController::publish(const std::string& provider, const FeedSchedule& schedule) {
  auto state = schedule.state(clock_.steady_now());
  const bool asked = state.snapshot || state.trouble;
  if (asked && table_.put(provider, std::move(state))) on_change_(provider);
}

void FeedController::wait(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto woken = [this] { return std::exchange(changed_, false); };
  const auto now = clock_.steady_now();
  std::optional<base::SteadyTime> next;
  for (const auto& [name, schedule] : schedules_) {
    const auto event = schedule.next_event(now);
    next = next ? std::min(*next, event) : event;
  }
  if (!next) {
    woken_.wait(lock, stop, woken);
  } else {
    woken_.wait_for(lock, stop, std::max(*next - now, base::SteadyTime::duration(0)), woken);
  }
}

}  // namespace op
