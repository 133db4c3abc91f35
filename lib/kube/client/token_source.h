#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "kube/client/config.h"

namespace kube {

/// A token that never changes.
class StaticToken : public TokenSource {
 public:
  explicit StaticToken(std::string token) : token_(std::move(token)) {}
  base::Result<std::string> token() override { return token_; }

 private:
  const std::string token_;
};

/// A token in a file that somebody rotates (projected service account tokens). Reads it at most once a
/// second; while the file cannot be read, the last good token stays in use. Thread-safe.
class FileToken : public TokenSource {
 public:
  explicit FileToken(std::string path) : path_(std::move(path)) {}
  base::Result<std::string> token() override;
  void invalidate() override;

 private:
  const std::string path_;
  std::mutex mutex_;
  std::string token_;
  base::SteadyTime read_at_{};
  bool fresh_ = false;
};

/// Cuts white space off both ends. Invalid when nothing remains, or when a character is not allowed in an
/// HTTP header.
base::Result<std::string> clean_token(std::string_view text);
/// The whole file, at most 1 MiB. NotFound or Invalid with the path.
base::Result<std::string> read_small_file(const std::string& path);

}  // namespace kube
