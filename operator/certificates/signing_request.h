#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/status.h"
#include "kube/client/client.h"

namespace op {

/// The CertificateSigningRequest of one burst node, as it should look.
struct SigningOrder {
  std::string node;
  std::string signer;
  std::string request_pem;  ///< PKCS 10
};

/// The progress of a request.
struct SigningAnswer {
  enum class State {
    kPending,  ///< not approved yet, or the signer takes its time
    kIssued,
    kRefused,  ///< denied or failed; only a new request can help
  };
  State state = State::kPending;
  std::string certificate_pem = {};  ///< of kIssued
  std::string message = {};          ///< of the others: what it waits for, or why it was refused and by whom
};

/// Named after the node alone: there is one request per node, however often it is renewed.
std::string signing_request_name(const std::string& node);
nlohmann::json signing_request_object(const SigningOrder& order);
/// True when the object asks for this and nothing else: only then may we approve it.
bool is_ordered(const nlohmann::json& object, const SigningOrder& order);
/// Reads the answer from a request; never fails on text that others wrote there.
SigningAnswer answer_of(const nlohmann::json& object);

/// Brings the request one step further: creates it (replacing an earlier one if need be), approves it
/// where we may, and reports its progress. May be repeated after any failure.
base::Result<SigningAnswer> advance_signing(kube::Client& home, const SigningOrder& order);

}  // namespace op
