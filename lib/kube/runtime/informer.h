#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "kube/client/client.h"
#include "kube/core/watch.h"
#include "kube/runtime/store.h"

namespace kube {

struct InformerOptions {
  Resource resource;
  std::string ns = {};  ///< "" = all namespaces
  std::string label_selector = {};
  std::string field_selector = {};
  /// A watch that brings neither event nor bookmark for this long counts as dead and is opened again.
  std::chrono::seconds stall_timeout = std::chrono::seconds(150);
  std::string name = {};  ///< for logs and metrics; "" takes the plural
};

/// The interface from the untyped to the typed part of an informer. Called on the informer's thread only. The
/// list-and-watch loop reads the resourceVersion of each event itself, so a decoder that fails does not stop
/// the progress.
class InformerSink {
 public:
  virtual ~InformerSink() = default;
  /// A list begins, perhaps after an unfinished one: drop what list_item() gathered.
  virtual void begin_list() = 0;
  virtual base::Outcome list_item(JsonObject& object) = 0;
  /// The list is complete: swap it in.
  virtual void end_list() = 0;
  virtual base::Outcome upsert(JsonObject& object) = 0;
  virtual base::Outcome erase(JsonObject& object) = 0;
};

/// Runs list-and-watch for one resource on one thread: pages, bookmarks, resume, 410, 429, ERROR events,
/// stalled peers. Never gives up; backs off between failures. Driven by WatchMachine.
class ListWatch {
 public:
  ListWatch(Client& client, InformerOptions options, InformerSink& sink);
  ~ListWatch();
  void start();
  /// Ends the thread; blocks until it has ended. Idempotent. Not from a handler.
  void stop();
  /// The first list has been swapped in and all handlers have run for it.
  bool synced() const { return synced_.load(std::memory_order_acquire); }
  /// Steady time of the last successful contact (list item, opened or ended watch, event, bookmark); for
  /// "unreachable since". Construction counts as one.
  base::SteadyTime last_contact() const;
  /// The last failure's text, "" after a success. Thread-safe.
  std::string last_error() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::atomic<bool> synced_{false};
};

/// A change of one object. `before` is null for an addition, `after` for a deletion. After a relist, objects
/// that vanished without a watch come as deletions with their last known record.
template <typename Record>
struct Change {
  std::shared_ptr<const Record> before;
  std::shared_ptr<const Record> after;
  const Record& any() const { return after ? *after : *before; }
};

/// Keeps a Store in step with the API server and calls handlers for each change. Handlers run on the
/// informer's thread, must be quick and only enqueue keys. Register them before start(). A handler sees the
/// store with the change in it.
template <typename Record>
class Informer : private InformerSink {
 public:
  using Handler = std::function<void(const Change<Record>&)>;

  Informer(Client& client, InformerOptions options, Decoder<Record> decoder)
      : decoder_(decoder), loop_(client, std::move(options), *this) {}
  ~Informer() override { stop(); }

  void on_change(Handler handler) { handlers_.push_back(std::move(handler)); }
  void start() { loop_.start(); }
  void stop() { loop_.stop(); }
  bool synced() const { return loop_.synced(); }
  const Store<Record>& store() const { return store_; }
  const ListWatch& loop() const { return loop_; }

 private:
  using Pointer = std::shared_ptr<const Record>;

  void begin_list() override { listing_.clear(); }
  base::Outcome list_item(JsonObject& object) override {
    auto record = decoder_(object);
    if (!record) return base::fail(std::move(record.error()));
    auto pointer = std::make_shared<const Record>(std::move(*record));
    listing_.insert_or_assign(pointer->meta.key(), std::move(pointer));
    return {};
  }
  void end_list() override {
    auto fresh = listing_;
    auto old = store_.swap(std::move(listing_));
    listing_ = {};
    for (auto& [key, after] : fresh) {
      auto it = old.find(key);
      Pointer before = it == old.end() ? nullptr : it->second;
      if (before && before->meta.uid != after->meta.uid) {  // deleted and created again meanwhile
        notify({before, nullptr});
        before = nullptr;
      }
      if (!before || before->meta.resource_version != after->meta.resource_version) notify({before, after});
    }
    for (auto& [key, before] : old) {
      if (!fresh.contains(key)) notify({before, nullptr});
    }
  }
  base::Outcome upsert(JsonObject& object) override {
    auto record = decoder_(object);
    if (!record) return base::fail(std::move(record.error()));
    auto after = std::make_shared<const Record>(std::move(*record));
    auto before = store_.put(after);
    if (before && before->meta.uid != after->meta.uid) {  // the deletion was not seen
      notify({before, nullptr});
      before = nullptr;
    }
    // A watch from a bookmark's or a cached list's version may repeat what is known.
    const bool repeated = before && !after->meta.resource_version.empty() &&
                          before->meta.resource_version == after->meta.resource_version;
    if (!repeated) notify({std::move(before), std::move(after)});
    return {};
  }
  base::Outcome erase(JsonObject& object) override {
    auto record = decoder_(object);
    if (!record) return base::fail(std::move(record.error()));
    auto known = store_.erase(record->meta.key());
    if (known && known->meta.uid != record->meta.uid) notify({std::move(known), nullptr});
    notify({std::make_shared<const Record>(std::move(*record)), nullptr});
    return {};
  }
  void notify(const Change<Record>& change) {
    for (const auto& handler : handlers_) handler(change);
  }

  Decoder<Record> decoder_;
  Store<Record> store_;
  std::vector<Handler> handlers_;
  typename Store<Record>::Map listing_;
  ListWatch loop_;  // last: its thread uses the members above
};

}  // namespace kube
