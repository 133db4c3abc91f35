#include "kube/core/request.h"

#include <nlohmann/json.hpp>

namespace kube {

namespace {

void append_query(std::string& target, std::string_view key, std::string_view value) {
  target += target.find('?') == std::string::npos ? '?' : '&';
  target += key;
  target += '=';
  target += net::encode_query_value(value);
}

void append_selectors(std::string& target, const std::string& labels, const std::string& fields) {
  if (!labels.empty()) append_query(target, "labelSelector", labels);
  if (!fields.empty()) append_query(target, "fieldSelector", fields);
}

net::HttpRequest make_request(std::string method, std::string target) {
  net::HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers.push_back({"Accept", "application/json"});
  return request;
}

void set_body(net::HttpRequest& request, std::string body, std::string content_type = "application/json") {
  request.headers.push_back({"Content-Type", std::move(content_type)});
  request.body = std::move(body);
}

std::string delete_body(const DeleteOptions& options) {
  nlohmann::json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (options.grace_seconds) body["gracePeriodSeconds"] = *options.grace_seconds;
  if (!options.uid.empty()) body["preconditions"]["uid"] = options.uid;
  if (!options.resource_version.empty()) body["preconditions"]["resourceVersion"] = options.resource_version;
  if (!options.propagation.empty()) body["propagationPolicy"] = options.propagation;
  return body.dump();
}

}  // namespace

std::string body_text(const nlohmann::json& object) {
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

net::HttpRequest list_request(const Resource& resource, std::string_view ns, const ListOptions& options) {
  std::string target = resource.path(ns);
  append_selectors(target, options.label_selector, options.field_selector);
  if (options.limit != 0) append_query(target, "limit", std::to_string(options.limit));
  if (!options.continue_token.empty()) {
    // The token fixes the version; the API server refuses both together.
    append_query(target, "continue", options.continue_token);
  } else if (!options.resource_version.empty()) {
    append_query(target, "resourceVersion", options.resource_version);
  }
  auto request = make_request("GET", std::move(target));
  request.timeout = std::chrono::seconds(60);  // the API server's own limit (--request-timeout)
  return request;
}

net::HttpRequest watch_request(const Resource& resource, std::string_view ns, const WatchOptions& options) {
  std::string target = resource.path(ns);
  append_query(target, "watch", "1");
  append_query(target, "allowWatchBookmarks", "true");
  append_selectors(target, options.label_selector, options.field_selector);
  if (!options.resource_version.empty()) append_query(target, "resourceVersion", options.resource_version);
  append_query(target, "timeoutSeconds", std::to_string(options.server_timeout.count()));
  return make_request("GET", std::move(target));
}

net::HttpRequest get_request(const Resource& resource, std::string_view ns, std::string_view name,
                             std::string_view not_older_than) {
  std::string target = resource.path(ns, name);
  if (!not_older_than.empty()) append_query(target, "resourceVersion", not_older_than);
  return make_request("GET", std::move(target));
}

net::HttpRequest create_request(const Resource& resource, std::string_view ns, std::string body,
                                std::string_view subresource, std::string_view name) {
  auto request = make_request("POST", resource.path(ns, name, subresource));
  set_body(request, std::move(body));
  return request;
}

void want_metadata_only(net::HttpRequest& request) {
  for (auto& header : request.headers) {
    if (header.name == "Accept")
      header.value = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
  }
}

void refuse_unknown_fields(net::HttpRequest& request) {
  append_query(request.target, "fieldValidation", "Strict");
}

net::HttpRequest update_request(const Resource& resource, std::string_view ns, std::string_view name,
                                std::string body, std::string_view subresource) {
  auto request = make_request("PUT", resource.path(ns, name, subresource));
  set_body(request, std::move(body));
  return request;
}

net::HttpRequest patch_request(const Resource& resource, std::string_view ns, std::string_view name,
                               PatchType type, std::string body, std::string_view subresource) {
  auto request = make_request("PATCH", resource.path(ns, name, subresource));
  set_body(request, std::move(body),
           type == PatchType::kMerge ? "application/merge-patch+json" : "application/json-patch+json");
  return request;
}

net::HttpRequest delete_request(const Resource& resource, std::string_view ns, std::string_view name,
                                const DeleteOptions& options) {
  auto request = make_request("DELETE", resource.path(ns, name));
  set_body(request, delete_body(options));
  return request;
}

net::HttpRequest delete_collection_request(const Resource& resource, std::string_view ns,
                                           const std::string& label_selector, const DeleteOptions& options) {
  std::string target = resource.path(ns);
  append_selectors(target, label_selector, {});
  auto request = make_request("DELETE", std::move(target));
  set_body(request, delete_body(options));
  return request;
}

}  // namespace kube
