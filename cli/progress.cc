#include "cli/progress.h"

#include <utility>

namespace cli {

Progress::Progress(std::string what, std::function<void(const std::string&)> tell,
                   std::chrono::milliseconds after)
    : thread_([this, what = std::move(what), tell = std::move(tell), after](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, after, [] { return false; });
        if (!stop.stop_requested()) tell(what);
      }) {}

}  // namespace cli
