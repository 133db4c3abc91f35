#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <utility>

#include "kube/client/client.h"
#include "net/http_client.h"

namespace op {

/// An API server's behaviour for single objects (versions, UIDs, preconditions, merge and JSON patches) and
/// for lists, without selectors. It can stop working at any write, before or after carrying it out: a crash
/// or a lost reply looks like that to its client. It can refuse requests that a test picks. Thread-safe.
class FakeApiServer {
 public:
  net::HttpResponse answer(const net::HttpRequest& request) {
    std::lock_guard lock(mutex_);
    const bool write = request.method != "GET";
    if (dead_) return status(503, "ServiceUnavailable");
    const bool dies = write && dies_at_ && writes_ == *dies_at_;
    writes_ += write ? 1 : 0;
    if (refuses_ && refuses_(request)) return status(refusal_, "Refused");
    if (dies) dead_ = true;
    if (dies && !carries_out_) return status(503, "ServiceUnavailable");
    auto done = carry_out(request);
    return dies ? status(503, "ServiceUnavailable") : done;
  }

  /// The write after `writes` others is the last one; `carried_out`: only its reply is lost.
  void die_at(int writes, bool carried_out) {
    std::lock_guard lock(mutex_);
    writes_ = 0;
    dies_at_ = writes;
    carries_out_ = carried_out;
  }
  /// Whether that happened; works again afterwards.
  bool revive() {
    std::lock_guard lock(mutex_);
    dies_at_.reset();
    return std::exchange(dead_, false);
  }
  /// Requests that `refuses` picks are answered with the HTTP status `code`.
  void refuse(int code, std::function<bool(const net::HttpRequest&)> refuses) {
    std::lock_guard lock(mutex_);
    refusal_ = code;
    refuses_ = std::move(refuses);
  }
  int writes() const {
    std::lock_guard lock(mutex_);
    return writes_;
  }
  void put(nlohmann::json object) {
    std::lock_guard lock(mutex_);
    const std::string path = path_of(object);
    store(path, std::move(object));
  }
  void erase(const std::string& path) {
    std::lock_guard lock(mutex_);
    objects_.erase(path);
  }
  /// By path, "/api/v1/namespaces/NS/secrets/NAME".
  std::map<std::string, nlohmann::json> objects() const {
    std::lock_guard lock(mutex_);
    return objects_;
  }

