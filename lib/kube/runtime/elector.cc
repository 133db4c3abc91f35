#include "kube/runtime/elector.h"

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "base/log.h"
#include "kube/runtime/lease_holder.h"

namespace kube {

namespace {

using std::chrono::milliseconds;

/// client-go's JitterFactor: candidates try every retry_period * (1 .. 2.2).
constexpr double kJitter = 1.2;

}  // namespace

struct Elector::State {
  State(Client& client, const base::Clock& clock, ElectionOptions options, Callbacks callbacks)
      : clock_(clock),
        options_(std::move(options)),
        callbacks_(std::move(callbacks)),
        holder_(client, clock, options_),
        leading_gauge_(prometheus::BuildGauge()
                           .Name("kube_elector_leading")
                           .Help("1 while this process leads.")
                           .Register(base::metrics())
                           .Add({{"lease", options_.name}})) {}

  void run(const std::stop_token& stop);
  void lead(const std::stop_token& stop);
  void lose(std::string why);
  bool leading() const;
  void extend();
  void pause(milliseconds wait, const std::stop_token& stop);

  const base::Clock& clock_;
  const ElectionOptions options_;
  const Callbacks callbacks_;
  LeaseHolder holder_;
  prometheus::Gauge& leading_gauge_;
  std::minstd_rand random_{std::random_device{}()};
  /// Steady time until which leading() holds, as a count; 0 when we do not lead.
  std::atomic<base::SteadyTime::rep> leads_until_{0};
  std::mutex mutex_;  ///< for pause_ alone
  std::condition_variable_any pause_;
  std::jthread thread_;  // last: it uses the members above
};

bool Elector::State::leading() const {
  const auto until = leads_until_.load(std::memory_order_acquire);
  return until != 0 && clock_.steady_now().time_since_epoch().count() < until;
}

void Elector::State::extend() {
  const auto margin = options_.lease_duration / 10;
  const auto until = holder_.held_since() + options_.lease_duration - margin;
  leads_until_.store(until.time_since_epoch().count(), std::memory_order_release);
}

void Elector::State::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto round = holder_.try_hold(clock_.steady_now() + options_.renew_deadline, stop);
    if (round == LeaseHolder::Round::kHeld) {
      extend();
      leading_gauge_.Set(1);
      base::log_info("Became leader", {{"lease", options_.name}, {"identity", options_.identity}});
      if (callbacks_.started) callbacks_.started();
      lead(stop);
      return;
    }
    const double factor = 1.0 + kJitter * std::uniform_real_distribution<>(0, 1)(random_);
    pause(std::chrono::ceil<milliseconds>(options_.retry_period * factor), stop);
  }
}

void Elector::State::lead(const std::stop_token& stop) {
  while (true) {
    pause(options_.retry_period, stop);
    if (stop.stop_requested()) {
      leads_until_.store(0, std::memory_order_release);
      leading_gauge_.Set(0);
      holder_.release();
      return;
    }
    const auto deadline = holder_.held_since() + options_.renew_deadline;
    if (clock_.steady_now() >= deadline) return lose("the lease could not be renewed within the deadline");
    const auto round = holder_.try_hold(deadline, stop);
    if (round == LeaseHolder::Round::kTaken) return lose("another process has taken the lease");
    if (round == LeaseHolder::Round::kHeld) extend();
  }
}

void Elector::State::lose(std::string why) {
  leads_until_.store(0, std::memory_order_release);
  leading_gauge_.Set(0);
  base::log_error("Lost the election", {{"lease", options_.name}, {"why", why}});
  if (callbacks_.lost) callbacks_.lost(std::move(why));
}

void Elector::State::pause(milliseconds wait, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  pause_.wait_for(lock, stop, wait, [] { return false; });
}

Elector::Elector(Client& client, const base::Clock& clock, ElectionOptions options, Callbacks callbacks)
    : state_(std::make_unique<State>(client, clock, std::move(options), std::move(callbacks))) {}

Elector::~Elector() { stop(); }

void Elector::start() {
  state_->thread_ = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
  pthread_setname_np(state_->thread_.native_handle(), "elector");
}

void Elector::stop() {
  if (!state_->thread_.joinable()) return;
  state_->thread_.request_stop();
  // From within a callback there is nothing to wait for: the thread ends when the callback returns.
  if (state_->thread_.get_id() == std::this_thread::get_id()) return;
  state_->thread_.join();
}

bool Elector::leading() const { return state_->leading(); }

}  // namespace kube
