#pragma once

#include <string>

#include "net/http_server.h"

namespace net {

struct ReplyFraming {
  bool head_only = false;  ///< the reply to HEAD
  bool keep_alive = false;
  bool http_1_0 = false;
};

/// The bytes of `reply` on the wire, with a Content-Length (but for 204 and 304).
std::string make_reply_text(const ServerReply& reply, const ReplyFraming& framing);

}  // namespace net
