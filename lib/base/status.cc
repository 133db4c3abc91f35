#include "base/status.h"

#include <cstdlib>

namespace base {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::kNotFound:
      return "NotFound";
    case Code::kAlreadyExists:
      return "AlreadyExists";
    case Code::kConflict:
      return "Conflict";
    case Code::kExpired:
      return "Expired";
    case Code::kThrottled:
      return "Throttled";
    case Code::kUnavailable:
      return "Unavailable";
    case Code::kDeadline:
      return "Deadline";
    case Code::kInvalid:
      return "Invalid";
    case Code::kForbidden:
      return "Forbidden";
    case Code::kUnauthenticated:
      return "Unauthenticated";
    case Code::kMalformed:
      return "Malformed";
    case Code::kCancelled:
      return "Cancelled";
  }
  std::abort();  // a value outside the enumeration is a bug, never input
}

std::string Status::text() const {
  std::string text(to_string(code));
  text += ": ";
  text += message;
  return text;
}

Status Status::with_context(std::string_view context) && {
  message.insert(0, ": ").insert(0, context);
  return std::move(*this);
}

}  // namespace base
