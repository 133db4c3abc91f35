#include "base/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace base {

std::string short_digest(std::string_view text, std::size_t length) {
  static constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::array<unsigned char, 32> hash{};
  if (EVP_Digest(text.data(), text.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    std::abort();  // SHA-256 of memory fails only without memory
  }
  std::string out;
  out.reserve(52);
  unsigned bits = 0;
  unsigned count = 0;
  for (const unsigned char byte : hash) {
    bits = (bits << 8) | byte;
    count += 8;
    while (count >= 5) {
      count -= 5;
      out.push_back(kAlphabet[(bits >> count) & 31u]);
    }
    bits &= (1u << count) - 1;
  }
  out.push_back(kAlphabet[(bits << (5 - count)) & 31u]);  // 256 = 51 * 5 + 1
  out.resize(std::min<std::size_t>(length, 52));
  return out;
}

}  // namespace base
