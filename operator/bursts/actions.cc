#include "operator/bursts/actions.h"

#include <algorithm>

#include "base/log.h"
#include "burst/holding.h"
#include "burst/names.h"
#include "operator/bursts/gpu_mismatch.h"
#include "operator/bursts/twin_view.h"

namespace op {
namespace {

using namespace std::chrono_literals;
using burst::Act;

/// R2: first no scheduler may bind to it, then the record says that it is over, then its objects go.
base::Result<kube::Next> release(BurstContext& c, Gathered& g, const burst::Decision& d) {
  const bool tied = g.pod && g.situation.pod && g.situation.pod->reserved &&
                    g.situation.pod->reserved->node != g.pod->node_name;
  if (tied) {
    if (auto ok = clear_reservation(c, g); !ok) return ok;
  }
  burst::Burst b = g.situation.burst;
  const burst::Attempt attempt = b.attempt;
  charge(b, g, g.situation.now);
  if (burst::puts_offer_off(d.blame)) refuse(b, attempt.offer, d.reason, d.message, g.situation.now);
  b.attempt.released = true;
  if (d.reason == burst::kReasonGpuMismatch) {
    tell_gpu_mismatch(c, g);
    b.attempt.observed_gpu_model = g.situation.remote.twin->other_gpu;
  }
  b.placed_at.reset();
  b.message = "gave up " + attempt.offer + ": " + d.message;
  base::log_info("gave an attempt up", {{"burst", b.ns + "/" + b.name},
                                        {"offer", attempt.offer},
                                        {"reason", d.reason},
                                        {"message", d.message}});
  auto cluster = g.cluster;
  const std::string twin_uid =
      g.twin && g.situation.remote.twin && g.situation.remote.twin->ours ? g.twin->meta.uid : "";
  if (auto ok = write_burst(c, g, b); !ok) return base::fail(std::move(ok.error()));
  if (cluster) {
    auto removed = remove_attempt(
        *cluster, {attempt.remote_namespace, attempt.name, attempt.anchor_uid, twin_uid}, std::nullopt);
    // The record already says "over": the sweeper removes what could not be removed now.
    if (!removed)
      base::log_warning("a given-up attempt is left to the sweeper", {{"error", removed.error().text()}});
    if (twin_uid.empty()) c.removals.add(attempt);
  }
  return kube::Next{1ms};
}

/// True when the twin's logs are at home, or need not or cannot be: a pod that is going takes its logs along,
/// and a twin that was never started has written none.
bool logs_are_home(BurstContext& c, const Gathered& g) {
  const burst::Attempt& a = g.situation.burst.attempt;
  const burst::RemoteView& remote = g.situation.remote;
  if (!g.pod || g.pod->meta.deleting_since || !remote.go_created) return true;
  if (!g.twin || !remote.twin || !remote.twin->ours) return true;
  return c.logs.settled({.pod_uid = g.pod->meta.uid,
                         .pod = g.pod->meta.key(),
                         .attempt = a.name,
                         .provider = a.provider,
                         .remote_namespace = g.twin->meta.ns,
                         .all_written = burst::is_terminal(remote.twin->phase)});
}

/// The logs' arrival causes a new reconcile; this is for the case that it gets lost.
constexpr auto kLogsAgain = 5s;

base::Result<kube::Next> clean_up(BurstContext& c, const Gathered& g) {
  if (logs_are_home(c, g)) c.removals.add(g.situation.burst.attempt);
  return kube::Next{kLogsAgain};
}

base::Result<kube::Next> stop_twin(BurstContext& c, Gathered& g, std::optional<std::int64_t> grace) {
  if (!logs_are_home(c, g)) return kube::Next{kLogsAgain};
  const burst::Attempt& a = g.situation.burst.attempt;
  auto removed =
      remove_attempt(*g.cluster, {a.remote_namespace, a.name, a.anchor_uid, g.twin->meta.uid}, grace);
  if (!removed) return base::fail(std::move(removed.error()).with_context("stopping the twin"));
  return kube::Next{500ms};
}

base::Result<kube::Next> end(BurstContext& c, Gathered& g, const burst::Decision& d) {
  burst::Burst b = g.situation.burst;
  const base::Time now = g.situation.now;
  base::Time until = now;
  if (g.twin) {
    const TwinTimes times = twin_times(*g.twin);
    // If the twin has not ended, only some containers have finished.
    if (times.finished && kube::is_terminal(g.twin->phase)) until = by_our_clock(g, *times.finished, now);
    if (!b.started_at && times.started) b.started_at = by_our_clock(g, *times.started, now);
    if (b.attempt.remote_node.empty()) b.attempt.remote_node = g.twin->node_name;
  }
  charge(b, g, until);
  b.ended_at = now;
  b.end_reason = d.end;
  b.message = d.message;
  const burst::Attempt attempt = b.attempt;
  const bool held = burst::has_unreleased_attempt(b);
  if (auto ok = write_burst(c, g, b); !ok) return base::fail(std::move(ok.error()));
  base::log_info("ended", {{"burst", b.ns + "/" + b.name},
                           {"pod", b.pod_name},
                           {"reason", std::string(burst::to_string(d.end))},
                           {"cost", market::format_money(b.cost)}});
  if (held && logs_are_home(c, g)) c.removals.add(attempt);
  c.mirrored.forget(b.pod_uid);
  // Its watch events go behind the pods that wait; a deletion is waited for.
  const bool deleting = g.pod && g.pod->meta.deleting_since;
  return deleting ? kube::Next{1ms} : kube::Next{};
}

base::Result<kube::Next> record_placed(BurstContext& c, Gathered& g) {
  burst::Burst b = g.situation.burst;
  b.placed_at = placed_at(g).value_or(g.situation.now);
  b.attempt.remote_node = g.twin->node_name;
  b.message = "reserved on " + b.attempt.remote_node + " at " + b.attempt.provider;
  if (auto ok = write_burst(c, g, b); !ok) return base::fail(std::move(ok.error()));
  return kube::Next{1ms};
}

base::Result<kube::Next> give_up(BurstContext& c, Gathered& g, const burst::Decision& d) {
  burst::Burst b = g.situation.burst;
  b.end_reason = d.end;
  b.message = d.message;
  if (burst::puts_offer_off(d.blame)) refuse(b, b.attempt.offer, d.reason, d.message, g.situation.now);
  if (auto ok = write_burst(c, g, b); !ok) return base::fail(std::move(ok.error()));
  return kube::Next{1ms};
}

base::Result<kube::Next> no_later(base::Result<kube::Next> next,
                                  std::optional<std::chrono::milliseconds> again) {
  if (next && again) next->again_after = std::min(next->again_after.value_or(*again), *again);
  return next;
}

}  // namespace

base::Result<kube::Next> perform(BurstContext& c, Gathered& g, const burst::Decision& d) {
  switch (d.act) {
    case Act::kWait: {
      const burst::Burst& b = g.situation.burst;
      if (!d.reason.empty()) warn_pod(c, g, d.reason, d.message);
      const bool untold = !d.message.empty() && burst::waits_for_attempt(b);
      if (!untold) return kube::Next{d.again_after};
      return no_later(keep_waiting(c, g, d.message, std::nullopt), d.again_after);
    }
    case Act::kObtain:
      return obtain(c, g);
    case Act::kEnsureTwin:
      return ensure_twin(c, g);
    case Act::kReserve:
      return reserve(c, g);
    case Act::kClearReservation:
      return clear_reservation(c, g);
    case Act::kRecordPlaced:
      return record_placed(c, g);
    case Act::kRelease:
      return release(c, g, d);
    case Act::kStart:
      return start_twin(c, g);
    case Act::kGiveUp:
      return give_up(c, g, d);
    case Act::kMirror: {
      // Too late to keep it home, but the event explains the missing endpoint.
      if (!g.situation.kept_home.empty())
        warn_pod(c, g, std::string(burst::kReasonSelectedByService), g.situation.kept_home);
      // A twin that somebody at the provider ends may be gone at any moment, and its logs with it.
      if (g.situation.remote.twin && g.situation.remote.twin->deleting)
        static_cast<void>(logs_are_home(c, g));
      return no_later(mirror(c, g), d.again_after);
    }
    case Act::kStopTwin:
      return stop_twin(c, g, d.grace);
    case Act::kFailPod:
      return fail_pod(c, g, d);
    case Act::kEnd:
      return end(c, g, d);
    case Act::kRemovePod:
      return remove_pod(c, g);
    case Act::kCleanUp:
      return clean_up(c, g);
  }
  return kube::Next{};
}

}  // namespace op
