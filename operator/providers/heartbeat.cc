#include "operator/providers/heartbeat.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/time_text.h"
#include "burst/names.h"
#include "operator/remote/remote_call.h"

namespace op {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kRenewEvery{60};
/// A heartbeat that, by its own clock, was not renewed for this long is dead.
constexpr minutes kStale{5};
/// A living holder renews twice within this time.
constexpr seconds kWatchFor{150};

std::string text_at_path(const nlohmann::json& object, const char* pointer) {
  const nlohmann::json::json_pointer path(pointer);
  return object.contains(path) && object.at(path).is_string() ? object.at(path).get<std::string>()
                                                              : std::string();
}

}  // namespace

std::string heartbeat_name(const std::string& installation) {
  return ("neoburst-" + installation).substr(0, 63);
}

HeartbeatVerdict HeartbeatWatch::judge(const std::optional<HeartbeatSeen>& seen, const std::string& me,
                                       base::Time now, base::SteadyTime steady_now) {
  if (!seen || seen->holder.empty() || seen->holder == me) {
    stranger_.reset();
    moved_ = false;
    return HeartbeatVerdict::kOurs;
  }
  if (!stranger_) {
    const auto renewed = base::parse_time(seen->renew_time);
    if (!renewed || now - *renewed > kStale) return HeartbeatVerdict::kOurs;
    stranger_ = seen;
    unchanged_since_ = steady_now;
    moved_ = false;
    return HeartbeatVerdict::kWaiting;
  }
  if (*stranger_ != *seen) {
    stranger_ = seen;
    unchanged_since_ = steady_now;
    moved_ = true;
    return HeartbeatVerdict::kForeign;
  }
  const auto quiet = steady_now - unchanged_since_;
  if (quiet > (moved_ ? std::chrono::duration_cast<seconds>(kStale) : kWatchFor)) {
    return HeartbeatVerdict::kOurs;
  }
  return moved_ ? HeartbeatVerdict::kForeign : HeartbeatVerdict::kWaiting;
}

Heartbeat::Heartbeat(std::string remote_namespace, std::string installation, std::string holder)
    : ns_(std::move(remote_namespace)), installation_(std::move(installation)), holder_(std::move(holder)) {}

base::Result<HeartbeatVerdict> Heartbeat::keep(kube::Client& client, const base::Clock& clock) {
  const auto steady = clock.steady_now();
  if (renewed_ && steady - *renewed_ < kRenewEvery - seconds(5)) return HeartbeatVerdict::kOurs;
  const auto found =
      call_json(client, kube::get_request(kube::kConfigMaps, ns_, heartbeat_name(installation_)));
  if (!found && !found.error().is(base::Code::kNotFound)) return base::fail(found.error());
  std::optional<HeartbeatSeen> seen;
  if (found)
    seen = HeartbeatSeen{text_at_path(*found, "/data/holder"), text_at_path(*found, "/data/renewTime")};
  const auto verdict = watch_.judge(seen, holder_, clock.now(), steady);
  if (verdict != HeartbeatVerdict::kOurs) {
    renewed_.reset();
    return verdict;
  }
  if (const auto written = renew(client, found ? &*found : nullptr, clock.now()); !written) {
    renewed_.reset();
    return base::fail(written.error());
  }
  renewed_ = steady;
  return verdict;
}

base::Outcome Heartbeat::renew(kube::Client& client, const nlohmann::json* found, base::Time now) {
  nlohmann::json object{
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata",
       {{"name", heartbeat_name(installation_)},
        {"namespace", ns_},
        {"labels",
         {{std::string(burst::kInstallationLabel), installation_},
          {std::string(burst::kRoleLabel), "heartbeat"}}}}},
      {"data",
       {{"installation", installation_}, {"holder", holder_}, {"renewTime", base::format_micro_time(now)}}}};
  if (!found) {
    const auto reply = call_json(client, kube::create_request(kube::kConfigMaps, ns_, object.dump()));
    if (!reply) return base::fail(reply.error());
    return {};
  }
  object["metadata"]["resourceVersion"] = text_at_path(*found, "/metadata/resourceVersion");
  const auto reply = call_json(
      client, kube::update_request(kube::kConfigMaps, ns_, heartbeat_name(installation_), object.dump()));
  if (!reply) return base::fail(reply.error());
  return {};
}

base::Outcome Heartbeat::remove(kube::Client& client) {
  const auto name = heartbeat_name(installation_);
  const auto found = call_json(client, kube::get_request(kube::kConfigMaps, ns_, name));
  if (!found) {
    if (found.error().is(base::Code::kNotFound)) return {};
    return base::fail(found.error());
  }
  if (text_at_path(*found, "/data/holder") != holder_) return {};  // a stranger's: never touched
  kube::DeleteOptions options;
  options.uid = text_at_path(*found, "/metadata/uid");
  return client.remove(kube::kConfigMaps, ns_, name, options);
}

}  // namespace op
