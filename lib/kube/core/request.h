#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "kube/core/resource.h"
#include "net/http.h"

/// Requests as values: no I/O here. Paths lack the server's prefix and the credentials; kube::Client adds
/// them.
namespace kube {

/// `object` as the body of a write. Never throws: bytes that are no UTF-8 are replaced, since the API server
/// would refuse them anyway.
std::string body_text(const nlohmann::json& object);

struct ListOptions {
  std::string label_selector = {};
  std::string field_selector = {};
  /// "0" = any cached state; "" = consistent read.
  std::string resource_version = {};
  std::uint32_t limit = 500;
  std::string continue_token = {};
};
net::HttpRequest list_request(const Resource& resource, std::string_view ns, const ListOptions& options);

struct WatchOptions {
  std::string label_selector = {};
  std::string field_selector = {};
  std::string resource_version;
  std::chrono::seconds server_timeout = std::chrono::seconds(300);
};
net::HttpRequest watch_request(const Resource& resource, std::string_view ns, const WatchOptions& options);

/// `not_older_than`: a resourceVersion that has been seen. The server may answer from its cache once the
/// cache is as new as that. "" asks for the newest state (a quorum read).
net::HttpRequest get_request(const Resource& resource, std::string_view ns, std::string_view name,
                             std::string_view not_older_than = {});
net::HttpRequest create_request(const Resource& resource, std::string_view ns, std::string body,
                                std::string_view subresource = {}, std::string_view name = {});
/// Asks for no more of the reply than the object's metadata (PartialObjectMetadata).
void want_metadata_only(net::HttpRequest& request);
/// For a write: a field that the server does not know makes it fail (Invalid). Otherwise the server drops it.
void refuse_unknown_fields(net::HttpRequest& request);
net::HttpRequest update_request(const Resource& resource, std::string_view ns, std::string_view name,
                                std::string body, std::string_view subresource = {});

enum class PatchType { kMerge, kJson };  // server-side apply will be a third one
net::HttpRequest patch_request(const Resource& resource, std::string_view ns, std::string_view name,
                               PatchType type, std::string body, std::string_view subresource = {});

struct DeleteOptions {
  std::optional<std::int64_t> grace_seconds = std::nullopt;
  /// Precondition: delete only the object with this UID (Conflict otherwise).
  std::string uid = {};
  std::string resource_version = {};
  /// "Background" (default of the server for most kinds), "Foreground" or "Orphan"; "" leaves it to the
  /// server.
  std::string propagation = {};
};
net::HttpRequest delete_request(const Resource& resource, std::string_view ns, std::string_view name,
                                const DeleteOptions& options);
net::HttpRequest delete_collection_request(const Resource& resource, std::string_view ns,
                                           const std::string& label_selector, const DeleteOptions& options);

/// The failure that an API server's reply stands for, from the HTTP status, the Status body (reason, message,
/// causes) and Retry-After; success for 2xx. Reasons "AlreadyExists" and "Conflict" stay apart although
/// both are 409. A 504 with the cause ResourceVersionTooLarge and a 410 are Expired.
base::Outcome check_reply(const net::HttpResponse& response);

}  // namespace kube
