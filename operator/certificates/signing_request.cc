#include "operator/certificates/signing_request.h"

#include <array>
#include <utility>

#include "base/base64.h"
#include "kube/core/json_text.h"

namespace op {
namespace {

using nlohmann::json;

/// Exactly what the signer kubernetes.io/kubelet-serving allows for an elliptic key.
constexpr std::array<std::string_view, 2> kUsages{"digital signature", "server auth"};

json at(const json& object, const char* field) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(field);
  return it == object.end() ? json() : *it;
}

/// The condition of this type that holds, or null.
json holding_condition(const json& object, std::string_view type) {
  const json list = at(at(object, "status"), "conditions");
  if (!list.is_array()) return nullptr;
  for (const json& entry : list) {
    // status is optional in old objects: then the condition holds.
    if (kube::text_at(entry, "type") == type && kube::text_at(entry, "status") != "False") return entry;
  }
  return nullptr;
}

std::string words(const json& condition) {
  const std::string reason = kube::text_at(condition, "reason");
  const std::string message = kube::text_at(condition, "message");
  return reason.empty() || message.empty() ? reason + message : reason + ": " + message;
}

/// True when it is for our key: a certificate for another key would be useless.
bool is_for_our_key(const json& object, const SigningOrder& order) {
  return kube::text_at(at(object, "spec"), "request") == base::encode_base64(order.request_pem);
}

/// The request as it is at the API server, created if there was none. One for an earlier key is replaced.
base::Result<json> ensure_request(kube::Client& home, const SigningOrder& order) {
  const std::string name = signing_request_name(order.node);
  auto there = home.get(kube::kSigningRequests, {}, name);
  if (!there && !there.error().is(base::Code::kNotFound)) return there;
  if (there && is_for_our_key(*there, order)) return there;
  if (there) {
    const auto removed =
        home.remove(kube::kSigningRequests, {}, name, {.uid = kube::text_at(at(*there, "metadata"), "uid")});
    if (!removed) return base::fail(removed.error());
  }
  return home.create(kube::kSigningRequests, {}, signing_request_object(order));
}

base::Result<SigningAnswer> approve(kube::Client& home, json request) {
  if (!request["status"].is_object()) request["status"] = json::object();
  json& conditions = request["status"]["conditions"];
  if (!conditions.is_array()) conditions = json::array();
  conditions.push_back({{"type", "Approved"},
                        {"status", "True"},
                        {"reason", "BurstNode"},
                        {"message", "approved by the operator of the burst node, which made this request"}});
  const auto approved = home.update(kube::kSigningRequests, request, "approval");
  if (approved) return answer_of(*approved);
  if (!approved.error().is(base::Code::kForbidden)) return base::fail(approved.error());
  return SigningAnswer{.message = "somebody has to approve CertificateSigningRequest " +
                                  kube::text_at(request["metadata"], "name") + ": the operator may not (" +
                                  approved.error().message + ")"};
}

}  // namespace

std::string signing_request_name(const std::string& node) { return node + "-serving"; }

json signing_request_object(const SigningOrder& order) {
  return {{"apiVersion", kube::kSigningRequests.api_version()},
          {"kind", kube::kSigningRequests.kind},
          {"metadata", {{"name", signing_request_name(order.node)}}},
          {"spec",
           {{"signerName", order.signer},
            {"request", base::encode_base64(order.request_pem)},
            {"usages", kUsages}}}};
}

bool is_ordered(const json& object, const SigningOrder& order) {
  const json wanted = signing_request_object(order)["spec"];
  const json spec = at(object, "spec");
  const auto same = [&](const char* field) { return at(spec, field) == wanted.at(field); };
  return same("signerName") && same("request") && same("usages");
}

SigningAnswer answer_of(const json& object) {
  using State = SigningAnswer::State;
  if (const json denied = holding_condition(object, "Denied"); !denied.is_null())
    return {.state = State::kRefused, .message = "denied: " + words(denied)};
  if (const json failed = holding_condition(object, "Failed"); !failed.is_null())
    return {.state = State::kRefused, .message = "the signer failed: " + words(failed)};
  const auto certificate = base::decode_base64(kube::text_at(at(object, "status"), "certificate"));
  if (certificate && !certificate->empty()) return {.state = State::kIssued, .certificate_pem = *certificate};
  const bool approved = !holding_condition(object, "Approved").is_null();
  return {.message = approved ? "approved; signer " + kube::text_at(at(object, "spec"), "signerName") +
                                    " has not signed it yet"
                              : "waits for approval"};
}

base::Result<SigningAnswer> advance_signing(kube::Client& home, const SigningOrder& order) {
  auto request = ensure_request(home, order);
  if (!request)
    return base::fail(std::move(request.error()).with_context("asking for a serving certificate"));
  SigningAnswer answer = answer_of(*request);
  const bool undecided =
      answer.state == SigningAnswer::State::kPending && holding_condition(*request, "Approved").is_null();
  if (!undecided) return answer;
  if (!is_ordered(*request, order)) {
    return SigningAnswer{.message = "something changed the request on its way, so it was not approved"};
  }
  auto approved = approve(home, std::move(*request));
  if (!approved)
    return base::fail(std::move(approved.error()).with_context("approving a serving certificate"));
  return approved;
}

}  // namespace op
