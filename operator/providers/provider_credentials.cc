#include "operator/providers/provider_credentials.h"

#include <openssl/evp.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/digest.h"
#include "base/time_text.h"
#include "operator/providers/certificate_expiry.h"

namespace op {
namespace {

std::optional<std::string> decode_base64(const std::string& text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  // EVP_DecodeBlock counts the padding as bytes.
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

std::string place(const api::ProviderRecord& provider) {
  return "Secret " + provider.secret.text() + ", key \"" + provider.secret_key + "\"";
}

}  // namespace

std::variant<Credentials, Trouble> parse_credentials(const api::ProviderRecord& provider,
                                                     const std::string& kubeconfig, base::Time now) {
  kube::KubeconfigOptions options;
  options.context = provider.context;
  options.allow_files = false;  // a Secret must not make us read local files
  auto config = kube::parse_kubeconfig(kubeconfig, options);
  if (!config) return Trouble{"KubeconfigInvalid", place(provider) + ": " + config.error().message};
  if (const auto expiry = certificate_expiry(config->tls.certificate_pem); expiry && *expiry <= now) {
    return Trouble{"CertificateExpired", place(provider) + ": the client certificate expired at " +
                                             base::format_time(*expiry) +
                                             ": get a new kubeconfig from the provider and put it there"};
  }
  Credentials credentials;
  credentials.server = config->endpoint.host + ":" + std::to_string(config->endpoint.port);
  credentials.config = std::move(*config);
  credentials.fingerprint =
      base::short_digest(kubeconfig + '\0' + provider.context + '\0' + provider.remote_namespace, 26);
  return credentials;
}

base::Result<std::variant<Credentials, Trouble>> read_credentials(kube::Client& home,
                                                                  const api::ProviderRecord& provider,
                                                                  base::Time now) {
  const auto secret = home.get(kube::kSecrets, provider.secret.ns, provider.secret.name);
  if (!secret) {
    if (secret.error().is(base::Code::kNotFound)) {
      return Trouble{"SecretNotFound",
                     "Secret " + provider.secret.text() +
                         " does not exist: create it with the provider's kubeconfig under the key \"" +
                         provider.secret_key + "\""};
    }
    if (secret.error().is(base::Code::kForbidden)) {
      return Trouble{"SecretForbidden", "the operator may not read Secret " + provider.secret.text() +
                                            ": put it into a namespace that the operator may read"};
    }
    return base::fail(secret.error());
  }
  const auto data = secret->find("data");
  if (data == secret->end() || !data->is_object() || !data->contains(provider.secret_key)) {
    return Trouble{"SecretKeyNotFound", place(provider) +
                                            ": the key does not exist: add it, or name the right one in "
                                            "spec.kubeconfigSecretRef.key"};
  }
  const auto& encoded = data->at(provider.secret_key);
  const auto text = encoded.is_string() ? decode_base64(encoded.get<std::string>()) : std::nullopt;
  if (!text || text->empty()) return Trouble{"KubeconfigInvalid", place(provider) + ": it is empty"};
  return parse_credentials(provider, *text, now);
}

}  // namespace op
