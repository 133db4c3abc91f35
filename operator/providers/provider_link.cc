#include "operator/providers/provider_link.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "burst/names.h"
#include "operator/providers/permission_review.h"
#include "operator/remote/published_offers.h"
#include "operator/remote/remote_call.h"

namespace op {
namespace {

using std::chrono::milliseconds;

/// Permissions are asked for again this often while all is well; at every probe while something is missing.
constexpr std::chrono::minutes kPermissionsEvery{5};
constexpr const char* kProviderUserAgent = "neoburst-operator/0.1";

bool refuses(const base::Status& status) {
  return status.is(base::Code::kUnauthenticated) || status.is(base::Code::kForbidden);
}

void count_gpus(const RemoteCluster& cluster, ProbeResult& result) {
  if (!cluster.nodes()) return;
  for (const auto& node : cluster.nodes()->all())
    result.gpus_total += node->allocatable_of(burst::kGpuResource);
  std::int64_t used = 0;
  for (const auto& pod : cluster.pods()) {
    if (!pod->node_name.empty() && !kube::is_terminal(pod->phase))
      used += pod->requested(burst::kGpuResource);
  }
  result.gpus_free = std::max<std::int64_t>(result.gpus_total - used, 0);
}

}  // namespace

ProviderLink::ProviderLink(Home& home, RemoteClusters& remotes, const LinkHooks& hooks, std::string holder)
    : home_(home),
      remotes_(remotes),
      hooks_(hooks),
      holder_(std::move(holder)),
      failing_(std::chrono::seconds(2), std::chrono::seconds(10)) {}

base::Result<ProbeResult> ProviderLink::probe(const api::ProviderRecord& provider) {
  ProbeResult result;
  auto read = read_credentials(home_.client, provider, home_.clock.now());
  if (!read) return base::fail(std::move(read.error()));
  if (auto* trouble = std::get_if<Trouble>(&*read)) {
    result.credentials = std::move(*trouble);
    return result;
  }
  const auto& credentials = std::get<Credentials>(*read);
  const bool same = cluster_ && fingerprint_ == credentials.fingerprint;
  std::unique_ptr<kube::Client> fresh;
  if (!same) {
    auto made = make_client(credentials);
    if (!made) {
      result.credentials = {"KubeconfigInvalid",
                            "Secret " + provider.secret.text() + ": " + made.error().message};
      return result;
    }
    fresh = std::move(*made);
  }
  kube::Client& client = same ? cluster_->client() : *fresh;

  ask_version(client, credentials, !same, result);
  if (!result.reached()) return result;
  if (result.rejected) {
    result.rejected =
        explain_rejection({base::Code::kUnauthenticated, result.rejected.message}, provider.secret);
    return result;
  }
  if (permissions_of_ != credentials.fingerprint) {
    permissions_.reset();
    reads_offers_ = false;
  }
  ask_permissions(client, provider, result);
  if (!permissions_ || !result.reached() || result.rejected) return result;
  permissions_of_ = credentials.fingerprint;
  result.permissions = permissions_;

  const std::string offers = wanted_offers(client, provider);
  if (!same || cluster_->permissions() != *permissions_ || cluster_->published_selector() != offers) {
    if (!fresh) {
      auto made = make_client(credentials);
      if (!made) return base::fail(std::move(made.error()));
      fresh = std::move(*made);
    }
    connect(provider, credentials, std::move(fresh), offers);
  }
  keep_heartbeat(provider, result);
  count_gpus(*cluster_, result);
  if (const auto* published = cluster_->published()) result.published_offers = published->all().size();
  return result;
}

base::Result<std::unique_ptr<kube::Client>> ProviderLink::make_client(const Credentials& credentials) const {
  return kube::Client::make(credentials.config, kProviderUserAgent);
}

void ProviderLink::ask_version(kube::Client& client, const Credentials& credentials, bool fresh,
                               ProbeResult& result) const {
  const net::HttpRequest question{.target = "/version"};
  // The first request of a fresh client pays for the TLS handshake, which says little about the distance.
  for (int i = fresh ? 0 : 1; i < 2; ++i) {
    const auto asked = home_.clock.steady_now();
    const auto reply = call_json(client, question);
    result.round_trip = std::chrono::ceil<milliseconds>(home_.clock.steady_now() - asked);
    if (!reply && refuses(reply.error())) {
      result.rejected = {"CredentialsRejected", reply.error().message};
      return;
    }
    if (!reply) {
      result.unreachable = explain_unreachable(reply.error(), credentials.server);
      return;
    }
    result.version = reply->value("gitVersion", std::string("unknown"));
  }
  result.server = credentials.server;
}

void ProviderLink::ask_permissions(kube::Client& client, const api::ProviderRecord& provider,
                                   ProbeResult& result) {
  const auto now = home_.clock.steady_now();
  // A watch that fails may lack a right that was taken back: the optional one to read all pods carries the
  // twins too.
  const bool watching = !cluster_ || cluster_->last_error().empty();
  const bool fresh = now - permissions_asked_ < kPermissionsEvery;
  if (permissions_ && permissions_->missing.empty() && watching && fresh) return;
  auto reviewed = review_permissions(client, provider.namespaces);
  if (reviewed) {
    permissions_ = std::move(*reviewed);
    permissions_asked_ = now;
  } else if (refuses(reviewed.error())) {
    result.rejected = explain_rejection(reviewed.error(), provider.secret);
  } else {
    result.unreachable = explain_unreachable(reviewed.error(), result.server);
  }
}

/// The selector of the published offers to read, "" for none. No answer leaves it as it was: a provider may
/// publish nothing, and bursts need none of it.
std::string ProviderLink::wanted_offers(kube::Client& client, const api::ProviderRecord& provider) {
  if (provider.published.ignore) return {};
  const auto now = home_.clock.steady_now();
  if (!reads_offers_ || now - offers_asked_ >= kPermissionsEvery) {
    if (const auto may = may_read_published(client)) {
      reads_offers_ = *may;
      offers_asked_ = now;
    }
  }
  return reads_offers_ ? published_selector(provider.published.tenant) : std::string();
}

void ProviderLink::connect(const api::ProviderRecord& provider, const Credentials& credentials,
                           std::unique_ptr<kube::Client> client, const std::string& offers) {
  const std::string name = provider.meta.name;
  const auto told = [this, name] { hooks_.on_capacity(name); };
  auto next = std::make_shared<RemoteCluster>(name, provider.namespaces, std::move(client), *permissions_,
                                              home_.installation, hooks_.on_pod_uid, told);
  if (!offers.empty()) next->watch_published(offers, told);
  if (permissions_->read_events) {
    next->watch_events([this, name](const kube::EventRecord& event) { hooks_.on_event(name, event); });
  }
  const bool moved = !cluster_ || cluster_->namespaces().given != provider.namespaces.given;
  if (moved || fingerprint_ != credentials.fingerprint || !heartbeat_) {
    heartbeat_.emplace(provider.namespaces.given, home_.installation, holder_);
  } else {
    next->allow_sweeping(cluster_->sweeping_allowed());
  }
  next->start();
  const auto old = remotes_.put(next);
  cluster_ = std::move(next);
  fingerprint_ = credentials.fingerprint;
  if (old) old->stop();
  base::log_info("provider connected", {{"provider", name},
                                        {"server", credentials.server},
                                        {"namespace", provider.namespaces.given},
                                        {"namespace prefix", provider.namespaces.prefix},
                                        {"missing permissions", std::to_string(permissions_->missing.size())},
                                        {"published offers", offers.empty() ? "not read" : offers}});
}

void ProviderLink::keep_heartbeat(const api::ProviderRecord& provider, ProbeResult& result) {
  if (!permissions_->missing.empty()) return;
  const auto verdict = heartbeat_->keep(cluster_->client(), home_.clock);
  if (verdict) {
    result.heartbeat = *verdict;
    cluster_->allow_sweeping(*verdict == HeartbeatVerdict::kOurs);
    return;
  }
  if (verdict.error().is(base::Code::kConflict))
    return;  // somebody was faster; looked at again with the next probe
  cluster_->allow_sweeping(false);
  if (verdict.error().is(base::Code::kNotFound)) {
    result.heartbeat_trouble = {"NamespaceNotFound", "namespace " + provider.namespaces.given +
                                                         " does not exist at the provider: apply "
                                                         "docs/provider-access.yaml there, or correct "
                                                         "spec.remoteNamespace"};
  } else {
    result.heartbeat_trouble = {"HeartbeatFailed", "the heartbeat in namespace " + provider.namespaces.given +
                                                       " cannot be written: " + verdict.error().message};
  }
}

void ProviderLink::drop(const std::string& provider) {
  if (const auto old = remotes_.remove(provider)) old->stop();
  cluster_.reset();
  heartbeat_.reset();
  permissions_.reset();
  fingerprint_.clear();
}

}  // namespace op
