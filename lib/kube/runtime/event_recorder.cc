#include "kube/runtime/event_recorder.h"

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/backoff.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/time_text.h"

namespace kube {

namespace {

constexpr std::size_t kQueue = 1000;
/// Events that others have seen take at most this much, so that our own events find room.
constexpr std::size_t kQueueOfSeries = kQueue / 2;
constexpr std::size_t kRemembered = 4096;
constexpr auto kRepeatAfter = std::chrono::minutes(10);
constexpr std::size_t kMaxNote = 1024;
constexpr std::size_t kMaxReason = 128;
constexpr int kTries = 4;

/// At most `bytes`, whole UTF-8 characters.
void cut(std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  text.resize(bytes);
}

prometheus::Counter& events_counter(const char* result) {
  return prometheus::BuildCounter()
      .Name("kube_events_total")
      .Help("Events by what became of them.")
      .Register(base::metrics())
      .Add({{"result", result}});
}

std::string namespace_of(const EventRef& object) { return object.key.ns.empty() ? "default" : object.key.ns; }

/// "OBJECT.SUFFIX" as the name of an event, cut where the API server would refuse it.
std::string event_name(const EventRef& object, const std::string& suffix) {
  std::string name = object.key.name.substr(0, 253 - 1 - suffix.size());
  while (!name.empty() && (name.back() == '.' || name.back() == '-')) name.pop_back();
  return name + "." + suffix;
}

}  // namespace

struct EventRecorder::State {
  struct Entry {
    std::string ns;
    std::string body;
    std::string name = {};          ///< of an event that may exist already
    std::string series_patch = {};  ///< the patch for it then; "" for none
  };

  State(Client& client, std::string controller, std::string instance)
      : client_(client), controller_(std::move(controller)), instance_(std::move(instance)) {
    cut(instance_, 128);
  }
  void run(const std::stop_token& stop);
  void write(const Entry& entry, const std::stop_token& stop);
  /// True when an equal event was recorded within kRepeatAfter; remembers this one otherwise. Needs mutex_
  /// held.
  bool repeated(const std::string& fingerprint);
  nlohmann::json make_event(const EventRef& object, EventType type, std::string reason, std::string action,
                            std::string note);
  std::string unique_suffix();
  /// Drops it where the queue has `most` already.
  void push(Entry entry, std::size_t most);
  /// Retries while the failure may pass.
  base::Outcome send(net::HttpRequest request, const std::stop_token& stop);

