#include "operator/certificates/serving_secret.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/base64.h"
#include "net/x509.h"

namespace op {
namespace {

constexpr const char* kCertificateKey = "tls.crt";
constexpr const char* kPrivateKey = "tls.key";

base::Status wrong(const kube::ObjectKey& secret, const std::string& what) {
  return {base::Code::kInvalid, "Secret " + secret.text() + " of --serving-secret " + what};
}

/// "" where it is not there or no Base64.
std::string decoded_value(const nlohmann::json& secret, const char* key) {
  const auto data = secret.find("data");
  if (data == secret.end() || !data->is_object()) return {};
  const auto value = data->find(key);
  if (value == data->end() || !value->is_string()) return {};
  return base::decode_base64(value->get<std::string>()).value_or(std::string());
}

}  // namespace

base::Result<std::shared_ptr<const ServingCertificate>> read_serving_secret(kube::Client& home,
                                                                            const kube::ObjectKey& secret) {
  const auto object = home.get(kube::kSecrets, secret.ns, secret.name);
  if (!object && object.error().is(base::Code::kNotFound)) {
    return base::fail(wrong(secret, "does not exist: create it, of type kubernetes.io/tls"));
  }
  if (!object && object.error().is(base::Code::kForbidden)) {
    return base::fail(
        wrong(secret, "may not be read by the operator: put it into a namespace that the operator may read"));
  }
  if (!object) return base::fail(object.error());
  ServingCertificate read{.certificate_pem = decoded_value(*object, kCertificateKey),
                          .key_pem = decoded_value(*object, kPrivateKey)};
  for (const char* key : {kCertificateKey, kPrivateKey}) {
    if (decoded_value(*object, key).empty()) return base::fail(wrong(secret, std::string("has no ") + key));
  }
  if (auto pair = net::check_key_pair(read.certificate_pem, read.key_pem); !pair)
    return base::fail(std::move(pair.error()).with_context("Secret " + secret.text()));
  return std::make_shared<const ServingCertificate>(std::move(read));
}

}  // namespace op
