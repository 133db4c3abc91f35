#include "net/reply_text.h"

#include <boost/beast/http/status.hpp>

namespace net {

std::string make_reply_text(const ServerReply& reply, const ReplyFraming& framing) {
  namespace http = boost::beast::http;
  std::string text;
  text.reserve(256 + reply.body.size());
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(reply.status)));
  text.append("HTTP/1.1 ").append(std::to_string(reply.status)).append(" ");
  text.append(reason.data(), reason.size()).append("\r\n");
  const bool bodyless = reply.status == 204 || reply.status == 304;
  if (!bodyless) {
    if (!reply.body.empty()) text.append("Content-Type: ").append(reply.content_type).append("\r\n");
    text.append("Content-Length: ").append(std::to_string(reply.body.size())).append("\r\n");
  }
  if (!framing.keep_alive) text.append("Connection: close\r\n");
  if (framing.keep_alive && framing.http_1_0) text.append("Connection: keep-alive\r\n");
  text.append("\r\n");
  if (!framing.head_only && !bodyless) text.append(reply.body);
  return text;
}

}  // namespace net
