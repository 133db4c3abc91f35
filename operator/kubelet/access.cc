#include "operator/kubelet/access.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/digest.h"
#include "base/log.h"
#include "kube/core/json_text.h"
#include "net/x509.h"
#include "operator/kubelet/answer_memory.h"
#include "operator/kubelet/node_permission.h"

namespace op {

/// Somebody, as the API server names them. `known` is false for a token that stands for nobody.
struct KubeletUser {
  bool known = false;
  std::string name;
  std::string uid;
  std::vector<std::string> groups;
  nlohmann::json extra = nlohmann::json::object();
};

namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr seconds kKeepToken{120};
constexpr seconds kKeepBadToken{10};
constexpr seconds kKeepAllowed{300};
constexpr seconds kKeepDenied{30};
constexpr seconds kReviewTimeout{10};
/// Far above any token of an API server; what is longer is not even asked about.
constexpr std::size_t kMaxTokenBytes = 16u << 10;
constexpr std::string_view kAuthenticated = "system:authenticated";

bool is_text(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTokenBytes &&
         std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

void add_authenticated(KubeletUser& user) {
  if (std::ranges::find(user.groups, kAuthenticated) == user.groups.end())
    user.groups.emplace_back(kAuthenticated);
}

/// Creates a review and returns its status.
base::Result<json> review(kube::Client& home, const kube::Resource& kind, const json& spec,
                          const std::stop_token& stop) {
  const json body{{"apiVersion", kind.api_version()}, {"kind", kind.kind}, {"spec", spec}};
  auto request = kube::create_request(kind, {}, body.dump());
  request.timeout = kReviewTimeout;
  const auto reply = home.send(std::move(request), stop);
  if (!reply) return base::fail(reply.error());
  const json answer = json::parse(reply->body, nullptr, /*allow_exceptions=*/false);
  const auto status = answer.is_object() ? answer.find("status") : answer.end();
  if (status == answer.end() || !status->is_object()) {
    return base::fail(base::Code::kMalformed, std::string(kind.kind) + ": the reply has no status");
  }
  return *status;
}

bool is_true(const json& object, const char* field) {
  const auto it = object.find(field);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}

KubeletUser user_of(const json& status) {
  KubeletUser user;
  const auto who = status.find("user");
  if (!is_true(status, "authenticated") || who == status.end() || !who->is_object()) return user;
  user.name = kube::text_at(*who, "username");
  user.uid = kube::text_at(*who, "uid");
  if (const auto groups = who->find("groups"); groups != who->end() && groups->is_array()) {
    for (const json& group : *groups) {
      if (group.is_string()) user.groups.push_back(group.get<std::string>());
    }
  }
  if (const auto extra = who->find("extra"); extra != who->end() && extra->is_object()) user.extra = *extra;
  user.known = !user.name.empty();
  if (user.known) add_authenticated(user);
  return user;
}

int http_status_of(const base::Status& failure) {
  const bool passing = failure.is(base::Code::kUnavailable) || failure.is(base::Code::kDeadline) ||
                       failure.is(base::Code::kThrottled) || failure.is(base::Code::kCancelled);
  return passing ? 503 : 500;
}

}  // namespace

struct KubeletAccess::State {
  State(kube::Client& client, const base::Clock& time, const ClientCa& ca)
      : home(client), clock(time), client_ca(ca) {}

  base::Result<KubeletUser> by_certificate(const std::string& chain_pem) const;
  base::Result<KubeletUser> by_token(const std::string& token, const std::stop_token& stop);
  base::Result<KubeletUser> who(const KubeletCaller& caller, const std::stop_token& stop);
  base::Result<bool> may(const KubeletUser& user, const json& attributes, const std::stop_token& stop);
  base::Result<bool> may(const KubeletUser& user, const std::string& node, const NodePermission& permission,
                         const std::stop_token& stop);

