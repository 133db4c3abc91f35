#include <pthread.h>

#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <random>

#include "base/log.h"
#include "base/metrics.h"
#include "kube/core/watch_event.h"
#include "kube/runtime/informer.h"

namespace kube {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 64u << 10;

prometheus::Counter& informer_counter(const char* name, const char* help, const std::string& informer) {
  return prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Register(base::metrics())
      .Add({{"informer", informer}});
}

/// One object whose decoder or handler throws must not take the process down.
template <typename Call>
base::Outcome without_exceptions(const Call& call) {
  try {
    return call();
  } catch (const std::exception& error) {
    return base::fail(base::Code::kMalformed, std::string("exception: ") + error.what());
  }
}

}  // namespace

struct ListWatch::State {
  State(ListWatch& owner, Client& client, InformerOptions options, InformerSink& sink)
      : owner_(owner),
        client_(client),
        options_(std::move(options)),
        sink_(sink),
        name_(options_.name.empty() ? std::string(options_.resource.plural) : options_.name),
        lists_(informer_counter("kube_client_lists_total", "Lists that came to their end.", name_)),
        events_(
            informer_counter("kube_client_watch_events_total", "Watch events, bookmarks included.", name_)),
        malformed_(informer_counter("kube_client_malformed_total",
                                    "Objects and events skipped because undecodable.", name_)),
        failures_(
            informer_counter("kube_client_watch_failures_total", "Lists and watches that failed.", name_)) {
    touch();
  }

  void run(std::stop_token stop);
  void touch() { contact_.store(std::chrono::steady_clock::now().time_since_epoch().count()); }
  void set_error(std::string text) {
    std::lock_guard lock(mutex_);
    error_ = std::move(text);
  }

  ListWatch& owner_;
  Client& client_;
  const InformerOptions options_;
  InformerSink& sink_;
  const std::string name_;
  prometheus::Counter& lists_;
  prometheus::Counter& events_;
  prometheus::Counter& malformed_;
  prometheus::Counter& failures_;
  std::atomic<base::SteadyTime::rep> contact_{0};
  mutable std::mutex mutex_;  ///< guards error_; for pause_ too
  std::condition_variable_any pause_;
  std::string error_;

  base::Outcome list(const WatchMachine& machine, std::string& version, const std::stop_token& stop);
  base::Outcome watch(WatchMachine& machine, const std::stop_token& stop, std::size_t& events);
  base::Outcome handle(WatchEventReader& reader, std::string_view line, WatchMachine& machine);
  void list_step(WatchMachine& machine, const std::stop_token& stop);
  void watch_step(WatchMachine& machine, const std::stop_token& stop);
  void skip(const base::Status& why);
  void failed(const char* message, const base::Status& why);
  std::chrono::seconds server_timeout() {
    return std::chrono::seconds(std::uniform_int_distribution<>(300, 600)(random_));
  }

  std::minstd_rand random_{std::random_device{}()};
  std::jthread thread_;  // last: it uses the members above
};

void ListWatch::State::run(std::stop_token stop) {
  WatchMachine machine;
  while (!stop.stop_requested()) {
    if (machine.wait() > milliseconds(0)) {
      std::unique_lock lock(mutex_);
      pause_.wait_for(lock, stop, machine.wait(), [] { return false; });
      if (stop.stop_requested()) return;
    }
    if (machine.state() == WatchMachine::State::kList) {
      list_step(machine, stop);
    } else {
      watch_step(machine, stop);
    }
  }
}

void ListWatch::State::list_step(WatchMachine& machine, const std::stop_token& stop) {
  std::string version;
  const auto listed = list(machine, version, stop);
  if (stop.stop_requested()) return;
  if (!listed) {
    failed("Listing failed", listed.error());
    machine.list_failed(listed.error());
    return;
  }
  machine.listed(version);
  lists_.Increment();
  touch();
  set_error({});
}

base::Outcome ListWatch::State::list(const WatchMachine& machine, std::string& version,
                                     const std::stop_token& stop) {
  ListOptions request;
  request.label_selector = options_.label_selector;
  request.field_selector = options_.field_selector;
  request.resource_version = machine.list_version();
  // A limit together with a version other than "0" means exactly that version, read past the server's cache
  // and perhaps compacted away; without one it means "at least as new", from the cache (as client-go's pager
  // does).
  if (!request.resource_version.empty() && request.resource_version != "0") request.limit = 0;
  auto visit = [&](JsonObject& object) -> base::Outcome {
    touch();
    auto taken = without_exceptions([&] { return sink_.list_item(object); });
    if (!taken && taken.error().is(base::Code::kMalformed)) skip(taken.error());
    return taken;
  };
  sink_.begin_list();
  auto listed = client_.list(
      options_.resource, options_.ns, std::move(request), visit, [&] { sink_.begin_list(); }, stop);
  if (!listed) return base::fail(std::move(listed.error()));
  if (listed->empty()) return base::fail(base::Code::kMalformed, "the list has no resourceVersion");
  if (stop.stop_requested()) return base::fail(base::Code::kCancelled, "stopped");
  version = std::move(*listed);
  auto ended = without_exceptions([&]() -> base::Outcome {
    sink_.end_list();
    return {};
  });
  if (!ended) skip(ended.error());
  owner_.synced_.store(true, std::memory_order_release);
  return {};
}

