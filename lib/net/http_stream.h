#pragma once

#include <memory>

#include "net/connection.h"
#include "net/http_client.h"
#include "net/reply_reader.h"

namespace net {

/// A connection on which a request was written and the reply's header read. One thread at a time.
struct OpenReply {
  std::unique_ptr<Connection> connection;
  std::unique_ptr<ReplyReader> reader;
  HttpResponse head;
};

std::unique_ptr<HttpStream> make_http_stream(OpenReply reply);

}  // namespace net
