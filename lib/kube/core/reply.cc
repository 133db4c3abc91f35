#include <algorithm>
#include <charconv>

#include "kube/core/json_read.h"
#include "kube/core/request.h"

namespace kube {

namespace {

constexpr std::size_t kMaxStatusMessage = 1024;

/// The content of a metav1.Status, as far as it could be read.
struct StatusBody {
  bool is_status = false;
  std::string reason;
  std::string message;
  std::vector<std::string> causes;
  std::int64_t retry_after_seconds = 0;
};

base::Outcome read_cause(JsonValue element, std::vector<std::string>& out) {
  return for_each_field_in(element, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "reason") return assign(out.emplace_back(), read_string(value));
    return {};
  });
}

base::Outcome read_details(JsonValue details, StatusBody& out) {
  return for_each_field_in(details, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "retryAfterSeconds") return assign(out.retry_after_seconds, read_int(value));
    if (key == "causes") {
      return for_each_element(value, [&](JsonValue element) { return read_cause(element, out.causes); });
    }
    return {};
  });
}

StatusBody read_status_body(std::string_view body) {
  StatusBody out;
  simdjson::padded_string padded(body);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  JsonObject object;
  if (parser.iterate(padded).get(document) || document.get_object().get(object)) return out;
  auto read = for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "kind") {
      auto kind = read_string(value);
      out.is_status = kind && *kind == "Status";
      return {};
    }
    if (key == "reason") return assign(out.reason, read_string(value));
    if (key == "message") return assign(out.message, read_string(value));
    if (key == "details") return read_details(value, out);
    return {};
  });
  // A cut or odd body still gives the part that was read; that is better than nothing for a person
  // reading it.
  if (!read && !out.is_status) return {};
  return out;
}

base::Code code_of(int http, const StatusBody& body) {
  switch (http) {
    case 401:
      return base::Code::kUnauthenticated;
    case 403:
      return base::Code::kForbidden;
    case 404:
      return base::Code::kNotFound;
    case 408:
      return base::Code::kDeadline;
    case 409:
      return body.reason == "AlreadyExists" ? base::Code::kAlreadyExists : base::Code::kConflict;
    case 410:
      return base::Code::kExpired;
    case 429:
      return base::Code::kThrottled;
    case 504: {
      const bool too_large =
          std::find(body.causes.begin(), body.causes.end(), "ResourceVersionTooLarge") != body.causes.end();
      return too_large ? base::Code::kExpired : base::Code::kDeadline;
    }
    default:
      break;
  }
  if (http >= 400 && http < 500) return base::Code::kInvalid;
  return base::Code::kUnavailable;  // 5xx, and redirects or nonsense from something in between
}

std::optional<std::chrono::milliseconds> retry_after(const net::HttpResponse& response,
                                                     const StatusBody& body) {
  const std::string_view header = net::find_header(response.headers, "Retry-After");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (header.empty() || error != std::errc() || end != header.data() + header.size()) {
    seconds = body.retry_after_seconds;
  }
  if (seconds <= 0) return std::nullopt;
  // Bounded: no server (or impostor) may put us to sleep for ever.
  return std::chrono::seconds(std::min<std::int64_t>(seconds, 300));
}

}  // namespace

base::Outcome check_reply(const net::HttpResponse& response) {
  if (response.status >= 200 && response.status < 300) return {};
  StatusBody body = read_status_body(response.body);
  if (!body.is_status) body = {};
  base::Status status{code_of(response.status, body), {}, retry_after(response, body)};
  status.message = std::move(body.message);
  if (status.message.empty()) {
    status.message = "HTTP " + std::to_string(response.status);
    if (!body.reason.empty()) status.message += " (" + body.reason + ")";
  }
  if (status.message.size() > kMaxStatusMessage) {
    std::size_t cut = kMaxStatusMessage;
    while (cut > 0 && (static_cast<unsigned char>(status.message[cut]) & 0xC0) == 0x80)
      --cut;  // whole characters
    status.message.resize(cut);
    status.message += "...";
  }
  return base::fail(std::move(status));
}

}  // namespace kube
