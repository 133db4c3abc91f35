#pragma once

#include "operator/feeds/feed_controller.h"
#include "operator/home/home.h"

namespace op {

/// The providers and Secrets of the home cluster.
FeedSources feed_sources(Home& home);

}  // namespace op
