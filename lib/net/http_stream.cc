#include "net/http_stream.h"

namespace net {
namespace {

class ConnectionStream final : public HttpStream {
 public:
  explicit ConnectionStream(OpenReply reply) : reply_(std::move(reply)) {}

  const HttpResponse& head() const override { return reply_.head; }

  base::Result<std::size_t> read_some(std::span<char> into, std::chrono::milliseconds wait,
                                      std::stop_token stop) override {
    return reply_.reader->read_body(into, Limit{std::chrono::steady_clock::now() + wait, std::move(stop)});
  }

 private:
  OpenReply reply_;
};

}  // namespace

std::unique_ptr<HttpStream> make_http_stream(OpenReply reply) {
  return std::make_unique<ConnectionStream>(std::move(reply));
}

}  // namespace net
