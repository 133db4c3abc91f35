#include <array>
#include <utility>

#include "burst/names.h"
#include "extender/wire.h"

namespace extender {

kube::ObjectKey PodFacts::burst_key() const { return {ns, burst::burst_name(uid)}; }

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::array<char, 17> kHex{"0123456789abcdef"};
  out += '"';
  std::size_t plain = 0;  // start of the text that needs no escaping and was not yet copied
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    out += '\\';
    if (byte >= 0x20) {
      out += text[i];
    } else {
      out += "u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 0xf];
    }
  }
  out.append(text, plain);
  out += '"';
}

std::string error_reply(std::string_view text) {
  std::string out = R"({"Error":)";
  append_json_string(out, text);
  out += '}';
  return out;
}

FilterReply::FilterReply(std::size_t expected_bytes) {
  kept_.reserve(expected_bytes);
  kept_ = R"({"Nodes":null,"NodeNames":[)";
}

void FilterReply::keep(std::string_view node) {
  if (kept_.back() != '[') kept_ += ',';
  append_json_string(kept_, node);
}

void FilterReply::remove(std::string_view node, std::string_view reason) {
  if (!removed_.empty()) removed_ += ',';
  append_json_string(removed_, node);
  removed_ += ':';
  append_json_string(removed_, reason);
}

std::string FilterReply::finish() && {
  kept_ += R"(],"FailedNodes":{},"FailedAndUnresolvableNodes":{)";
  kept_ += removed_;
  kept_ += R"(},"Error":""})";
  return std::move(kept_);
}

std::string preempt_reply(const PreemptRequest& request, bool (*keep)(std::string_view node)) {
  std::string out = R"({"NodeNameToMetaVictims":{)";
  bool first = true;
  for (const auto& victims : request.nodes) {
    if (!keep(victims.node)) continue;
    if (!std::exchange(first, false)) out += ',';
    append_json_string(out, victims.node);
    out += R"(:{"Pods":[)";
    for (const auto& uid : victims.uids) {
      if (out.back() != '[') out += ',';
      out += R"({"UID":)";
      append_json_string(out, uid);
      out += '}';
    }
    out += R"(],"NumPDBViolations":)";
    out += std::to_string(victims.disruptions);
    out += '}';
  }
  out += "}}";
  return out;
}

}  // namespace extender
