#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "net/http_client.h"

namespace kube {

/// The part of an API server that an election uses: one Lease with optimistic locking. Shared by several
/// clients; the test says how it misbehaves. Thread-safe.
class FakeLeaseServer {
 public:
  net::HttpResponse answer(const net::HttpRequest& request) {
    std::lock_guard lock(mutex_);
    if (request.method == "GET") ++reads_;
    if (down_) return status(503, "ServiceUnavailable");
    if (request.method == "GET") return lease_.is_null() ? status(404, "NotFound") : ok();
    auto body = nlohmann::json::parse(request.body);
    if (request.method == "POST") {
      if (!lease_.is_null()) return status(409, "AlreadyExists");
    } else if (lease_.is_null()) {
      return status(404, "NotFound");
    } else if (body["metadata"]["resourceVersion"] != lease_["metadata"]["resourceVersion"]) {
      return status(409, "Conflict");
    }
    store(std::move(body));
    if (lose_replies_ > 0) {
      --lose_replies_;
      return status(504, "Timeout");
    }
    return ok();
  }

  void set_down(bool down) {
    locked([&] { down_ = down; });
  }
  /// Carries out the next `count` writes but answers them with a failure.
  void lose_replies(int count) {
    locked([&] { lose_replies_ = count; });
  }
  void put(const std::string& holder, const std::string& renewed, int seconds = 15) {
    locked([&] {
      store({{"metadata", {{"name", "l"}, {"namespace", "x"}}},
             {"spec",
              {{"holderIdentity", holder},
               {"renewTime", renewed},
               {"leaseDurationSeconds", seconds},
               {"leaseTransitions", 3}}}});
    });
  }
  int reads() const {
    std::lock_guard lock(mutex_);
    return reads_;
  }
  int replies_to_lose() const {
    std::lock_guard lock(mutex_);
    return lose_replies_;
  }
  nlohmann::json spec() const {
    std::lock_guard lock(mutex_);
    return lease_.is_null() ? nlohmann::json::object() : lease_["spec"];
  }
  std::string holder() const { return spec().value("holderIdentity", ""); }

 private:
  template <typename Change>
  void locked(const Change& change) {
    std::lock_guard lock(mutex_);
    change();
  }
  void store(nlohmann::json lease) {
    lease_ = std::move(lease);
    lease_["metadata"]["resourceVersion"] = std::to_string(++version_);
  }
  net::HttpResponse ok() const { return {200, {}, lease_.dump()}; }
  static net::HttpResponse status(int code, const std::string& reason) {
    return {code, {}, nlohmann::json{{"kind", "Status"}, {"reason", reason}, {"message", reason}}.dump()};
  }

  mutable std::mutex mutex_;
  nlohmann::json lease_;
  int version_ = 0;
  int reads_ = 0;
  int lose_replies_ = 0;
  bool down_ = false;
};

/// A client of it.
class FakeLeaseClient : public net::HttpClient {
 public:
  explicit FakeLeaseClient(FakeLeaseServer& server) : server_(server) {}
  base::Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token stop) override {
    if (stop.stop_requested()) return base::fail(base::Code::kCancelled, "stopped");
    return server_.answer(request);
  }
  base::Result<std::unique_ptr<net::HttpStream>> open_stream(const net::HttpRequest&,
                                                             std::stop_token) override {
    return base::fail(base::Code::kInvalid, "no streams here");
  }

 private:
  FakeLeaseServer& server_;
};

}  // namespace kube
