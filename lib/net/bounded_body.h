#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace net {

/// A Beast body that keeps up to `limit` bytes. It reads a longer body to its end and drops it, so that the
/// handler can still answer.
struct BoundedBody {
  /// simdjson reads up to this far behind the text.
  static constexpr std::size_t kPadding = 64;

  struct value_type {
    std::string text;
    std::size_t limit = 0;
    bool too_large = false;
  };

  class reader {
   public:
    template <bool IsRequest, class Fields>
    reader(boost::beast::http::header<IsRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, boost::beast::error_code& error) {
      error = {};
      if (length && *length > body_.limit) {
        discard();
      } else {
        // Untouched memory costs nothing, so reserving the declared (and limited) length at once is safe.
        body_.text.reserve(static_cast<std::size_t>(length.value_or(0)) + kPadding);
      }
    }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::beast::error_code& error) {
      error = {};
      std::size_t taken = 0;
      for (const auto piece : boost::beast::buffers_range_ref(buffers)) {
        taken += piece.size();
        if (body_.too_large) continue;
        if (piece.size() > body_.limit - body_.text.size()) {
          discard();
          continue;
        }
        body_.text.reserve(body_.text.size() + piece.size() + kPadding);
        body_.text.append(static_cast<const char*>(piece.data()), piece.size());
      }
      return taken;
    }

    void finish(boost::beast::error_code& error) { error = {}; }

   private:
    void discard() {
      body_.too_large = true;
      body_.text = std::string();
    }
    value_type& body_;
  };
};

}  // namespace net
