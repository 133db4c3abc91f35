#include "operator/certificates/serving_plan.h"

#include <algorithm>

#include "base/digest.h"

namespace op {
namespace {

/// The longest wait without another look.
constexpr std::chrono::hours kLongest{24};

}  // namespace

ServingStep decide_serving(const ServingSituation& s) {
  const bool due = s.renew_at && s.now >= *s.renew_at;
  const base::Time patience_ends = s.wanted_since + s.self_signed_after;
  const bool unserved = !s.has_certificate && s.now >= patience_ends;
  if (unserved || (s.self_signed && due)) return {ServingAct::kSelfSign, s.now};

  const bool wants_signed = !s.has_certificate || s.self_signed || due;
  if (wants_signed && s.now >= s.ask_at) return {ServingAct::kAsk, s.now};

  base::Time again = s.now + kLongest;
  if (wants_signed) again = std::min(again, s.ask_at);
  if (!s.has_certificate) again = std::min(again, patience_ends);
  if (s.renew_at && !due) again = std::min(again, *s.renew_at);
  return {ServingAct::kWait, again};
}

base::Time renewal_time(std::string_view node, base::Time not_before, base::Time not_after) {
  const std::string digest = base::short_digest(node, 2);
  // Two of 32 letters: 0 to 99.9 thousandths of the life on top of three quarters.
  const auto letter = [](char c) { return c >= 'a' ? c - 'a' : c - '2' + 26; };
  const std::int64_t thousandths = 750 + (letter(digest[0]) * 32 + letter(digest[1])) * 100 / 1024;
  return not_before + (not_after - not_before) / 1000 * thousandths;
}

}  // namespace op
