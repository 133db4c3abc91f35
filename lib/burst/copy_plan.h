#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "burst/copies.h"

/// What is to be done about the copies of one home namespace in one namespace at a provider. What may be
/// copied follows from home alone: every object at a provider, the root and our twins among them, may have
/// been written by the provider, and what it says can at most keep a copy that is there, never make one.
/// Pure; any thread.
namespace burst {

/// The copies that the twin of `pod` (the whole document as home has it) needs, its headless Service among
/// them where it has a subdomain. `ephemeral`: the ephemeral containers that count, by name. Invalid when the
/// document has an unexpected shape.
base::Result<std::vector<Copy>> needs_of(const CopyPlace& place, const nlohmann::json& pod,
                                         const std::set<std::string>& ephemeral);

/// The users of copies.
struct CopyUse {
  /// needs_of the pods whose attempt is live there: from home.
  std::vector<Copy> needed = {};
  /// The names of copies, and values of kSubdomainLabel, that twins there claim to use.
  std::set<std::string> named = {};
  std::set<std::string> subdomains = {};

  bool nobody() const { return needed.empty() && named.empty() && subdomains.empty(); }
};

struct CopyPlan {
  std::vector<Copy> write;   ///< to be written from their sources; each once
  std::vector<Copy> keep;    ///< listed, and in use
  std::vector<Copy> remove;  ///< listed, and used by no pod now
};
/// `listed` are the root's entries.
CopyPlan plan_copies(const CopyPlace& place, const CopyUse& use, const std::vector<Copy>& listed);

}  // namespace burst
