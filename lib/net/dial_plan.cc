#include "net/dial_plan.h"

#include "base/time_text.h"

namespace net {

std::string DialPlan::address_text() const {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

std::string DialPlan::expiry() const {
  if (!certificate_not_after || *certificate_not_after >= base::system_clock().now()) return {};
  return "our client certificate expired at " + base::format_time(*certificate_not_after);
}

base::Result<Upstream> make_upstream(const Endpoint& endpoint, const TlsOptions& options) {
  auto plan = std::make_shared<DialPlan>();
  plan->endpoint = endpoint;
  if (!endpoint.tls) return plan;
  auto tls = make_client_tls(options);
  if (!tls) return base::fail(std::move(tls.error()));
  plan->tls = std::move(*tls);
  plan->verify_name = options.server_name.empty() ? endpoint.host : options.server_name;
  if (!options.certificate_pem.empty()) {
    const auto not_after = certificate_not_after(options.certificate_pem);
    if (!not_after) return base::fail(not_after.error());
    plan->certificate_not_after = *not_after;
  }
  return plan;
}

}  // namespace net
