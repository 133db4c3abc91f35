#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace op {

/// What is known about the serving certificate of one burst node.
struct ServingSituation {
  base::Time now;
  base::Time wanted_since;  ///< when somebody first asked for it
  bool has_certificate = false;
  bool self_signed = false;                 ///< the one it has
  std::optional<base::Time> renew_at = {};  ///< of the one it has
  /// When the signer is to be asked, or asked again how far it is; after a refusal or a failure, later.
  base::Time ask_at;
  std::chrono::milliseconds self_signed_after{};
};

enum class ServingAct {
  kWait,
  kAsk,       ///< ask for a signed one, or how far that is
  kSelfSign,  ///< make one that at least encrypts
};

struct ServingStep {
  ServingAct act = ServingAct::kWait;
  base::Time again_at;  ///< of kWait: when to look again
  bool operator==(const ServingStep&) const = default;
};

/// What to do next: first something to serve with, once the signer has had its time, then a signed one.
ServingStep decide_serving(const ServingSituation& s);

/// When a certificate is to be renewed: after 75 to 85 % of its life, by its node's name, so that the nodes
/// of one start do not ask all at once again.
base::Time renewal_time(std::string_view node, base::Time not_before, base::Time not_after);

}  // namespace op
