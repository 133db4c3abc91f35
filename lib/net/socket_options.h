#pragma once

namespace net {

/// How long a silent peer goes unasked, and after how long without an answer it counts as gone.
inline constexpr int kDeadPeerSeconds = 30;

/// Sends small writes at once, and probes a peer that has been silent for a while.
/// Best effort: an option that the kernel refuses only delays the detection of failures.
void tune_socket(int fd);
/// Also gives up when sent bytes are not acknowledged in time. Not for streams: Linux counts a reader that
/// takes nothing for that long as dead, and people do leave `kubectl logs -f | less` alone.
void drop_unacknowledged(int fd);
/// Whether the peer's kernel still has to take sent bytes: then the reader pauses, and has not gone.
bool has_unacknowledged(int fd);

}  // namespace net
