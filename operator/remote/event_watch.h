#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "kube/core/event_record.h"
#include "kube/runtime/informer.h"

namespace op {

/// Watches the events about pods of one namespace at a provider, or with "" of all. Keeps nothing of them;
/// after a relist some are reported again. `heard` is called on the watch's thread; quick.
class EventWatch : private kube::InformerSink {
 public:
  using Heard = std::function<void(const kube::EventRecord& event)>;

  EventWatch(kube::Client& client, const std::string& provider, const std::string& ns, Heard heard)
      : heard_(std::move(heard)), loop_(client, options(provider, ns), *this) {}
  ~EventWatch() override { stop(); }
  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

 private:
  static kube::InformerOptions options(const std::string& provider, const std::string& ns) {
    kube::InformerOptions options{.resource = kube::kCoreEvents};
    options.ns = ns;
    options.field_selector = "involvedObject.kind=Pod";
    options.name = provider + "/events";
    // The API server keeps events out of its watch cache, so there are no bookmarks: silence is no sign
    // before the server itself ends the watch, after ten minutes at most.
    options.stall_timeout = std::chrono::minutes(12);
    return options;
  }
  void begin_list() override {}
  void end_list() override {}
  base::Outcome list_item(kube::JsonObject& object) override { return upsert(object); }
  base::Outcome upsert(kube::JsonObject& object) override {
    const auto event = kube::decode_event(object);
    if (!event) return base::fail(event.error());
    heard_(*event);
    return {};
  }
  base::Outcome erase(kube::JsonObject&) override { return {}; }  // the event expired: no news

  Heard heard_;
  kube::ListWatch loop_;  // last: its thread uses the members above
};

}  // namespace op
