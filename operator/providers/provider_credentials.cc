#include "operator/providers/provider_credentials.h"

#include <utility>

#include "base/digest.h"
#include "base/time_text.h"
#include "operator/home/secret_value.h"
#include "operator/providers/certificate_expiry.h"

namespace op {
namespace {

SecretValueRef kubeconfig_of(const api::ProviderRecord& provider) {
  return {provider.secret, provider.secret_key, "the provider's kubeconfig", "spec.kubeconfigSecretRef"};
}

std::string place(const api::ProviderRecord& provider) { return kubeconfig_of(provider).text(); }

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
      base::short_digest(kubeconfig + '\0' + provider.context + '\0' + provider.namespaces.given + '\0' +
                             provider.namespaces.prefix,
                         26);
  return credentials;
}

base::Result<std::variant<Credentials, Trouble>> read_credentials(kube::Client& home,
                                                                  const api::ProviderRecord& provider,
                                                                  base::Time now) {
  const auto value = read_secret_value(home, kubeconfig_of(provider));
  if (!value) return base::fail(value.error());
  if (const auto* trouble = std::get_if<Trouble>(&*value)) return *trouble;
  const auto& text = std::get<std::string>(*value);
  if (text.empty()) return Trouble{"KubeconfigInvalid", place(provider) + ": it is empty"};
  return parse_credentials(provider, text, now);
}

}  // namespace op
