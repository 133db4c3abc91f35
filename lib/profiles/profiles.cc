#include "profiles/profiles.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "api/profile_codec.h"
#include "profiles/builtin_texts.h"
#include "profiles/yaml_json.h"

namespace profiles {
namespace {

constexpr std::size_t kLargestFile = 256 * 1024;

Profiles parse_builtin() {
  Profiles out;
  for (const EmbeddedText& embedded : builtin_texts()) {
    auto profile = parse_profile(embedded.text, "profiles/" + std::string(embedded.name) + ".yaml");
    if (!profile) {  // the tests parse them all, so this is a bug of the build
      std::fprintf(stderr, "%s\n", profile.error().text().c_str());
      std::abort();
    }
    out.insert_or_assign(profile->name, std::move(*profile));
  }
  return out;
}

base::Result<std::vector<std::filesystem::path>> yaml_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  auto at = std::filesystem::directory_iterator(directory, error);
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (at->path().extension() == ".yaml") files.push_back(at->path());
  }
  if (error) {
    return base::fail(base::Code::kInvalid,
                      directory.string() + ": cannot be read as a folder of profiles: " + error.message());
  }
  std::ranges::sort(files);
  return files;
}

/// Reads at most one byte more than allowed, so that a huge file costs no memory.
base::Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof())) {
    return base::fail(base::Code::kInvalid, path.string() + ": cannot be read");
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

base::Result<market::Profile> load_profile(const std::filesystem::path& path) {
  auto text = read_file(path);
  if (!text) return base::fail(std::move(text.error()));
  auto profile = parse_profile(*text, path.string());
  if (profile && profile->name != path.stem().string()) {
    return base::fail(base::Code::kInvalid, path.string() + ": name: \"" + profile->name +
                                                "\" must be the file's name; call the file " + profile->name +
                                                ".yaml");
  }
  return profile;
}

}  // namespace

base::Result<market::Profile> parse_profile(std::string_view text, std::string_view origin) {
  if (text.size() > kLargestFile) {
    return base::fail(base::Code::kInvalid, std::string(origin) + ": is larger than " +
                                                std::to_string(kLargestFile / 1024) + " KiB");
  }
  auto document = yaml_to_json(text);
  if (!document) return base::fail(std::move(document.error()).with_context(origin));
  if (!document->is_object()) {
    return base::fail(base::Code::kInvalid, std::string(origin) + ": must be a map that begins with name:");
  }
  auto profile = api::decode_profile(*document);
  if (!profile) return base::fail(std::move(profile.error()).with_context(origin));
  return profile;
}

const Profiles& builtin_profiles() {
  static const Profiles profiles = parse_builtin();
  return profiles;
}

base::Result<Profiles> load_profiles(const std::filesystem::path& directory) {
  auto files = yaml_files(directory);
  if (!files) return base::fail(std::move(files.error()));
  Profiles out = builtin_profiles();
  for (const std::filesystem::path& file : *files) {
    auto profile = load_profile(file);
    if (!profile) return base::fail(std::move(profile.error()));
    out.insert_or_assign(profile->name, std::move(*profile));
  }
  return out;
}

}  // namespace profiles
