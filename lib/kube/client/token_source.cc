#include "kube/client/token_source.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace kube {

namespace {

constexpr std::size_t kMaxFile = 1u << 20;
constexpr auto kReadAgainAfter = std::chrono::seconds(1);

}  // namespace

base::Result<std::string> clean_token(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return base::fail(base::Code::kInvalid, "the token is empty");
  text = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable) return base::fail(base::Code::kInvalid, "the token holds spaces or control characters");
  return std::string(text);
}

base::Result<std::string> read_small_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail(base::Code::kNotFound, "cannot read " + path);
  std::string text(kMaxFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return base::fail(base::Code::kNotFound, "cannot read " + path);
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFile) return base::fail(base::Code::kInvalid, path + " is larger than 1 MiB");
  return text;
}

base::Result<std::string> FileToken::token() {
  std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (fresh_ && now - read_at_ < kReadAgainAfter) return token_;
  auto text = read_small_file(path_);
  auto token = text ? clean_token(*text) : base::Result<std::string>(base::fail(std::move(text.error())));
  if (token) {
    token_ = std::move(*token);
  } else if (token_.empty()) {
    return base::fail(base::Code::kUnauthenticated, path_ + ": " + token.error().message);
  }
  read_at_ = now;
  fresh_ = true;
  return token_;
}

void FileToken::invalidate() {
  std::lock_guard lock(mutex_);
  fresh_ = false;
}

}  // namespace kube
