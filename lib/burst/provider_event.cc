#include "burst/provider_event.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "burst/names.h"
#include "burst/status_text.h"
#include "burst/translation.h"

namespace burst {
namespace {

constexpr std::size_t kMaxNote = 1024;
constexpr std::size_t kMaxReason = 128;

/// The useful normal events: those that a kubelet at home would have written, and those that explain why a
/// node takes long to come. All warnings are reported.
constexpr std::array<std::string_view, 11> kUseful = {
    "Pulling",         "Pulled",  "Created",    "Started",   "BackOff",
    "Killing",         "Evicted", "Preempting", "Preempted", "TaintManagerEviction",
    "TriggeredScaleUp"};

bool is_useful(const ProviderEvent& event) {
  return event.warning || std::ranges::find(kUseful, event.reason) != kUseful.end();
}

/// A placed twin waits for its `go`: its kubelet complains that the volume cannot be mounted yet.
bool is_start_gate(const ProviderEvent& event, const EventNames& names) {
  return event.message.contains(go_name(names.attempt)) || event.message.contains(kGoVolume);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// The kubelet writes "NAME_NAMESPACE(UID)", others "NAMESPACE/NAME". The namespace alone may be a common
/// word.
void name_the_pod(std::string& text, const EventNames& names) {
  replace_all(text, names.attempt + "_" + names.remote_namespace, names.pod + "_" + names.ns);
  replace_all(text, names.remote_namespace + "/" + names.attempt, names.ns + "/" + names.pod);
  replace_all(text, names.attempt, names.pod);
  replace_all(text, names.twin_uid, names.pod_uid);
}

/// Without control characters, also those above ASCII (U+0080 to U+009F, two bytes each), because terminals
/// obey them.
std::string one_line(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : '\0';
    const bool two_bytes = c == 0xc2 && next >= 0x80 && next <= 0x9f;
    const bool control = c < ' ' || c == 0x7f || two_bytes;
    out.push_back(control ? ' ' : text[i]);
    if (two_bytes) ++i;
  }
  return out;
}

/// Programs expect a reason to be one CamelCase word.
std::string word(const std::string& reason) {
  std::string out;
  std::ranges::copy_if(reason, std::back_inserter(out), [](unsigned char c) { return std::isalnum(c) != 0; });
  return std::string(cut(out, kMaxReason));
}

}  // namespace

std::optional<ProviderEvent> event_for_owner(const ProviderEvent& event, const EventNames& names) {
  const std::string reason = word(event.reason);
  if (reason.empty() || !is_useful(event) || is_start_gate(event, names)) return std::nullopt;
  std::string text = event.message;
  for (const auto& [remote, home] : names.copies) replace_all(text, remote, home);
  name_the_pod(text, names);
  const std::string note = "[" + names.provider + "] " + one_line(text);
  return ProviderEvent{event.warning, reason, std::string(cut(note, kMaxNote))};
}

}  // namespace burst
