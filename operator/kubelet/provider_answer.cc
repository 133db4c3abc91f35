#include "operator/kubelet/provider_answer.h"

#include <nlohmann/json.hpp>

namespace op {
namespace {

constexpr std::size_t kMaxText = 4096;

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  if (from.empty()) return;
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// The message of a Status object, or the text itself where it is none. Bounded and printable: it comes from
/// a provider and ends on a terminal.
std::string message_of(const std::string& body) {
  const auto status = nlohmann::json::parse(body, nullptr, false);
  const bool has_message = status.is_object() && status.contains("message") && status["message"].is_string();
  std::string text = has_message ? status["message"].get<std::string>() : body;
  text.resize(std::min(text.size(), kMaxText));
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) c = ' ';
  }
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

bool is_kept_log_due(const base::Result<net::HttpResponse>& provider_said, bool ended) {
  if (provider_said && provider_said->status == 404) return true;
  if (!ended) return false;
  if (!provider_said) return true;
  const int status = provider_said->status;
  return status == 401 || status == 403 || status >= 500;
}

net::ServerReply answer_without_stream(const TwinNames& names,
                                       const base::Result<net::HttpResponse>& provider_said) {
  const std::string who = "provider " + names.provider;
  if (!provider_said) return plain_reply(503, who + " cannot be asked: " + provider_said.error().message);
  const int status = provider_said->status;
  std::string text = message_of(provider_said->body);
  if (status == 401) {
    return plain_reply(500,
                       who + " does not accept our credentials; look at the NeocloudProvider's conditions");
  }
  if (status == 403) {
    return plain_reply(
        500, who + " does not allow it: " + text + "; docs/provider-access.yaml lists what to grant");
  }
  if (status < 400) return plain_reply(502, who + " gave no stream but status " + std::to_string(status));
  replace_all(text, names.twin, names.pod);
  return plain_reply(status, std::move(text));
}

}  // namespace op