  kube::Client& home;
  const base::Clock& clock;
  const ClientCa& client_ca;
  AnswerMemory<KubeletUser> tokens{clock, kRemembered};
  AnswerMemory<bool> permissions{clock, kRemembered};
};

base::Result<KubeletUser> KubeletAccess::State::by_certificate(const std::string& chain_pem) const {
  if (chain_pem.empty()) return KubeletUser();
  const std::string ca = client_ca.pem();
  if (ca.empty() && client_ca.known()) return KubeletUser();
  if (ca.empty()) {
    return base::fail(base::Code::kUnavailable,
                      "the client CA of the home cluster is not known yet (ConfigMap "
                      "kube-system/extension-apiserver-authentication)");
  }
  auto subject = net::verify_client_certificate(chain_pem, ca, clock.now());
  if (!subject && subject.error().is(base::Code::kInvalid)) {
    return base::fail(base::Code::kUnavailable,
                      "the client CA of the home cluster cannot be used: " + subject.error().message);
  }
  if (!subject) {
    base::log_debug("a client of a burst node is not who it says", {{"why", subject.error().message}});
    return KubeletUser();
  }
  const bool readable = is_text(subject->common_name) && std::ranges::all_of(subject->organizations, is_text);
  if (subject->common_name.empty() || !readable) return KubeletUser();
  KubeletUser user{.known = true, .name = subject->common_name, .uid = {}, .groups = subject->organizations};
  add_authenticated(user);
  return user;
}

base::Result<KubeletUser> KubeletAccess::State::by_token(const std::string& token,
                                                         const std::stop_token& stop) {
  if (!is_token(token)) return KubeletUser();
  return tokens.get(base::short_digest(token, 52), [&]() -> base::Result<AnswerMemory<KubeletUser>::Answer> {
    const auto status = review(home, kube::kTokenReviews, {{"token", token}}, stop);
    if (!status) return base::fail(status.error());
    KubeletUser user = user_of(*status);
    const auto keep = user.known ? kKeepToken : kKeepBadToken;
    return AnswerMemory<KubeletUser>::Answer{std::move(user), keep};
  });
}

base::Result<KubeletUser> KubeletAccess::State::who(const KubeletCaller& caller,
                                                    const std::stop_token& stop) {
  auto user = by_certificate(caller.certificate_chain_pem);
  if (user && user->known) return user;
  // A certificate that could not be judged may be the API server's: do not call it anonymous.
  if (!user && caller.bearer_token.empty()) return user;
  return by_token(caller.bearer_token, stop);
}

base::Result<bool> KubeletAccess::State::may(const KubeletUser& user, const json& attributes,
                                             const std::stop_token& stop) {
  json spec{{"user", user.name}, {"groups", user.groups}, {"resourceAttributes", attributes}};
  if (!user.uid.empty()) spec["uid"] = user.uid;
  if (!user.extra.empty()) spec["extra"] = user.extra;
  return permissions.get(base::short_digest(spec.dump(), 52),
                         [&]() -> base::Result<AnswerMemory<bool>::Answer> {
                           const auto status = review(home, kube::kSubjectAccessReviews, spec, stop);
                           if (!status) return base::fail(status.error());
                           const bool allowed = is_true(*status, "allowed") && !is_true(*status, "denied");
                           return AnswerMemory<bool>::Answer{allowed, allowed ? kKeepAllowed : kKeepDenied};
                         });
}

base::Result<bool> KubeletAccess::State::may(const KubeletUser& user, const std::string& node,
                                             const NodePermission& permission, const std::stop_token& stop) {
  for (const auto& verb : permission.verbs) {
    bool allowed = false;
    for (const auto& subresource : permission.subresources) {
      const auto answer = may(user,
                              {{"verb", verb},
                               {"version", "v1"},
                               {"resource", "nodes"},
                               {"subresource", subresource},
                               {"name", node}},
                              stop);
      if (!answer) return base::fail(answer.error());
      if ((allowed = *answer)) break;
    }
    if (!allowed) return false;
  }
  return !permission.verbs.empty();
}

KubeletAccess::KubeletAccess(kube::Client& home, const base::Clock& clock, const ClientCa& client_ca)
    : state_(std::make_unique<State>(home, clock, client_ca)) {}
KubeletAccess::~KubeletAccess() = default;

AccessVerdict KubeletAccess::check(const KubeletCaller& caller, const KubeletQuestion& question,
                                   std::stop_token stop) {
  const auto failed = [&](const char* what, const base::Status& failure, const std::string& user) {
    base::log_warning("a request to a burst node could not be judged, so it is refused",
                      {{"node", question.node}, {"user", user}, {"error", failure.text()}});
    return AccessVerdict{.status = http_status_of(failure), .text = what, .user = user};
  };
  const auto user = state_->who(caller, stop);
  if (!user) return failed("Authentication error: the API server could not say who asks\n", user.error(), "");
  if (!user->known) return {};
  const NodePermission permission = required_permission(question.method, question.path, question.upgrade);
  const auto allowed = state_->may(*user, question.node, permission, stop);
  if (!allowed) {
    return failed("Authorization error: the API server could not say what is allowed\n", allowed.error(),
                  user->name);
  }
  if (!*allowed) return {.status = 403, .text = forbidden_text(user->name, permission), .user = user->name};
  return {.status = 200, .text = "", .user = user->name};
}

}  // namespace op
