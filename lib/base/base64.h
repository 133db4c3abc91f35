#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace base {

/// Standard alphabet, padded, without line breaks: as Kubernetes writes bytes in JSON.
std::string encode_base64(std::string_view bytes);
/// nullopt when `text` is not valid base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace base
