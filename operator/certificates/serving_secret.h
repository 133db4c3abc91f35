#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "kube/client/client.h"
#include "operator/certificates/serving_certificate.h"

namespace op {

/// The serving certificate in a Secret of type kubernetes.io/tls. Invalid when the Secret does not exist or
/// does not hold a certificate and its key; the message has the fix and no part of them. Otherwise fails like
/// the request.
base::Result<std::shared_ptr<const ServingCertificate>> read_serving_secret(kube::Client& home,
                                                                            const kube::ObjectKey& secret);

}  // namespace op
