#include "program/shutdown.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <utility>

namespace program {
namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

Shutdown::Shutdown() {
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void Shutdown::request(std::string why, int exit_code) {
  {
    std::lock_guard lock(mutex_);
    if (requested_) return;
    requested_ = true;
    reason_ = std::move(why);
    exit_code_ = exit_code;
  }
  ::kill(::getpid(), SIGTERM);  // wakes wait()
}

bool Shutdown::requested() {
  std::lock_guard lock(mutex_);
  return requested_;
}

bool Shutdown::wait(std::chrono::milliseconds limit) {
  const sigset_t set = ending_signals();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(limit);
  const timespec time{seconds.count(), static_cast<long>((limit - seconds).count()) * 1'000'000L};
  if (requested()) return true;
  const int signal = sigtimedwait(&set, nullptr, &time);
  if (signal < 0) return requested();  // time is up, or another signal
  std::lock_guard lock(mutex_);
  if (!requested_) {
    requested_ = true;
    reason_ = signal == SIGINT ? "interrupted" : "asked to terminate";
  }
  return true;
}

}  // namespace program
