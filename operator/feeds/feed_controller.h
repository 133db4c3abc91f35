#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "api/records.h"
#include "operator/feeds/feed_client.h"
#include "operator/feeds/feed_schedule.h"
#include "operator/feeds/feed_table.h"

namespace op {

/// Where the controller learns what to poll. Called on its thread.
struct FeedSources {
  std::function<std::vector<std::shared_ptr<const api::ProviderRecord>>()> providers;
  /// The API key, or what is wrong with its Secret.
  std::function<base::Result<std::variant<std::string, Trouble>>(const api::FeedSpec&)> read_key;
};

struct FeedOptions {
  FeedLimits limits = {};
  std::chrono::milliseconds first_retry = std::chrono::seconds(15);
};

/// Polls the price feeds of all providers, each at its own interval, on one thread, and keeps the FeedTable.
/// A feed that fails is retried with growing waits; its last answer stays. The key is read again for
/// each poll, so that it can be replaced without a restart. A feed that hangs delays the others by its
/// timeout at most; nothing else waits for this thread.
class FeedController {
 public:
  using OnChange = std::function<void(const std::string& provider)>;

  /// `on_change` gets each provider whose prices came, changed, grew stale or went; called on the
  /// controller's thread.
  FeedController(FeedSources sources, const base::Clock& clock, FeedTable& table, OnChange on_change,
                 FeedOptions options = {});
  ~FeedController();
  void start();
  void stop();
  /// Providers may have changed. Cheap; any thread.
  void providers_changed();

 private:
  using Providers = std::vector<std::shared_ptr<const api::ProviderRecord>>;

  void run(std::stop_token stop);
  /// Lets the schedules follow the specs.
  void follow(const Providers& providers);
  void poll(const api::ProviderRecord& provider, FeedSchedule& schedule, std::stop_token stop);
  base::Result<std::variant<FeedRequest, Trouble>> prepare(const api::ProviderRecord& provider) const;
  void publish(const std::string& provider, const FeedSchedule& schedule);
  /// Waits until something is due, a provider changed, or the end.
  void wait(std::stop_token stop);

  FeedSources sources_;
  const base::Clock& clock_;
  FeedTable& table_;
  OnChange on_change_;
  FeedOptions options_;
  FeedClient client_;
  std::map<std::string, FeedSchedule> schedules_;  ///< by provider; the thread's own

  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool changed_ = false;
  std::jthread thread_;
};

}  // namespace op
