#include "operator/feeds/feed_sources.h"

#include "operator/home/secret_value.h"

namespace op {

FeedSources feed_sources(Home& home) {
  return {.providers = [&home] { return home.all_providers(); },
          .read_key =
              [&home](const api::FeedSpec& spec) {
                return read_secret_value(
                    home.client, {spec.secret, spec.secret_key, "the API key", "spec.feed.secretRef"});
              }};
}

}  // namespace op