 private:
  static std::string path_of(const nlohmann::json& object) {
    static const std::map<std::string, std::string> plurals = {
        {"ConfigMap", "configmaps"}, {"Secret", "secrets"},
        {"Service", "services"},     {"Pod", "pods"},
        {"PodBurst", "podbursts"},   {"NeocloudProvider", "neocloudproviders"}};
    const std::string version = object.at("apiVersion");
    const auto& metadata = object.at("metadata");
    const std::string ns = metadata.value("namespace", "");
    return (version == "v1" ? "/api/" : "/apis/") + version + (ns.empty() ? "" : "/namespaces/" + ns) + "/" +
           plurals.at(object.at("kind")) + "/" + metadata.at("name").get<std::string>();
  }
  /// What `path` lists, as "VERSION KIND NAMESPACE"; nullopt when it is one object's.
  static std::optional<std::array<std::string, 3>> listed_by(const std::string& path) {
    std::smatch part;
    static const std::regex list("(/apis?(?:/[^/]+){1,2}?)(?:/namespaces/([^/]+))?/([^/]+)");
    static const std::set<std::string> kinds = {"configmaps",
                                                "secrets",
                                                "services",
                                                "pods",
                                                "podbursts",
                                                "neocloudproviders",
                                                "gpucapacityclaims",
                                                "gpuoffers",
                                                "burstledgers",
                                                "neoburstconfigs",
                                                "nodes"};
    if (!std::regex_match(path, part, list) || !kinds.contains(part[3])) return std::nullopt;
    return std::array<std::string, 3>{part[1], part[2], part[3]};
  }
  net::HttpResponse list(const std::array<std::string, 3>& what) const {
    nlohmann::json items = nlohmann::json::array();
    for (const auto& [path, object] : objects_) {
      const auto of = listed_by(path.substr(0, path.rfind('/')));
      const bool wanted = of && (*of)[0] == what[0] && (*of)[2] == what[2];
      if (wanted && (what[1].empty() || (*of)[1] == what[1])) items.push_back(object);
    }
    return reply(200, {{"metadata", {{"resourceVersion", std::to_string(version_ + 1)}}}, {"items", items}});
  }
  static net::HttpResponse reply(int code, const nlohmann::json& body) {
    std::string text = body.dump();
    text.reserve(text.size() + 64);  // see net::HttpResponse::body
    return {code, {}, std::move(text)};
  }
  static net::HttpResponse status(int code, const std::string& reason) {
    return reply(code, {{"kind", "Status"}, {"reason", reason}, {"message", reason}});
  }
  net::HttpResponse store(const std::string& path, nlohmann::json object) {
    auto& metadata = object["metadata"];
    if (!metadata.contains("uid")) metadata["uid"] = "uid-" + std::to_string(++version_);
    metadata["resourceVersion"] = std::to_string(++version_);
    objects_[path] = object;
    return reply(200, object);
  }
  net::HttpResponse carry_out(const net::HttpRequest& request) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    const auto body = request.body.empty() ? nlohmann::json() : nlohmann::json::parse(request.body);
    if (request.method == "POST") {
      const std::string created = path_of(body);
      if (objects_.contains(created)) return status(409, "AlreadyExists");
      return request.target.contains("dryRun=All") ? reply(201, body) : store(created, body);
    }
    const auto listed = listed_by(path);
    if (listed && request.method == "GET") return list(*listed);
    const auto found = objects_.find(path);
    if (found == objects_.end()) return status(404, "NotFound");
    if (request.method == "GET") return reply(200, found->second);
    if (request.method == "PATCH") return patch(path, found->second, body);
    const auto wanted =
        body.is_object() ? body.value("preconditions", nlohmann::json::object()) : nlohmann::json::object();
    for (const auto& [field, value] : wanted.items()) {
      if (found->second["metadata"].value(field, "") != value) return status(409, "Conflict");
    }
    objects_.erase(found);
    return reply(200, nlohmann::json::object());
  }
  net::HttpResponse patch(const std::string& path, const nlohmann::json& before, const nlohmann::json& body) {
    nlohmann::json after = before;
    if (body.is_array()) {
      try {
        after = before.patch(body);
      } catch (const nlohmann::json::exception&) {
        return status(422, "Invalid");
      }
      if (after.value("type", "") != before.value("type", "")) return status(422, "Invalid");
    } else {
      for (const char* field : {"uid", "resourceVersion"}) {
        const auto wanted = body.value("metadata", nlohmann::json::object()).value(field, "");
        if (!wanted.empty() && wanted != before["metadata"].value(field, "")) return status(409, "Conflict");
      }
      after.merge_patch(body);
    }
    return store(path, after);
  }

  mutable std::mutex mutex_;
  std::map<std::string, nlohmann::json> objects_;
  int version_ = 0;
  int writes_ = 0;
  std::optional<int> dies_at_;
  bool carries_out_ = false;
  bool dead_ = false;
  int refusal_ = 403;
  std::function<bool(const net::HttpRequest&)> refuses_;
};

/// A client of it.
class FakeApiClient : public net::HttpClient {
 public:
  explicit FakeApiClient(FakeApiServer& server) : server_(server) {}
  base::Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token) override {
    return server_.answer(request);
  }
  base::Result<std::unique_ptr<net::HttpStream>> open_stream(const net::HttpRequest&,
                                                             std::stop_token) override {
    return base::fail(base::Code::kInvalid, "no streams here");
  }
  static std::unique_ptr<kube::Client> of(FakeApiServer& server) {
    return std::make_unique<kube::Client>(std::make_unique<FakeApiClient>(server), kube::ClientConfig{},
                                          "test");
  }

 private:
  FakeApiServer& server_;
};

}  // namespace op
