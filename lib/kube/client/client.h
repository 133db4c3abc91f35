#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "kube/client/config.h"
#include "kube/core/json_read.h"
#include "kube/core/meta.h"
#include "kube/core/request.h"
#include "net/http_client.h"

namespace kube {

/// One API server. Thread-safe; calls block until the reply, the request's timeout, or `stop()`. Adds
/// credentials, User-Agent and path prefix; turns replies that are not 2xx into Status values. After a 401 it
/// reads the token again and tries once more. It reports throttling (429) and does not sleep on it.
class Client {
 public:
  /// `user_agent` names the program ("neoburst-operator/0.1").
  static base::Result<std::unique_ptr<Client>> make(const ClientConfig& config, std::string user_agent);
  /// For tests of code above: speaks through the given HTTP client.
  Client(std::unique_ptr<net::HttpClient> http, ClientConfig config, std::string user_agent);
  ~Client();

  /// Any request made by kube/core/request.h. The reply has been checked.
  /// `stop` ends this call alone with Cancelled.
  base::Result<net::HttpResponse> send(net::HttpRequest request, std::stop_token stop = {});
  /// The head has been checked; both `stop` and the client's stop() end the reading.
  base::Result<std::unique_ptr<net::HttpStream>> open_stream(net::HttpRequest request, std::stop_token stop);

  // Conveniences for single objects as JSON documents. For many objects use an Informer.
  base::Result<nlohmann::json> get(const Resource& r, std::string_view ns, std::string_view name,
                                   std::string_view not_older_than = {});
  base::Result<nlohmann::json> create(const Resource& r, std::string_view ns, const nlohmann::json& object);
  /// The same; neither server nor client spends time on the reply beyond its metadata.
  base::Result<ObjectMeta> create_for_metadata(const Resource& r, std::string_view ns,
                                               const nlohmann::json& object);
  base::Result<nlohmann::json> update(const Resource& r, const nlohmann::json& object,
                                      std::string_view subresource = {});
  base::Result<nlohmann::json> patch(const Resource& r, std::string_view ns, std::string_view name,
                                     PatchType type, std::string body, std::string_view subresource = {});
  /// NotFound is success: the object is gone, as intended.
  base::Outcome remove(const Resource& r, std::string_view ns, std::string_view name,
                       const DeleteOptions& options);
  base::Outcome remove_collection(const Resource& r, std::string_view ns, const std::string& label_selector,
                                  const DeleteOptions& options = {});

  /// Lists all pages and calls `visit` with each item's JSON object. Returns the list's resourceVersion.
  /// Items that `visit` calls Malformed are skipped; any other failure ends the list. After a 410 between
  /// pages the list starts over once, with a consistent read; `restart` is called first. A 410 for the first
  /// page is returned to the caller.
  base::Result<std::string> list(const Resource& r, std::string_view ns, ListOptions options,
                                 const std::function<base::Outcome(JsonObject&)>& visit,
                                 const std::function<void()>& restart, std::stop_token stop = {});

  /// {major, minor, gitVersion} of /version.
  base::Result<nlohmann::json> version();

  /// Makes every running and later call return Cancelled. Used once, at shutdown or when credentials change.
  void stop();

  const ClientConfig& config() const { return config_; }

 private:
  /// Adds prefix, credentials and User-Agent. `token_used` says whether a second try with a fresh token makes
  /// sense.
  base::Result<net::HttpRequest> prepare(net::HttpRequest request, bool& token_used);
  std::unique_ptr<net::HttpClient> http_;
  ClientConfig config_;
  std::string user_agent_;
  std::stop_source stop_;
};

}  // namespace kube
