#include "operator/kubelet/kubelet_request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/time_text.h"
#include "operator/kubelet/query_text.h"

namespace op {
namespace {

using Parsed = std::expected<KubeletRequest, KubeletRefusal>;

std::unexpected<KubeletRefusal> not_found() { return refuse_request(404, "404 page not found\n"); }

/// Paths without parameters, all read with GET.
struct PlainPath {
  std::string_view path;
  KubeletVerb verb;
};
constexpr std::array<PlainPath, 8> kPlainPaths{{
    {"/healthz", KubeletVerb::kHealthz},
    {"/pods", KubeletVerb::kPods},
    {"/pods/", KubeletVerb::kPods},
    {"/configz", KubeletVerb::kConfigz},
    {"/stats/summary", KubeletVerb::kStatsSummary},
    {"/stats/summary/", KubeletVerb::kStatsSummary},
    {"/metrics", KubeletVerb::kMetrics},
    {"/metrics/resource", KubeletVerb::kMetricsResource},
}};

struct PodPath {
  std::string_view first;  ///< the first segment
  KubeletVerb verb;
  bool names_container;
  bool may_name_uid;
};
constexpr std::array<PodPath, 5> kPodPaths{{
    {"containerLogs", KubeletVerb::kLogs, true, false},
    {"exec", KubeletVerb::kExec, true, true},
    {"attach", KubeletVerb::kAttach, true, true},
    {"portForward", KubeletVerb::kPortForward, false, true},
    {"run", KubeletVerb::kRun, true, true},
}};

std::optional<std::vector<std::string>> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const auto end = std::min(path.find('/'), path.size());
    auto segment = percent_decode(path.substr(0, end));
    if (!segment) return std::nullopt;
    segments.push_back(std::move(*segment));
    path.remove_prefix(end);
  }
  return segments;
}

/// As Kubernetes reads a bool of a query: it is false only when absent, "false" or "0".
bool flag(const Query& query, std::string_view name) {
  const auto value = query_value(query, name);
  return value && *value != "false" && *value != "0";
}

/// False when there is a value that is not a number of at least `least`.
bool number(const Query& query, std::string_view name, std::int64_t least, std::optional<std::int64_t>& out,
            bool& decodes) {
  const auto text = query_value(query, name);
  if (!text) return true;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  decodes = decodes && error == std::errc() && end == text->data() + text->size();
  out = value;
  return value >= least;
}

std::optional<KubeletRefusal> read_log_options(const Query& query, LogOptions& log) {
  bool decodes = true;
  log.follow = flag(query, "follow");
  log.previous = flag(query, "previous");
  log.timestamps = flag(query, "timestamps");
  log.stream = query_value(query, "stream").value_or("");
  bool valid = number(query, "tailLines", 0, log.tail_lines, decodes);
  valid = number(query, "sinceSeconds", 1, log.since_seconds, decodes) && valid;
  valid = number(query, "limitBytes", 1, log.limit_bytes, decodes) && valid;
  if (const auto text = query_value(query, "sinceTime"); text && !text->empty()) {
    const auto time = base::parse_time(*text);
    if (time) log.since_time = *time;
    decodes = decodes && time.has_value();
  }
  if (!decodes) return KubeletRefusal{400, R"({"message": "Unable to decode query."})"};
  valid = valid && !(log.since_seconds && log.since_time);
  valid = valid &&
          (log.stream.empty() || log.stream == "All" || log.stream == "Stdout" || log.stream == "Stderr");
  if (!valid) return KubeletRefusal{422, R"({"message": "Invalid request."})"};
  return std::nullopt;
}

std::optional<KubeletRefusal> read_console_options(const Query& query, ConsoleOptions& console) {
  const auto on = [&](std::string_view name) { return query_value(query, name) == "1"; };
  console.in = on("input");
  console.out = on("output");
  console.tty = on("tty");
  console.err = on("error") && !console.tty;  // a terminal has one output
  console.command = query_values(query, "command");
  if (console.in || console.out || console.err) return std::nullopt;
  return KubeletRefusal{400, "you must specify at least 1 of stdin, stdout, stderr"};
}

Parsed read_pod_path(const PodPath& kind, std::vector<std::string> segments) {
  const std::size_t least = kind.names_container ? 4 : 3;
  const bool names_uid = segments.size() == least + 1;
  if (segments.size() < least || (names_uid && !kind.may_name_uid) || segments.size() > least + 1) {
    return not_found();
  }
  if (std::ranges::any_of(segments, &std::string::empty)) return not_found();
  KubeletRequest request{.verb = kind.verb, .ns = segments[1], .pod = segments[2]};
  if (names_uid) request.uid = segments[3];
  if (kind.names_container) request.container = segments.back();
  return request;
}

bool is_method_allowed(KubeletVerb verb, std::string_view method) {
  switch (verb) {
    case KubeletVerb::kExec:
    case KubeletVerb::kAttach:
    case KubeletVerb::kPortForward:
      return method == "GET" || method == "POST";
    case KubeletVerb::kRun:
      return method == "POST";
    default:
      return method == "GET";
  }
}

