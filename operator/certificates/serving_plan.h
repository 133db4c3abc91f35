#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace op {

/// What is known about the serving certificate of one burst node.
struct ServingSituation {
  base::Time now;
  base::Time wanted_since;  ///< when it was first asked for
  bool has_certificate = false;
  bool self_signed = false;                 ///< the one it has
  std::optional<base::Time> renew_at = {};  ///< of the one it has
  /// When to ask the signer, or ask again for its progress; later after a refusal or a failure.
  base::Time ask_at;
  std::chrono::milliseconds self_signed_after{};
};

enum class ServingAct {
  kWait,
  kAsk,       ///< ask for a signed one, or for its progress
  kSelfSign,  ///< make one that at least encrypts
};

struct ServingStep {
  ServingAct act = ServingAct::kWait;
  base::Time again_at;  ///< of kWait: when to look again
  bool operator==(const ServingStep&) const = default;
};

/// What to do next. First something to serve with, after the signer has had its time; then a signed one.
ServingStep decide_serving(const ServingSituation& s);

/// When to renew a certificate: after 75 to 85 % of its life, by its node's name, so that nodes
/// that started together do not all ask at once again.
base::Time renewal_time(std::string_view node, base::Time not_before, base::Time not_after);

}  // namespace op
