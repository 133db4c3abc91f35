#include "operator/logs/log_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "base/log.h"
#include "operator/logs/log_tail.h"

namespace op {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".log";
constexpr std::string_view kUnfinished = ".new";

/// A UID or a container's name: no text that could lead out of the folder.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 63 &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

/// As API servers make UIDs; only such folders are ever removed at the start.
bool is_uid(std::string_view text) {
  return text.size() == 36 &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0 || c == '-'; });
}

std::string last_error() { return std::strerror(errno); }

base::Outcome write_whole(const fs::path& path, std::string_view text) {
  const auto failed = [&](const char* doing) {
    return base::fail(base::Code::kUnavailable,
                      std::string(doing) + " " + path.string() + ": " + last_error());
  };
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return failed("cannot write");
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      auto outcome = failed("cannot write");
      ::close(file);
      return outcome;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  const bool kept = ::fsync(file) == 0;
  if (::close(file) != 0 || !kept) return failed("cannot finish");
  return {};
}

/// Removes our own files and then the folder; files of others stay, and with them the folder.
void remove_folder(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto extension = entry.path().extension();
    if (extension == kSuffix || extension == kUnfinished) fs::remove(entry.path(), ignored);
  }
  fs::remove(folder, ignored);
}

std::uint64_t bytes_in(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto size = entry.file_size(error);
    if (!error) bytes += size;
  }
  return bytes;
}

struct PodFolder {
  fs::file_time_type written;
  fs::path path;
};

/// Ours only, the oldest first.
std::vector<PodFolder> pod_folders(const fs::path& folder) {
  std::vector<PodFolder> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!is_uid(entry.path().filename().string()) || !entry.is_directory(error)) continue;
    const auto written = entry.last_write_time(error);
    if (!error) found.push_back({written, entry.path()});
  }
  std::ranges::sort(found, {}, &PodFolder::written);
  return found;
}

std::uint64_t bytes_in_all(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const PodFolder& pod : pod_folders(folder)) bytes += bytes_in(pod.path);
  return bytes;
}

/// Why nothing can be kept in `folder`, "" when it can.
std::string why_unusable(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return error.message();
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) return last_error();
  return {};
}

}  // namespace

LogSpool::LogSpool(std::string folder, std::uint64_t most_bytes)
    : folder_(std::move(folder)), most_bytes_(most_bytes) {
  if (folder_.empty()) return;
  const std::string why = why_unusable(folder_);
  if (why.empty()) {
    bytes_ = bytes_in_all(folder_);
    return;
  }
  base::log_warning("no logs of ended bursts are kept: --log-directory cannot be used",
                    {{"folder", folder_}, {"why", why}});
  folder_.clear();
}

base::Outcome LogSpool::save(const std::string& pod_uid, const std::string& container,
                             std::string_view stamped) {
  if (!enabled()) return {};
  if (!is_name(pod_uid) || !is_name(container)) {
    return base::fail(base::Code::kInvalid, "no name of a pod's container: " + pod_uid + " " + container);
  }
  const std::string tail = tail_of(stamped, kLogBytes);
  const fs::path folder = fs::path(folder_) / pod_uid;
  const fs::path file = folder / (container + std::string(kSuffix));
  std::error_code error;
  const auto before = fs::file_size(file, error);
  make_room(pod_uid, error ? 0 : before, tail.size());
  fs::create_directory(folder, error);
  if (error) {
    return base::fail(base::Code::kUnavailable, "cannot make " + folder.string() + ": " + error.message());
  }
  fs::permissions(folder, fs::perms::owner_all, error);
  const fs::path unfinished = folder / (container + std::string(kUnfinished));
  if (auto written = write_whole(unfinished, tail); !written) return written;
  fs::rename(unfinished, file, error);
  if (error) return base::fail(base::Code::kUnavailable, "cannot keep a log: " + error.message());
  return {};
}

bool LogSpool::has(const std::string& pod_uid, const std::string& container) const {
  if (!enabled() || !is_name(pod_uid) || !is_name(container)) return false;
  std::error_code error;
  return fs::exists(fs::path(folder_) / pod_uid / (container + std::string(kSuffix)), error);
}

base::Result<std::string> LogSpool::read(const std::string& pod_uid, const std::string& container,
                                         const LogQuery& query) const {
  const auto none = [&] {
    return base::fail(base::Code::kNotFound, "no log of container \"" + container + "\" is kept");
  };
  if (!has(pod_uid, container)) return none();
  std::ifstream file(fs::path(folder_) / pod_uid / (container + std::string(kSuffix)), std::ios::binary);
  if (!file) return none();
  std::string text(kLogBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return select_log(text, query);
}

void LogSpool::remove(const std::string& pod_uid) {
  if (!enabled() || !is_name(pod_uid)) return;
  const fs::path folder = fs::path(folder_) / pod_uid;
  std::lock_guard lock(mutex_);
  bytes_ -= std::min(bytes_, bytes_in(folder));
  remove_folder(folder);
}

void LogSpool::make_room(const std::string& pod_uid, std::uint64_t before, std::uint64_t after) {
  std::lock_guard lock(mutex_);
  bytes_ = bytes_ - std::min(bytes_, before) + after;
  if (bytes_ <= most_bytes_) return;
  if (!std::exchange(told_, true)) {
    base::log_warning(
        "the logs of ended bursts have filled their room: the oldest go, though their pods stay",
        {{"folder", folder_}, {"bytes", std::to_string(most_bytes_)}});
  }
  for (const PodFolder& oldest : pod_folders(folder_)) {
    if (bytes_ <= most_bytes_ - most_bytes_ / 8) return;  // not for each log again
    if (oldest.path.filename() == pod_uid) continue;
    bytes_ -= std::min(bytes_, bytes_in(oldest.path));
    remove_folder(oldest.path);
  }
}

void LogSpool::keep_only(const std::set<std::string>& pod_uids) {
  if (!enabled()) return;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    const std::string name = entry.path().filename().string();
    if (is_uid(name) && !pod_uids.contains(name) && entry.is_directory(error)) remove_folder(entry.path());
  }
  std::lock_guard lock(mutex_);
  bytes_ = bytes_in_all(folder_);
}

}  // namespace op