std::optional<KubeletRefusal> read_query(const Query& query, KubeletRequest& request) {
  switch (request.verb) {
    case KubeletVerb::kLogs:
      return read_log_options(query, request.log);
    case KubeletVerb::kExec:
    case KubeletVerb::kAttach:
      return read_console_options(query, request.console);
    case KubeletVerb::kPortForward:
      for (const std::string& list : query_values(query, "port")) {
        const bool numbers = list.find_first_not_of("0123456789,") == std::string::npos;
        if (!numbers) return KubeletRefusal{400, "invalid port " + list};
        request.ports.push_back(list);
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

/// Builds a query piece by piece.
class QueryWriter {
 public:
  void add(std::string_view name, std::string_view value) {
    text_.append(text_.empty() ? "?" : "&").append(name).append("=");
    text_.append(net::encode_query_value(value));
  }
  void add_if(bool on, std::string_view name) {
    if (on) add(name, "true");
  }
  void add_number(std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) add(name, std::to_string(*value));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void write_log_options(const LogOptions& log, QueryWriter& query) {
  query.add_if(log.follow, "follow");
  query.add_if(log.previous, "previous");
  query.add_if(log.timestamps, "timestamps");
  query.add_number("tailLines", log.tail_lines);
  query.add_number("sinceSeconds", log.since_seconds);
  if (log.since_time) query.add("sinceTime", base::format_time(*log.since_time));
  query.add_number("limitBytes", log.limit_bytes);
  if (!log.stream.empty() && log.stream != "All") query.add("stream", log.stream);
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// The protocols that a WebSocket client offers, without the word that is really its token for the
/// home cluster. Browsers send it this way, because they cannot set an Authorization header.
std::string without_tokens(std::string_view protocols) {
  static constexpr std::string_view kToken = "base64url.bearer.authorization.k8s.io.";
  std::string kept;
  while (!protocols.empty()) {
    const auto end = std::min(protocols.find(','), protocols.size());
    const std::string_view word = trim(protocols.substr(0, end));
    protocols.remove_prefix(std::min(end + 1, protocols.size()));
    if (word.empty() || base::lowered(word).starts_with(kToken)) continue;
    kept.append(kept.empty() ? "" : ", ").append(word);
  }
  return kept;
}

}  // namespace

Parsed parse_kubelet_request(std::string_view method, std::string_view target) {
  const auto question = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, question);
  if (!path.starts_with('/')) return not_found();
  Parsed parsed = not_found();
  const auto plain = std::ranges::find(kPlainPaths, path, &PlainPath::path);
  if (plain != kPlainPaths.end()) {
    parsed = KubeletRequest{.verb = plain->verb};
  } else if (auto segments = segments_of(path); segments && !segments->empty()) {
    const auto kind = std::ranges::find(kPodPaths, segments->front(), &PodPath::first);
    if (kind != kPodPaths.end()) parsed = read_pod_path(*kind, std::move(*segments));
  }
  if (!parsed) return parsed;
  if (!is_method_allowed(parsed->verb, method)) return refuse_request(405, "405: Method Not Allowed");
  const auto query = parse_query(target.substr(std::min(question + 1, target.size())));
  if (!query) return refuse_request(400, "invalid query");
  if (auto refusal = read_query(*query, *parsed)) return std::unexpected(std::move(*refusal));
  return parsed;
}

std::string provider_target(const KubeletRequest& request, const std::string& ns, const std::string& twin) {
  std::string target =
      "/api/v1/namespaces/" + net::encode_query_value(ns) + "/pods/" + net::encode_query_value(twin);
  QueryWriter query;
  if (request.verb == KubeletVerb::kPortForward) {
    for (const std::string& port : request.ports) query.add("ports", port);
    return target + "/portforward" + query.text();
  }
  query.add("container", request.container);
  if (request.verb == KubeletVerb::kLogs) {
    write_log_options(request.log, query);
    return target + "/log" + query.text();
  }
  for (const std::string& word : request.console.command) query.add("command", word);
  query.add_if(request.console.in, "stdin");
  query.add_if(request.console.out, "stdout");
  query.add_if(request.console.err, "stderr");
  query.add_if(request.console.tty, "tty");
  // When absent, not all of them are false to the API server: stdout and stderr of an attach are true then.
  if (!request.console.out) query.add("stdout", "false");
  if (!request.console.err) query.add("stderr", "false");
  return target + (request.verb == KubeletVerb::kExec ? "/exec" : "/attach") + query.text();
}

net::Headers upgrade_headers(const net::Headers& headers) {
  static constexpr std::string_view kProtocols = "sec-websocket-protocol";
  static constexpr std::array<std::string_view, 7> kPassed{"connection",
                                                           "upgrade",
                                                           "x-stream-protocol-version",
                                                           "sec-websocket-key",
                                                           "sec-websocket-version",
                                                           kProtocols,
                                                           "sec-websocket-extensions"};
  net::Headers passed;
  for (const net::Header& header : headers) {
    const std::string name = base::lowered(header.name);
    if (std::ranges::find(kPassed, name) == kPassed.end()) continue;
    std::string value = name == kProtocols ? without_tokens(header.value) : header.value;
    if (name != kProtocols || !value.empty()) passed.push_back({header.name, std::move(value)});
  }
  return passed;
}

}  // namespace op
