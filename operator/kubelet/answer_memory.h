#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/status.h"

namespace op {

/// Answers to questions, each remembered for as long as it says, at most `capacity` of them. A caller whose
/// question is already being asked waits for that answer: a hundred at once make one request. Failures are
/// shared with those waiting, and not remembered. Thread-safe.
template <typename Value>
class AnswerMemory {
 public:
  struct Answer {
    Value value;
    std::chrono::milliseconds keep;
  };
  /// Gets the answer; blocks.
  using Ask = std::function<base::Result<Answer>()>;

  AnswerMemory(const base::Clock& clock, std::size_t capacity) : clock_(clock), capacity_(capacity) {}

  base::Result<Value> get(const std::string& question, const Ask& ask) {
    std::unique_lock lock(mutex_);
    while (true) {
      if (auto known = find(question)) return *std::move(known);
      const auto asking = asking_.find(question);
      if (asking == asking_.end()) break;
      const auto under_way = asking->second;
      answered_.wait(lock, [&] { return under_way->has_value(); });
      // The first caller has gone away: that says nothing about the answer.
      const auto& result = **under_way;
      if (result || !result.error().is(base::Code::kCancelled)) return result;
    }
    const auto mine = std::make_shared<std::optional<base::Result<Value>>>();
    asking_[question] = mine;
    lock.unlock();
    auto answer = ask_safely(ask);
    lock.lock();
    asking_.erase(question);
    if (answer) {
      keep(question, *answer);
      mine->emplace(std::move(answer->value));
    } else {
      mine->emplace(base::fail(std::move(answer.error())));
    }
    answered_.notify_all();
    return **mine;
  }

 private:
  struct Kept {
    Value value;
    base::SteadyTime until;
  };
  using UnderWay = std::shared_ptr<std::optional<base::Result<Value>>>;

  /// Callers that wait for the answer get one in every case.
  static base::Result<Answer> ask_safely(const Ask& ask) {
    try {
      return ask();
    } catch (...) {  // what it threw may quote the question
      return base::fail(base::Code::kMalformed, "asking failed with an exception");
    }
  }

  std::optional<Value> find(const std::string& question) {
    const auto it = kept_.find(question);
    if (it == kept_.end()) return std::nullopt;
    if (clock_.steady_now() < it->second.until) return it->second.value;
    kept_.erase(it);
    return std::nullopt;
  }

  void keep(const std::string& question, const Answer& answer) {
    const auto now = clock_.steady_now();
    if (kept_.size() >= capacity_) {
      std::erase_if(kept_, [&](const auto& entry) { return entry.second.until <= now; });
    }
    if (kept_.size() >= capacity_) kept_.erase(soonest());
    kept_.insert_or_assign(question, Kept{answer.value, now + answer.keep});
  }

  /// The answer that expires first.
  auto soonest() const {
    auto found = kept_.begin();
    for (auto it = kept_.begin(); it != kept_.end(); ++it) {
      if (it->second.until < found->second.until) found = it;
    }
    return found;
  }

  const base::Clock& clock_;
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::map<std::string, Kept> kept_;
  std::map<std::string, UnderWay> asking_;
};

}  // namespace op
