#include "operator/providers/secret_value.h"

#include <openssl/evp.h>

#include <nlohmann/json.hpp>
#include <optional>

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

}  // namespace

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
  return decode_base64(encoded.get<std::string>()).value_or(std::string());
}

}  // namespace op
