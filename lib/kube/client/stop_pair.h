#pragma once

#include <stop_token>

namespace kube {

/// A stop token that is requested as soon as either of two others is. Lives on the stack of one call.
class StopPair {
 public:
  StopPair(std::stop_token a, std::stop_token b)
      : on_a_(std::move(a), Request{&both_}), on_b_(std::move(b), Request{&both_}) {}
  StopPair(const StopPair&) = delete;
  StopPair& operator=(const StopPair&) = delete;
  std::stop_token token() const { return both_.get_token(); }

 private:
  struct Request {
    std::stop_source* source;
    void operator()() const { source->request_stop(); }
  };
  std::stop_source both_;
  std::stop_callback<Request> on_a_;
  std::stop_callback<Request> on_b_;
};

}  // namespace kube