  Client& client_;
  std::string controller_;
  std::string instance_;
  prometheus::Counter& written_ = events_counter("written");
  prometheus::Counter& repeated_ = events_counter("repeated");
  prometheus::Counter& dropped_ = events_counter("dropped");
  prometheus::Counter& failed_ = events_counter("failed");

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Entry> queue_;
  std::unordered_map<std::string, base::SteadyTime> recorded_;
  std::deque<std::pair<base::SteadyTime, std::string>> order_;  ///< of recorded_, oldest first
  std::atomic<std::uint64_t> sequence_{0};
  std::jthread thread_;  // last: it uses the members above
};

bool EventRecorder::State::repeated(const std::string& fingerprint) {
  const auto now = std::chrono::steady_clock::now();
  while (!order_.empty() && (now - order_.front().first >= kRepeatAfter || order_.size() >= kRemembered)) {
    recorded_.erase(order_.front().second);
    order_.pop_front();
  }
  if (!recorded_.try_emplace(fingerprint, now).second) return true;
  order_.emplace_back(now, fingerprint);
  return false;
}

std::string EventRecorder::State::unique_suffix() {
  const auto now = base::system_clock().now();
  // Unique also for two events in the same microsecond.
  const auto stamp =
      static_cast<std::uint64_t>(now.time_since_epoch().count()) * 1000 + sequence_.fetch_add(1) % 1000;
  char suffix[17];
  std::snprintf(suffix, sizeof suffix, "%016llx", static_cast<unsigned long long>(stamp));
  return suffix;
}

nlohmann::json EventRecorder::State::make_event(const EventRef& object, EventType type, std::string reason,
                                                std::string action, std::string note) {
  cut(reason, kMaxReason);
  cut(action, kMaxReason);
  cut(note, kMaxNote);
  nlohmann::json regarding = {
      {"apiVersion", object.api_version}, {"kind", object.kind}, {"name", object.key.name}};
  if (!object.key.ns.empty()) regarding["namespace"] = object.key.ns;
  if (!object.uid.empty()) regarding["uid"] = object.uid;
  return {{"apiVersion", "events.k8s.io/v1"},
          {"kind", "Event"},
          {"metadata", {{"namespace", namespace_of(object)}}},
          {"eventTime", base::format_micro_time(base::system_clock().now())},
          {"reportingController", controller_},
          {"reportingInstance", instance_},
          {"type", type == EventType::kNormal ? "Normal" : "Warning"},
          {"reason", reason},
          {"action", action.empty() ? reason : action},
          {"note", note},
          {"regarding", std::move(regarding)}};
}

void EventRecorder::State::push(Entry entry, std::size_t most) {
  std::lock_guard lock(mutex_);
  if (queue_.size() >= most) {
    dropped_.Increment();
    return;
  }
  queue_.push_back(std::move(entry));
  changed_.notify_one();
}

void EventRecorder::State::run(const std::stop_token& stop) {
  while (true) {
    Entry entry;
    {
      std::unique_lock lock(mutex_);
      // After a stop, queued events are still tried (once each): the last ones say why a process ended.
      if (!changed_.wait(lock, stop, [&] { return !queue_.empty(); }) && queue_.empty()) return;
      entry = std::move(queue_.front());
      queue_.pop_front();
    }
    write(entry, stop);
  }
}

void EventRecorder::State::write(const Entry& entry, const std::stop_token& stop) {
  auto outcome = send(create_request(kEvents, entry.ns, entry.body), stop);
  // A name is ours alone, so an existing event is our own, written earlier or by a reply that was lost.
  if (!outcome && outcome.error().is(base::Code::kAlreadyExists)) {
    outcome =
        entry.series_patch.empty()
            ? base::Outcome()
            : send(patch_request(kEvents, entry.ns, entry.name, PatchType::kMerge, entry.series_patch), stop);
  }
  if (outcome) {
    written_.Increment();
    return;
  }
  failed_.Increment();
  base::log_debug("An event could not be written", {{"error", outcome.error().text()}});
}

base::Outcome EventRecorder::State::send(net::HttpRequest request, const std::stop_token& stop) {
  base::Backoff backoff(std::chrono::milliseconds(500), std::chrono::seconds(10));
  for (int i = 1;; ++i) {
    auto attempt = request;
    attempt.timeout = stop.stop_requested() ? std::chrono::seconds(1) : std::chrono::seconds(10);
    auto reply = client_.send(std::move(attempt));
    if (reply) return {};
    const auto code = reply.error().code;
    const bool may_pass = code == base::Code::kThrottled || code == base::Code::kUnavailable ||
                          code == base::Code::kDeadline || code == base::Code::kUnauthenticated;
    if (!may_pass || i == kTries || stop.stop_requested()) return base::fail(std::move(reply.error()));
    std::unique_lock lock(mutex_);
    const auto wait =
        std::max(backoff.next(), reply.error().retry_after.value_or(std::chrono::milliseconds(0)));
    changed_.wait_for(lock, stop, wait, [] { return false; });
  }
}

EventRecorder::EventRecorder(Client& client, std::string controller, std::string instance)
    : state_(std::make_unique<State>(client, std::move(controller), std::move(instance))) {
  state_->thread_ = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
  pthread_setname_np(state_->thread_.native_handle(), "events");
}

EventRecorder::~EventRecorder() {
  {
    // The end must not take longer than a few requests, however many events are left.
    std::lock_guard lock(state_->mutex_);
    while (state_->queue_.size() > 10) state_->queue_.pop_front();
  }
  state_->thread_.request_stop();
  state_->thread_.join();
}

void EventRecorder::record(const EventRef& object, EventType type, std::string reason, std::string action,
                           std::string note) {
  std::string fingerprint = object.kind + '\n' + object.key.text() + '\n' + object.uid + '\n' +
                            (type == EventType::kNormal ? 'N' : 'W') + reason + '\n' + note;
  {
    std::lock_guard lock(state_->mutex_);
    if (state_->queue_.size() >= kQueue) {
      state_->dropped_.Increment();
      return;
    }
    if (state_->repeated(fingerprint)) {
      state_->repeated_.Increment();
      return;
    }
  }
  nlohmann::json event =
      state_->make_event(object, type, std::move(reason), std::move(action), std::move(note));
  event["metadata"]["name"] = event_name(object, state_->unique_suffix());
  state_->push({namespace_of(object), body_text(event)}, kQueue);
}

void EventRecorder::record_series(const EventRef& object, EventType type, std::string reason,
                                  std::string action, std::string note, const std::string& key,
                                  std::int64_t count) {
  nlohmann::json event =
      state_->make_event(object, type, std::move(reason), std::move(action), std::move(note));
  const std::string name = event_name(object, key);
  event["metadata"]["name"] = name;
  nlohmann::json patch;
  if (count > 1) {
    patch["series"] = {{"count", count}, {"lastObservedTime", event["eventTime"]}};
    event["series"] = patch["series"];
  }
  state_->push({namespace_of(object), body_text(event), name, count > 1 ? body_text(patch) : std::string()},
               kQueueOfSeries);
}

}  // namespace kube
