#include "kube/runtime/controller.h"

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <random>

#include "base/log.h"
#include "base/log_scope.h"
#include "base/metrics.h"

namespace kube {

namespace {

/// People fix permissions and credentials.
constexpr auto kSlowRetry = std::chrono::minutes(1);
constexpr auto kFirstBackoff = std::chrono::milliseconds(20);
constexpr auto kLongestBackoff = std::chrono::seconds(30);

constexpr std::array kCodes = {
    base::Code::kNotFound,  base::Code::kAlreadyExists,   base::Code::kConflict,  base::Code::kExpired,
    base::Code::kThrottled, base::Code::kUnavailable,     base::Code::kDeadline,  base::Code::kInvalid,
    base::Code::kForbidden, base::Code::kUnauthenticated, base::Code::kMalformed, base::Code::kCancelled};

/// One reconcile as its log lines name it.
struct Reconciling {
  const std::string& controller;
  const std::string& key;
  const std::uint64_t number;  ///< in this process

  std::vector<base::LogField> fields() const {
    return {{"controller", controller}, {"key", key}, {"reconcileID", id()}};
  }
  /// "9f3c-1a2": which run of a program, drawn when it began, and which reconcile of it.
  std::string id() const {
    static const unsigned run = std::random_device{}() & 0xFFFF;
    char text[32];
    std::snprintf(text, sizeof text, "%04x-%llx", run, static_cast<unsigned long long>(number));
    return text;
  }
};

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

struct Controller::Metrics {
  explicit Metrics(const std::string& controller)
      : controller_(controller),
        results_(prometheus::BuildCounter()
                     .Name("kube_controller_reconcile_total")
                     .Help("Reconciles by result.")
                     .Register(base::metrics())),
        depth_(prometheus::BuildGauge()
                   .Name("kube_controller_queue_depth")
                   .Help("Keys ready to be reconciled.")
                   .Register(base::metrics())
                   .Add({{"controller", controller}})),
        seconds_(
            prometheus::BuildHistogram()
                .Name("kube_controller_reconcile_seconds")
                .Help("Time one reconcile took.")
                .Register(base::metrics())
                .Add({{"controller", controller}}, prometheus::Histogram::BucketBoundaries{
                                                       0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30})) {
    for (const char* result : {"Done", "Again", "Exception"}) count(result, 0);
    for (const auto code : kCodes) count(base::to_string(code), 0);
  }
  void count(std::string_view result, double by = 1) {
    results_.Add({{"controller", controller_}, {"result", std::string(result)}}).Increment(by);
  }

  const std::string controller_;
  prometheus::Family<prometheus::Counter>& results_;
  prometheus::Gauge& depth_;
  prometheus::Histogram& seconds_;
};

Controller::Controller(ControllerOptions options, Reconcile reconcile)
    : options_(std::move(options)),
      reconcile_(std::move(reconcile)),
      metrics_(std::make_unique<Metrics>(options_.name)),
      queue_(kFirstBackoff, kLongestBackoff,
             options_.low_workers == 0 ? options_.workers : options_.low_workers) {}

Controller::~Controller() { stop(); }

void Controller::start() {
  for (std::size_t i = threads_.size(); i < options_.workers; ++i) {
    auto& thread = threads_.emplace_back([this] { work(); });
    pthread_setname_np(thread.native_handle(), ("ctl-" + options_.name).substr(0, 15).c_str());
  }
}

void Controller::stop() {
  queue_.shut_down();
  threads_.clear();  // joins
}

void Controller::work() {
  while (auto key = queue_.take()) {
    metrics_->depth_.Set(static_cast<double>(queue_.depth()));
    const Reconciling reconciling{options_.name, *key, next_number()};
    const base::LogScope scope([&reconciling] { return reconciling.fields(); });
    const auto begin = std::chrono::steady_clock::now();
    auto run = run_guarded(*key);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    metrics_->seconds_.Observe(took.count());
    settle(*key, run);
    queue_.done(*key);
    metrics_->depth_.Set(static_cast<double>(queue_.depth()));
  }
}

base::Result<Next> Controller::run_guarded(const std::string& key) {
  std::string what;
  try {
    return reconcile_(key);
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
    what = "not a std::exception";
  }
  metrics_->count("Exception");
  base::log_error("A reconcile threw an exception", {{"what", what}});
  return base::fail(base::Code::kUnavailable, "exception");
}

void Controller::settle(const std::string& key, const base::Result<Next>& run) {
  if (run) {
    queue_.forget(key);
    if (run->again_after) queue_.add_after(key, *run->again_after);
    metrics_->count(run->again_after ? "Again" : "Done");
    return;
  }
  const base::Status& status = run.error();
  const auto log = [&](base::LogLevel level, std::string_view message) {
    base::log(level, message, {{"error", status.text()}});
  };
  metrics_->count(base::to_string(status.code));
  switch (status.code) {
    case base::Code::kConflict:
    case base::Code::kExpired:
    case base::Code::kNotFound:
    case base::Code::kAlreadyExists:
      log(base::LogLevel::kInfo, "Reconcile saw stale state and comes again");
      queue_.add_after_failure(key, status.retry_after);
      break;
    case base::Code::kThrottled:
    case base::Code::kUnavailable:
    case base::Code::kDeadline:
      log(base::LogLevel::kWarning, "Reconcile failed and comes again");
      queue_.add_after_failure(key, status.retry_after);
      break;
    case base::Code::kForbidden:
    case base::Code::kUnauthenticated:
      log(base::LogLevel::kError, "Reconcile lacks permission and comes again slowly");
      queue_.add_after_failure(
          key, std::max<std::chrono::milliseconds>(kSlowRetry, status.retry_after.value_or(kSlowRetry)));
      break;
    case base::Code::kInvalid:
    case base::Code::kMalformed:
      log(base::LogLevel::kError, "Reconcile failed until the object changes");
      queue_.forget(key);
      break;
    case base::Code::kCancelled:
      break;
  }
}

}  // namespace kube
