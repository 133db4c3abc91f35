#include "operator/remote/remote_call.h"

#include <utility>

namespace op {

base::Result<nlohmann::json> call_json(kube::Client& client, net::HttpRequest request) {
  request.timeout = kProbeTimeout;
  const auto reply = client.send(std::move(request));
  if (!reply) return base::fail(reply.error());
  auto document = nlohmann::json::parse(reply->body, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded() || !document.is_object()) {
    return base::fail(base::Code::kMalformed, "the reply is not a JSON object");
  }
  return document;
}

}  // namespace op
