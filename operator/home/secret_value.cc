#include "operator/home/secret_value.h"

#include <nlohmann/json.hpp>

#include "base/base64.h"

namespace op {

std::string SecretValueRef::text() const { return "Secret " + secret.text() + ", key \"" + key + "\""; }

base::Result<std::variant<std::string, Trouble>> read_secret_value(kube::Client& home,
                                                                   const SecretValueRef& ref) {
  const auto secret = home.get(kube::kSecrets, ref.secret.ns, ref.secret.name);
  if (!secret) {
    if (secret.error().is(base::Code::kNotFound)) {
      return Trouble{"SecretNotFound", "Secret " + ref.secret.text() + " does not exist: create it with " +
                                           std::string(ref.holds) + " under the key \"" + ref.key + "\""};
    }
    if (secret.error().is(base::Code::kForbidden)) {
      return Trouble{"SecretForbidden", "the operator may not read Secret " + ref.secret.text() +
                                            ": put it into a namespace that the operator may read"};
    }
    return base::fail(secret.error());
  }
  const auto data = secret->find("data");
  if (data == secret->end() || !data->is_object() || !data->contains(ref.key)) {
    return Trouble{"SecretKeyNotFound", ref.text() +
                                            ": the key does not exist: add it, or name the right one in " +
                                            std::string(ref.field) + ".key"};
  }
  const auto& encoded = data->at(ref.key);
  if (!encoded.is_string()) return std::string();
  return base::decode_base64(encoded.get<std::string>()).value_or(std::string());
}

}  // namespace op
