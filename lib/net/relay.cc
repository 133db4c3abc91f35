#include "net/relay.h"

#include <boost/asio/error.hpp>
#include <utility>

namespace net {
namespace {

using boost::system::error_code;

/// Four TLS records: measured as fast as larger ones.
constexpr std::size_t kBufferBytes = 64 * 1024;

}  // namespace

Relay::Relay(std::shared_ptr<TlsSocket> client, std::shared_ptr<TlsSocket> server, RelayOptions options)
    : client_(std::move(client)),
      server_(std::move(server)),
      options_(options),
      down_{.from = server_.get(), .to = client_.get()},
      up_{.from = client_.get(), .to = server_.get()},
      timer_(client_->tcp().get_executor()) {}

void Relay::start(std::string to_client, std::string to_server, std::shared_ptr<void> owner) {
  owner_ = std::move(owner);
  begin(down_, std::move(to_client));
  if (options_.both_ways) begin(up_, std::move(to_server));
}

void Relay::close() {
  timer_.cancel();
  client_->close();
  server_->close();
  owner_.reset();
}

void Relay::begin(Flow& flow, std::string early) {
  flow.buffer = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  if (early.empty()) return read(flow);
  flow.early = std::move(early);
  count(flow.early.size());
  flow.to->async_write(flow.early, [self = shared_from_this(), &flow](const error_code& error, std::size_t) {
    flow.early = std::string();
    if (error) return self->close();
    self->read(flow);
  });
}

void Relay::read(Flow& flow) {
  flow.from->async_read_some({flow.buffer.get(), kBufferBytes},
                             [self = shared_from_this(), &flow](const error_code& error, std::size_t count) {
                               if (error == boost::asio::error::eof) return self->end(flow);
                               if (error) return self->close();
                               self->write(flow, count);
                             });
}

void Relay::write(Flow& flow, std::size_t size) {
  count(size);
  flow.to->async_write({flow.buffer.get(), size},
                       [self = shared_from_this(), &flow](const error_code& error, std::size_t sent) {
                         if (error) return self->close();
                         self->moved_ += sent;
                         self->read(flow);
                       });
}

void Relay::count(std::size_t bytes) {
  moved_ += bytes;
  if (options_.bytes != nullptr) options_.bytes->fetch_add(bytes, std::memory_order_relaxed);
}

void Relay::end(Flow& flow) {
  flow.ended = true;
  Flow& other = &flow == &down_ ? up_ : down_;
  const bool last = other.ended;
  flow.to->async_shutdown([self = shared_from_this(), last](const error_code& error, std::size_t) {
    if (error || last) return self->close();
    self->watch_half_open();
  });
}

void Relay::watch_half_open() {
  moved_before_ = moved_;
  timer_.expires_after(options_.half_open_timeout);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error) return;
    const bool is_still = self->moved_ == self->moved_before_;
    // Nothing moves either while a reader pages through bytes that were already sent.
    const bool is_drained = !self->client_->has_unread() && !self->server_->has_unread();
    if (is_still && is_drained) return self->close();
    self->watch_half_open();
  });
}

}  // namespace net
