#include "extender/requester.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "api/write.h"
#include "base/log.h"
#include "base/metrics.h"

namespace extender {
namespace {

constexpr std::size_t kMaxPending = 10'000;
constexpr auto kMaxAge = std::chrono::minutes(5);
/// How long a written request waits for the informer to show it.
constexpr auto kObserveWithin = std::chrono::seconds(10);

enum class Written { kCreated, kUpdated, kDropped };
constexpr std::array<std::string_view, 3> kWrittenNames{"created", "updated", "dropped"};

void count(Written what) {
  static const auto counters = [] {
    auto& family = prometheus::BuildCounter()
                       .Name("neoburst_extender_burst_requests_total")
                       .Help("PodBursts asked for, by what became of the request")
                       .Register(base::metrics());
    std::array<prometheus::Counter*, kWrittenNames.size()> out{};
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = &family.Add({{"result", std::string(kWrittenNames[i])}});
    return out;
  }();
  counters[static_cast<std::size_t>(what)]->Increment();
}

bool covers(const api::BurstRecord& record, const BurstRequest& wanted) {
  return std::all_of(wanted.candidates.begin(), wanted.candidates.end(), [&](const auto& node) {
    const auto& known = record.burst.candidates;
    return std::find(known.begin(), known.end(), node) != known.end();
  });
}

burst::Burst make_burst(const BurstRequest& wanted, base::Time requested) {
  burst::Burst out;
  out.ns = wanted.key.ns;
  out.name = wanted.key.name;
  out.pod_name = wanted.pod_name;
  out.pod_uid = wanted.pod_uid;
  out.claim = wanted.claim;
  out.gpus = wanted.gpus;
  out.candidates = wanted.candidates;
  out.requested = requested;
  return out;
}

}  // namespace

Requester::Requester(kube::Client& client, const base::Clock& clock,
                     const kube::Store<api::BurstRecord>& bursts)
    : client_(client),
      clock_(clock),
      bursts_(bursts),
      controller_({.name = "requester", .workers = 2},
                  [this](const std::string& key) { return write(key); }) {}

void Requester::start() { controller_.start(); }
void Requester::stop() { controller_.stop(); }

void Requester::request(BurstRequest wanted) {
  const auto key = wanted.key.text();
  {
    std::lock_guard lock(mutex_);
    auto it = entries_.find(key);
    if (it == entries_.end()) {
      if (entries_.size() >= kMaxPending) return count(Written::kDropped);
      entries_.emplace(
          key,
          Entry{.wanted = std::move(wanted), .requested = clock_.now(), .last_request = clock_.steady_now()});
    } else {
      it->second.last_request = clock_.steady_now();
      if (it->second.wanted == wanted) return;  // already on its way
      it->second.wanted = std::move(wanted);
      it->second.written = false;
    }
  }
  controller_.queue().add(key);
}

std::vector<std::string> Requester::asked(const kube::ObjectKey& key) const {
  std::lock_guard lock(mutex_);
  auto it = entries_.find(key.text());
  return it == entries_.end() ? std::vector<std::string>{} : it->second.wanted.candidates;
}

void Requester::observed(const kube::ObjectKey& key) {
  std::lock_guard lock(mutex_);
  auto it = entries_.find(key.text());
  if (it == entries_.end() || !it->second.written) return;
  const auto record = bursts_.get(key);
  if (record && !covers(*record, it->second.wanted)) {  // an older state of the record: ours will follow
    it->second.written = false;
    controller_.queue().add_after(key.text(), kObserveWithin);
    return;
  }
  entries_.erase(it);
}

base::Result<kube::Next> Requester::write(const std::string& key) {
  // 1. Take a copy; no lock is held over I/O.
  std::optional<Entry> entry;
  {
    std::lock_guard lock(mutex_);
    auto it = entries_.find(key);
    if (it == entries_.end()) return kube::Next{};
    if (it->second.written || clock_.steady_now() - it->second.last_request > kMaxAge) {
      if (!it->second.written) count(Written::kDropped);
      entries_.erase(it);
      return kube::Next{};
    }
    entry = it->second;
  }
  // 2. Write what is missing.
  const auto record = bursts_.get(entry->wanted.key);
  base::Outcome written;
  if (!record) {
    written = create(*entry);
  } else if (record->burst.pod_uid == entry->wanted.pod_uid && !covers(*record, entry->wanted)) {
    written = replace_candidates(*entry, *record);
  }
  return settle(key, *entry, written);
}

base::Outcome Requester::create(const Entry& entry) {
  const auto body = api::burst_object(make_burst(entry.wanted, entry.requested));
  auto made = client_.create_for_metadata(api::kBursts, entry.wanted.key.ns, body);
  if (made) {
    count(Written::kCreated);
    base::log_info("asked for a burst", {{"burst", entry.wanted.key.text()},
                                         {"pod", entry.wanted.pod_name},
                                         {"claim", entry.wanted.claim},
                                         {"gpus", std::to_string(entry.wanted.gpus)}});
    return {};
  }
  // The other replica was first, or our cache lags: the name shows that the record is this pod's.
  if (made.error().is(base::Code::kAlreadyExists)) return complete_existing(entry);
  return base::fail(std::move(made.error()));
}

base::Outcome Requester::complete_existing(const Entry& entry) {
  const auto& key = entry.wanted.key;
  auto reply = client_.send(kube::get_request(api::kBursts, key.ns, key.name));
  if (!reply) {
    // Gone again: the next round creates it.
    if (reply.error().is(base::Code::kNotFound))
      return base::fail(base::Code::kConflict, "the record went away");
    return base::fail(std::move(reply.error()));
  }
  auto record = kube::decode_text<api::BurstRecord>(reply->body, api::decode_burst);
  if (!record) return base::fail(std::move(record.error()));
  if (record->burst.pod_uid != entry.wanted.pod_uid || covers(*record, entry.wanted)) return {};
  return replace_candidates(entry, *record);
}

base::Outcome Requester::replace_candidates(const Entry& entry, const api::BurstRecord& record) {
  const nlohmann::json patch = {
      {"metadata", {{"uid", record.meta.uid}, {"resourceVersion", record.meta.resource_version}}},
      {"spec", {{"candidates", entry.wanted.candidates}}}};
  const auto& key = entry.wanted.key;
  auto patched = client_.patch(api::kBursts, key.ns, key.name, kube::PatchType::kMerge, patch.dump());
  if (!patched) return base::fail(std::move(patched.error()));
  count(Written::kUpdated);
  return {};
}

base::Result<kube::Next> Requester::settle(const std::string& key, const Entry& entry,
                                           const base::Outcome& written) {
  if (!written) {
    switch (written.error().code) {
      case base::Code::kForbidden:
      case base::Code::kUnauthenticated:
      case base::Code::kNotFound:
      case base::Code::kInvalid:
      case base::Code::kMalformed:
        drop(key, written.error());
        return kube::Next{};
      default:
        return base::fail(written.error());
    }
  }
  std::lock_guard lock(mutex_);
  auto it = entries_.find(key);
  if (it == entries_.end()) return kube::Next{};
  if (!(it->second.wanted == entry.wanted)) return kube::Next{};  // changed meanwhile, and queued again
  const auto record = bursts_.get(entry.wanted.key);
  if (record && covers(*record, entry.wanted)) {
    entries_.erase(it);
    return kube::Next{};
  }
  it->second.written = true;
  return kube::Next{.again_after = kObserveWithin};
}

void Requester::drop(const std::string& key, const base::Status& why) {
  {
    std::lock_guard lock(mutex_);
    entries_.erase(key);
  }
  count(Written::kDropped);
  base::log_warning("cannot ask for a burst", {{"burst", key}, {"error", why.text()}});
}

}  // namespace extender
