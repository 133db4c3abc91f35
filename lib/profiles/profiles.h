#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/status.h"
#include "market/profile.h"

/// Provider profiles: what is known about a provider before its cluster is asked. Data in profiles/*.yaml,
/// which are built into the programs; an installation can replace them or add its own.
namespace profiles {

using Profiles = std::map<std::string, market::Profile, std::less<>>;

/// Reads one profile document of at most 256 KiB. Invalid says where the mistake is and how to fix it, after
/// `origin`: "profiles/coreweave.yaml: taints.tolerate[0].operatr: unknown key; did you mean operator?".
base::Result<market::Profile> parse_profile(std::string_view text, std::string_view origin);

/// The built-in profiles by name. Read once and never freed; safe from any thread.
const Profiles& builtin_profiles();

/// The built-in profiles, replaced or extended by the *.yaml files of `directory`. A file has the name of its
/// profile: NAME.yaml. One bad file fails the whole: half a configuration is none.
base::Result<Profiles> load_profiles(const std::filesystem::path& directory);

}  // namespace profiles