void ListWatch::State::watch_step(WatchMachine& machine, const std::stop_token& stop) {
  const auto begin = std::chrono::steady_clock::now();
  std::size_t events = 0;
  const auto ended = watch(machine, stop, events);
  if (stop.stop_requested()) return;
  if (!ended) {
    failed("Watch failed", ended.error());
    machine.watch_failed(ended.error());
    return;
  }
  touch();
  machine.watch_ended(std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin),
                      events);
}

base::Outcome ListWatch::State::watch(WatchMachine& machine, const std::stop_token& stop,
                                      std::size_t& events) {
  WatchOptions request;
  request.label_selector = options_.label_selector;
  request.field_selector = options_.field_selector;
  request.resource_version = machine.version();
  request.server_timeout = server_timeout();
  auto stream = client_.open_stream(watch_request(options_.resource, options_.ns, request), stop);
  if (!stream) return base::fail(std::move(stream.error()));
  touch();
  set_error({});

  LineSplitter lines;
  WatchEventReader reader;
  std::string bytes(kReadBytes, '\0');
  // Only whole events count as signs of life: a peer may send single bytes for ever.
  auto deadline = std::chrono::steady_clock::now() + options_.stall_timeout;
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    auto got = left <= milliseconds(0) ? base::Result<std::size_t>(base::fail(base::Code::kDeadline, ""))
                                       : (*stream)->read_some(bytes, left, stop);
    if (!got && got.error().is(base::Code::kDeadline)) {
      return base::fail(base::Code::kDeadline, "the watch brought neither event nor bookmark for too long");
    }
    if (!got) return base::fail(std::move(got.error()));
    if (*got == 0) return {};
    auto fed = lines.feed(std::string_view(bytes).substr(0, *got));
    if (!fed) return fed;
    for (std::string_view line; lines.next(line);) {
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (stop.stop_requested()) return base::fail(base::Code::kCancelled, "stopped");
      ++events;
      auto handled = handle(reader, line, machine);
      if (!handled) return handled;
      deadline = std::chrono::steady_clock::now() + options_.stall_timeout;
    }
  }
}

/// A failure ends the watch; undecodable objects are skipped here.
base::Outcome ListWatch::State::handle(WatchEventReader& reader, std::string_view line,
                                       WatchMachine& machine) {
  events_.Increment();
  auto event = reader.read(line);
  if (!event) {
    skip(event.error());
    return {};
  }
  base::Outcome taken;
  switch (event->type) {
    case WatchEventType::kError:
      return base::fail(reader.read_error(line));
    case WatchEventType::kBookmark:
      break;
    case WatchEventType::kAdded:
    case WatchEventType::kModified:
      taken = without_exceptions(
          [&] { return reader.visit_object([&](JsonObject& object) { return sink_.upsert(object); }); });
      break;
    case WatchEventType::kDeleted:
      taken = without_exceptions(
          [&] { return reader.visit_object([&](JsonObject& object) { return sink_.erase(object); }); });
      break;
    case WatchEventType::kUnknown:
      taken = base::fail(base::Code::kMalformed, "unknown type of watch event");
      break;
  }
  if (!taken) skip(taken.error());
  touch();
  machine.progressed(event->resource_version);
  return {};
}

void ListWatch::State::skip(const base::Status& why) {
  malformed_.Increment();
  base::log_warning("Skipped an undecodable object or event", {{"informer", name_}, {"error", why.text()}});
}

void ListWatch::State::failed(const char* message, const base::Status& why) {
  failures_.Increment();
  set_error(why.text());
  const bool routine = why.is(base::Code::kExpired);
  base::log(routine ? base::LogLevel::kInfo : base::LogLevel::kWarning, message,
            {{"informer", name_}, {"error", why.text()}});
}

ListWatch::ListWatch(Client& client, InformerOptions options, InformerSink& sink)
    : state_(std::make_unique<State>(*this, client, std::move(options), sink)) {}

ListWatch::~ListWatch() { stop(); }

void ListWatch::start() {
  state_->thread_ =
      std::jthread([state = state_.get()](std::stop_token stop) { state->run(std::move(stop)); });
  pthread_setname_np(state_->thread_.native_handle(), ("inf-" + state_->name_).substr(0, 15).c_str());
}

void ListWatch::stop() {
  if (!state_->thread_.joinable()) return;
  state_->thread_.request_stop();
  state_->thread_.join();
}

base::SteadyTime ListWatch::last_contact() const {
  return base::SteadyTime(base::SteadyTime::duration(state_->contact_.load()));
}

std::string ListWatch::last_error() const {
  std::lock_guard lock(state_->mutex_);
  return state_->error_;
}

}  // namespace kube
