#include "net/reply_reader.h"

#include <boost/beast/http/error.hpp>
#include <limits>

namespace net {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kMaxReplyHeaderBytes = 64 * 1024;
/// Header plus one read; also bounds chunk extensions and trailers, for which Beast has no limit.
constexpr std::size_t kMaxBufferedReplyBytes = 2 * kMaxReplyHeaderBytes;
constexpr int kMaxInterimReplies = 8;

}  // namespace

ReplyReader::ReplyReader(Connection& connection, bool expects_body,
                         std::optional<std::uint64_t> max_body_bytes)
    : connection_(connection), expects_body_(expects_body), max_body_bytes_(max_body_bytes) {
  make_parser();
}

void ReplyReader::make_parser() {
  parser_.emplace();
  parser_->header_limit(kMaxReplyHeaderBytes);
  parser_->eager(false);
  parser_->skip(!expects_body_);
  // Beast 1.74 takes boost::none for "nothing allowed" when a Content-Length is declared.
  parser_->body_limit(max_body_bytes_.value_or(std::numeric_limits<std::uint64_t>::max()));
}

base::Result<HttpResponse> ReplyReader::read_head(const Limit& limit) {
  for (int interim = 0; interim <= kMaxInterimReplies; ++interim) {
    while (!parser_->is_header_done()) {
      if (auto more = advance(limit); !more) return base::fail(std::move(more.error()));
    }
    const auto& message = parser_->get();
    const int status = static_cast<int>(message.result_int());
    if (status / 100 != 1) {
      HttpResponse head{.status = status};
      for (const auto& field : message)
        head.headers.push_back({std::string(field.name_string()), std::string(field.value())});
      parser_->eager(true);
      starving_ = connection_.buffer().size() == 0;
      return head;
    }
    if (status == 101) break;  // we never ask for another protocol
    make_parser();
  }
  return base::fail(base::Code::kMalformed, "unexpected interim reply");
}

base::Result<std::size_t> ReplyReader::read_body(std::span<char> into, const Limit& limit) {
  if (into.empty()) return std::size_t{0};
  for (;;) {
    if (parser_->is_done()) return std::size_t{0};
    auto& body = parser_->get().body();
    body.data = into.data();
    body.size = into.size();
    body.more = true;
    auto fed = advance(limit);
    const std::size_t count = into.size() - body.size;
    body.data = nullptr;
    body.size = 0;
    if (count > 0) return count;  // a failure behind these bytes shows at the next call
    if (!fed) return base::fail(std::move(fed.error()));
  }
}

base::Outcome ReplyReader::advance(const Limit& limit) {
  if (!starving_) return feed();
  if (connection_.buffer().size() >= kMaxBufferedReplyBytes) {
    return base::fail(base::Code::kMalformed, "malformed reply: a line is too long");
  }
  const auto count = connection_.read_more(limit);
  if (!count) return base::fail(count.error());
  if (*count > 0) {
    got_bytes_ = true;
    return feed();
  }
  if (!parser_->is_header_done() || !parser_->need_eof()) {
    return base::fail(base::Code::kUnavailable, got_bytes_ ? "the connection was closed within a reply"
                                                           : "the connection was closed before a reply");
  }
  boost::beast::error_code error;
  parser_->put_eof(error);
  ended_ = true;
  if (error) return base::fail(failure(error));
  return {};
}

base::Outcome ReplyReader::feed() {
  boost::beast::error_code error;
  const std::size_t used = parser_->put(connection_.buffer().data(), error);
  connection_.buffer().consume(used);
  starving_ = error == http::error::need_more || connection_.buffer().size() == 0;
  if (error && error != http::error::need_more && error != http::error::need_buffer)
    return base::fail(failure(error));
  return {};
}

base::Status ReplyReader::failure(const boost::beast::error_code& error) const {
  if (error == http::error::body_limit) {
    return {base::Code::kMalformed,
            "the reply is larger than " + std::to_string(max_body_bytes_.value_or(0)) + " bytes"};
  }
  return {base::Code::kMalformed, "malformed reply: " + error.message()};
}

std::optional<std::uint64_t> ReplyReader::content_length() const {
  const auto length = parser_->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool ReplyReader::can_reuse() {
  return !ended_ && parser_->is_done() && parser_->keep_alive() && connection_.buffer().size() == 0;
}

}  // namespace net
