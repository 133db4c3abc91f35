#include "cli/explain/flags.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace cli {
namespace {

std::optional<Subject> subject_of(std::string_view kind) {
  constexpr std::array<std::pair<std::string_view, Subject>, 10> kKinds{{
      {"pod", Subject::kPod},
      {"pods", Subject::kPod},
      {"po", Subject::kPod},
      {"claim", Subject::kClaim},
      {"claims", Subject::kClaim},
      {"gpuclaim", Subject::kClaim},
      {"gpuclaims", Subject::kClaim},
      {"gpucapacityclaim", Subject::kClaim},
      {"gpucapacityclaims", Subject::kClaim},
      {"gpucapacityclaims.neoburst.io", Subject::kClaim},
  }};
  const auto* found = std::ranges::find(kKinds, kind, &std::pair<std::string_view, Subject>::first);
  return found == kKinds.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

base::Result<ExplainTarget> read_target(const ExplainFlags& flags) {
  std::string kind = "pod";
  std::string name = flags.first;
  if (!flags.second.empty()) {
    kind = flags.first;
    name = flags.second;
  } else if (const auto slash = flags.first.find('/'); slash != std::string::npos) {
    kind = flags.first.substr(0, slash);
    name = flags.first.substr(slash + 1);
  }
  const auto subject = subject_of(kind);
  if (!subject) {
    return base::fail(base::Code::kInvalid,
                      "\"" + kind + "\" cannot be explained; give pod/NAME or claim/NAME");
  }
  if (name.empty() || name.find('/') != std::string::npos) {
    return base::fail(base::Code::kInvalid, "\"" + name + "\" is not a name; give pod/NAME or claim/NAME");
  }
  return ExplainTarget{*subject, name};
}

}  // namespace cli
