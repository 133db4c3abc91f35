#pragma once

namespace net {

/// How long a silent peer goes unasked, and after how long without an answer it counts as gone.
inline constexpr int kDeadPeerSeconds = 30;

/// Sends small writes at once, and asks a peer that has been silent for a while whether it is still there.
/// Best effort: an option that the kernel refuses only makes failures slower to notice.
void tune_socket(int fd);
/// Gives up also when what was sent is not acknowledged in time. Not for streams: Linux counts a reader that
/// takes nothing for that long as dead, and people do leave `kubectl logs -f | less` alone.
void drop_unacknowledged(int fd);
/// Whether the peer's kernel has not taken all that was sent: a reader that pauses, not one that has gone.
bool has_unacknowledged(int fd);

}  // namespace net
