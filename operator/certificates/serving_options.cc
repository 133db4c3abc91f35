#include "operator/certificates/serving_options.h"

namespace op {

base::Result<kube::ObjectKey> parse_serving_secret(const std::string& text) {
  const auto slash = text.find('/');
  const bool whole = slash != std::string::npos && slash > 0 && slash + 1 < text.size() &&
                     text.find('/', slash + 1) == std::string::npos;
  if (!whole) {
    return base::fail(base::Code::kInvalid,
                      "\"" + text + "\" is not NAMESPACE/NAME, for example neoburst-system/kubelet-serving");
  }
  return kube::ObjectKey{text.substr(0, slash), text.substr(slash + 1)};
}

}  // namespace op
