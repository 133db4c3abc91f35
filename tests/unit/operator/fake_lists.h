#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/client/client.h"
#include "net/http_client.h"

namespace op {

/// The part of an API server that informers read: lists of objects, and watches that report removals. The
/// test answers everything else. Thread-safe.
class FakeLists {
 public:
  using Reply = base::Result<net::HttpResponse>;
  using Stream = base::Result<std::unique_ptr<net::HttpStream>>;
  /// Asked first; nullopt leaves the answer to the lists. May block until `stop`.
  std::function<std::optional<Reply>(const net::HttpRequest&, std::stop_token)> on_send;
  std::function<std::optional<Stream>(const net::HttpRequest&, std::stop_token)> on_stream;

  void put(const kube::Resource& kind, nlohmann::json object) {
    std::lock_guard lock(mutex_);
    auto& metadata = object["metadata"];
    metadata["resourceVersion"] = std::to_string(++version_);
    if (!metadata.contains("uid")) metadata["uid"] = "uid-" + std::to_string(version_);
    objects_[kind.path(metadata.value("namespace", ""), metadata.at("name").get<std::string>())] = {
        kind.path({}), std::move(object)};
  }
  void remove(const kube::Resource& kind, const std::string& ns, const std::string& name) {
    std::lock_guard lock(mutex_);
    const auto found = objects_.find(kind.path(ns, name));
    if (found == objects_.end()) return;
    auto [list, object] = std::move(found->second);
    objects_.erase(found);
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    events_.push_back({list, nlohmann::json{{"type", "DELETED"}, {"object", object}}.dump() + "\n"});
    changed_.notify_all();
  }
  std::unique_ptr<kube::Client> client() {
    return std::make_unique<kube::Client>(std::make_unique<Http>(*this), kube::ClientConfig{}, "test");
  }

  static net::HttpResponse reply(int status, std::string body) {
    body.reserve(body.size() + 64);  // see net::HttpResponse::body
    return {status, {}, std::move(body)};
  }
  /// A stream of one text.
  static std::unique_ptr<net::HttpStream> text(std::string body) {
    return std::make_unique<Text>(std::move(body));
  }

 private:
  struct Event {
    std::string list;
    std::string line;
  };
  class Text : public net::HttpStream {
   public:
    explicit Text(std::string body) : body_(std::move(body)) {}
    const net::HttpResponse& head() const override { return head_; }
    base::Result<std::size_t> read_some(std::span<char> into, std::chrono::milliseconds,
                                        std::stop_token) override {
      const std::size_t size = std::min(into.size(), body_.size());
      std::copy_n(body_.begin(), size, into.begin());
      body_.erase(0, size);
      return size;
    }

   private:
    net::HttpResponse head_{200, {}, {}};
    std::string body_;
  };
  class Watch : public net::HttpStream {
   public:
    Watch(FakeLists& lists, std::string list, std::size_t seen)
        : lists_(lists), list_(std::move(list)), seen_(seen) {}
    const net::HttpResponse& head() const override { return head_; }
    base::Result<std::size_t> read_some(std::span<char> into, std::chrono::milliseconds wait,
                                        std::stop_token stop) override {
      std::unique_lock lock(lists_.mutex_);
      const auto until = std::chrono::steady_clock::now() + wait;
      while (pending_.empty()) {
        if (seen_ < lists_.events_.size()) {
          const Event& event = lists_.events_[seen_++];
          if (event.list == list_) pending_ = event.line;
        } else if (!lists_.changed_.wait_until(lock, stop, until,
                                               [&] { return seen_ < lists_.events_.size(); })) {
          if (stop.stop_requested()) return base::fail(base::Code::kCancelled, "stopped");
          return base::fail(base::Code::kDeadline, "nothing came");
        }
      }
      const std::size_t size = std::min(into.size(), pending_.size());
      std::copy_n(pending_.begin(), size, into.begin());
      pending_.erase(0, size);
      return size;
    }

   private:
    FakeLists& lists_;
    const std::string list_;
    std::size_t seen_;
    net::HttpResponse head_{200, {}, {}};
    std::string pending_;
  };
  class Http : public net::HttpClient {
   public:
    explicit Http(FakeLists& lists) : lists_(lists) {}
    Reply send(const net::HttpRequest& request, std::stop_token stop) override {
      if (lists_.on_send) {
        if (auto reply = lists_.on_send(request, stop)) return *std::move(reply);
      }
      return lists_.answer(request.target.substr(0, request.target.find('?')));
    }
    Stream open_stream(const net::HttpRequest& request, std::stop_token stop) override {
      if (lists_.on_stream) {
        if (auto stream = lists_.on_stream(request, stop)) return *std::move(stream);
      }
      std::lock_guard lock(lists_.mutex_);
      return std::make_unique<Watch>(lists_, without_namespace(request.target), lists_.events_.size());
    }

   private:
    FakeLists& lists_;
  };

  static std::string without_namespace(std::string path) {
    path = path.substr(0, path.find('?'));
    const auto begin = path.find("/namespaces/");
    const auto end = begin == std::string::npos ? begin : path.find('/', begin + 12);
    return end == std::string::npos ? path : path.erase(begin, end - begin);
  }
  Reply answer(const std::string& path) {
    std::lock_guard lock(mutex_);
    if (const auto found = objects_.find(path); found != objects_.end())
      return reply(200, found->second.second.dump());
    const std::string list = without_namespace(path);
    const bool names_object = std::ranges::count(list, '/') > (list.starts_with("/apis/") ? 4 : 3);
    if (names_object) return reply(404, R"({"kind":"Status","reason":"NotFound","message":"not found"})");
    nlohmann::json items = nlohmann::json::array();
    for (const auto& [where, entry] : objects_) {
      if (entry.first == list) items.push_back(entry.second);
    }
    return reply(200, nlohmann::json{{"metadata", {{"resourceVersion", std::to_string(version_)}}},
                                     {"items", std::move(items)}}
                          .dump());
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::pair<std::string, nlohmann::json>> objects_;  ///< by path: list and object
  std::vector<Event> events_;
  int version_ = 1;
};

}  // namespace op
