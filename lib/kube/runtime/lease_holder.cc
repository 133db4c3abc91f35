#include "kube/runtime/lease_holder.h"

#include <algorithm>

#include "base/log.h"
#include "base/time_text.h"

namespace kube {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kOwnWrites = 16;
constexpr auto kReleaseTimeout = std::chrono::seconds(2);

std::int64_t whole_seconds(milliseconds duration) {
  return std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(duration).count());
}

prometheus::Counter& lease_counter(const char* name, const char* help, const std::string& lease) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(base::metrics()).Add({{"lease", lease}});
}

}  // namespace

LeaseHolder::LeaseHolder(Client& client, const base::Clock& clock, const ElectionOptions& options)
    : client_(client),
      clock_(clock),
      options_(options),
      failures_(lease_counter("kube_elector_failures_total", "Rounds of the election whose request failed.",
                              options.name)),
      conflicts_(lease_counter("kube_elector_identity_conflicts_total",
                               "Times that another process held the lease as us, or took it while we led.",
                               options.name)) {}

LeaseHolder::Round LeaseHolder::try_hold(base::SteadyTime deadline, const std::stop_token& stop) {
  if (holding_ && lease_.is_object()) {  // fast path; a failure means that we do not know the lease any more
    const auto round = write(observed_, deadline, stop);
    if (round != Round::kNotYet) return round;
  }
  const auto reply = send(get_request(kLeases, options_.ns, options_.name), deadline, stop);
  if (!reply && reply.error().is(base::Code::kNotFound)) return create(deadline, stop);
  if (!reply) return Round::kNotYet;
  lease_ = nlohmann::json::parse(reply->body, nullptr, false);
  if (lease_.is_object()) return judge(deadline, stop);
  lease_ = nullptr;
  return Round::kNotYet;
}

/// Decides about the lease just read.
LeaseHolder::Round LeaseHolder::judge(base::SteadyTime deadline, const std::stop_token& stop) {
  const LeaseRecord record = read_lease(lease_);
  const bool changed = !seen_ || record != observed_;
  if (changed) {
    observed_ = record;
    observed_at_ = clock_.steady_now();
    seen_ = true;
  }
  const bool free = record.holder.empty();
  const bool ours = is_ours(record);
  const bool taken = holding_ && !free && !ours;
  const bool twin = !ours && record.holder == options_.identity;
  if (taken || (twin && changed)) conflicts_.Increment();
  if (twin && changed) {
    base::log_error("Another process uses our identity in the election",
                    {{"lease", options_.name}, {"identity", options_.identity}});
  }
  if (taken) {
    holding_ = false;
    return Round::kTaken;
  }
  // By our clock, since we saw the record in its present form: its own times are another machine's.
  const std::chrono::seconds duration(record.duration_seconds > 0 ? record.duration_seconds
                                                                  : whole_seconds(options_.lease_duration));
  if (!free && !ours && observed_at_ + duration > clock_.steady_now()) return Round::kNotYet;
  return write(record, deadline, stop);
}

bool LeaseHolder::is_ours(const LeaseRecord& record) const {
  return record.holder == options_.identity &&
         std::find(own_renewals_.begin(), own_renewals_.end(), record.renewed) != own_renewals_.end();
}

LeaseRecord LeaseHolder::next_record(const LeaseRecord& was) {
  LeaseRecord record = was;
  const std::string now = base::format_micro_time(clock_.now());
  if (was.holder != options_.identity || was.acquired.empty()) {
    if (was != LeaseRecord{}) ++record.transitions;
    record.acquired = now;
  }
  record.holder = options_.identity;
  record.duration_seconds = whole_seconds(options_.lease_duration);
  record.renewed = now;
  own_renewals_.push_back(now);
  if (own_renewals_.size() > kOwnWrites) own_renewals_.pop_front();
  return record;
}

LeaseHolder::Round LeaseHolder::write(const LeaseRecord& was, base::SteadyTime deadline,
                                      const std::stop_token& stop) {
  write_lease(lease_, next_record(was));
  auto request = update_request(kLeases, options_.ns, options_.name, body_text(lease_));
  const auto asked_at = clock_.steady_now();
  return settle_write(asked_at, send(std::move(request), deadline, stop));
}

LeaseHolder::Round LeaseHolder::create(base::SteadyTime deadline, const std::stop_token& stop) {
  if (holding_) base::log_warning("The lease of the election was deleted", {{"lease", options_.name}});
  auto request = create_request(kLeases, options_.ns,
                                body_text(make_lease(options_.ns, options_.name, next_record({}))));
  const auto asked_at = clock_.steady_now();
  return settle_write(asked_at, send(std::move(request), deadline, stop));
}

LeaseHolder::Round LeaseHolder::settle_write(base::SteadyTime asked_at,
                                             const base::Result<net::HttpResponse>& reply) {
  lease_ = reply ? nlohmann::json::parse(reply->body, nullptr, false) : nlohmann::json();
  if (!lease_.is_object()) lease_ = nullptr;  // unknown: read again before the next write
  if (!reply) return Round::kNotYet;
  observed_ = read_lease(lease_);
  observed_at_ = held_at_ = asked_at;
  seen_ = true;
  holding_ = true;
  return Round::kHeld;
}

base::Result<net::HttpResponse> LeaseHolder::send(net::HttpRequest request, base::SteadyTime deadline,
                                                  const std::stop_token& stop) {
  const auto left = std::chrono::floor<milliseconds>(deadline - clock_.steady_now());
  if (left <= milliseconds(0)) return base::fail(base::Code::kDeadline, "no time left in this round");
  request.timeout = left;
  auto reply = client_.send(std::move(request), stop);
  if (reply || reply.error().is(base::Code::kNotFound) || reply.error().is(base::Code::kCancelled))
    return reply;
  const bool routine =
      reply.error().is(base::Code::kConflict) || reply.error().is(base::Code::kAlreadyExists);
  if (!routine) failures_.Increment();
  base::log(routine ? base::LogLevel::kDebug : base::LogLevel::kWarning, "A round of the election failed",
            {{"lease", options_.name}, {"error", reply.error().text()}});
  return reply;
}

void LeaseHolder::release() {
  if (!holding_) return;
  holding_ = false;
  const auto deadline = clock_.steady_now() + kReleaseTimeout;
  if (!lease_.is_object()) {  // the last write was cut off by the stop
    const auto reply = send(get_request(kLeases, options_.ns, options_.name), deadline, {});
    if (reply) lease_ = nlohmann::json::parse(reply->body, nullptr, false);
    if (!reply || !lease_.is_object() || !is_ours(read_lease(lease_))) return;
  }
  LeaseRecord record = read_lease(lease_);
  record.holder.clear();
  record.duration_seconds = 1;
  record.renewed = record.acquired = base::format_micro_time(clock_.now());
  write_lease(lease_, record);
  // The cached resourceVersion makes this harmless if somebody else has written meanwhile.
  const auto reply =
      send(update_request(kLeases, options_.ns, options_.name, body_text(lease_)), deadline, {});
  if (reply) base::log_info("Released the lease of the election", {{"lease", options_.name}});
}

}  // namespace kube
