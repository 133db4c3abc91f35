#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace base {

/// A failure, classified by the caller's next step. Every code has exactly one action:
///
/// | code            | action of a reconcile loop                                             |
/// |-----------------|------------------------------------------------------------------------|
/// | NotFound        | the caller decides                                                     |
/// | AlreadyExists   | success if the existing object is ours, else terminal                  |
/// | Conflict        | read again and redo; not an error metric                               |
/// | Expired         | list again (HTTP 410)                                                  |
/// | Throttled       | back off, honour `retry_after` (HTTP 429)                              |
/// | Unavailable     | back off and retry (5xx, connection refused, reset)                    |
/// | Deadline        | back off and retry; the request may or may not have been carried out   |
/// | Invalid         | terminal until the object changes: condition and event                 |
/// | Forbidden       | retry slowly: permissions get fixed                                    |
/// | Unauthenticated | retry slowly: credentials get fixed                                    |
/// | Malformed       | skip the object and count it                                           |
/// | Cancelled       | stop quietly                                                           |
enum class Code {
  kNotFound,
  kAlreadyExists,
  kConflict,
  kExpired,
  kThrottled,
  kUnavailable,
  kDeadline,
  kInvalid,
  kForbidden,
  kUnauthenticated,
  kMalformed,
  kCancelled,
};

/// The name of `code` for logs and metric labels ("NotFound", ...).
std::string_view to_string(Code code);

/// A failure. A value of this type always means "failed": success is the absence of it (see Result, Outcome).
struct [[nodiscard]] Status {
  Code code;
  std::string message;
  /// The least time to wait before trying again, where the server named one (Retry-After).
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;

  /// "NotFound: pods \"a\" not found".
  std::string text() const;
  bool is(Code c) const { return code == c; }
  /// The same failure with `context` before its message: "context: message".
  Status with_context(std::string_view context) &&;
};

/// A value or a Status. Dropping one is a compile-time warning (an error in this tree).
template <typename T>
class [[nodiscard]] Result : public std::expected<T, Status> {
 public:
  using std::expected<T, Status>::expected;
};

/// The result of something that yields no value.
using Outcome = Result<void>;

inline std::unexpected<Status> fail(Code code, std::string message) {
  return std::unexpected<Status>(Status{code, std::move(message), std::nullopt});
}
inline std::unexpected<Status> fail(Status status) { return std::unexpected<Status>(std::move(status)); }

}  // namespace base
