#include "burst/provider_event.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "burst/names.h"
#include "burst/translation.h"

namespace burst {
namespace {

constexpr std::size_t kMaxNote = 1024;
constexpr std::size_t kMaxReason = 128;

/// Of the normal ones, what a kubelet at home would have written, and why a node takes long to come. Warnings
/// are all told.
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

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return text;
}

std::string cut(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0u) == 0x80u) --bytes;
  text.resize(bytes);
  return text;
}

/// A reason is one CamelCase word to programs.
std::string word(const std::string& reason) {
  std::string out;
  std::ranges::copy_if(reason, std::back_inserter(out), [](unsigned char c) { return std::isalnum(c) != 0; });
  return cut(std::move(out), kMaxReason);
}

}  // namespace

std::optional<ProviderEvent> event_for_owner(const ProviderEvent& event, const EventNames& names) {
  const std::string reason = word(event.reason);
  if (reason.empty() || !is_useful(event) || is_start_gate(event, names)) return std::nullopt;
  std::string text = event.message;
  for (const auto& [remote, home] : names.copies) replace_all(text, remote, home);
  name_the_pod(text, names);
  return ProviderEvent{event.warning, reason,
                       cut("[" + names.provider + "] " + one_line(std::move(text)), kMaxNote)};
}

}  // namespace burst
