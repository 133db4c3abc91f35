#include "operator/kubelet/serving_secret.h"

#include <utility>

#include "net/x509.h"
#include "operator/providers/secret_value.h"

namespace op {
namespace {

base::Result<std::string> read_part(kube::Client& home, const kube::ObjectKey& secret, std::string key) {
  auto value = read_secret_value(home, {.secret = secret,
                                        .key = std::move(key),
                                        .holds = "the burst nodes' serving certificate and its key",
                                        .field = "--serving-secret"});
  if (!value) return base::fail(std::move(value.error()));
  if (auto* trouble = std::get_if<Trouble>(&*value))
    return base::fail(base::Code::kInvalid, std::move(trouble->message));
  return std::get<std::string>(std::move(*value));
}

}  // namespace

base::Result<std::shared_ptr<const ServingCertificate>> read_serving_secret(kube::Client& home,
                                                                            const kube::ObjectKey& secret) {
  auto certificate = read_part(home, secret, "tls.crt");
  if (!certificate) return base::fail(std::move(certificate.error()));
  auto key = read_part(home, secret, "tls.key");
  if (!key) return base::fail(std::move(key.error()));
  // Also wrong for a moment when the Secret is rotated between the two reads.
  if (auto pair = net::check_key_pair(*certificate, *key); !pair)
    return base::fail(std::move(pair.error()).with_context("Secret " + secret.text()));
  return std::make_shared<const ServingCertificate>(
      ServingCertificate{.certificate_pem = std::move(*certificate), .key_pem = std::move(*key)});
}

}  // namespace op
