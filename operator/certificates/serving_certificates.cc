#include "operator/certificates/serving_certificates.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/backoff.h"
#include "base/log.h"
#include "base/time_text.h"
#include "net/x509.h"
#include "operator/certificates/serving_plan.h"
#include "operator/certificates/serving_secret.h"
#include "operator/certificates/signing_request.h"

namespace op {
namespace {

using namespace std::chrono_literals;
using Certificate = std::shared_ptr<const ServingCertificate>;

/// The life of a self-signed certificate: it is renewed while it is needed.
constexpr std::chrono::hours kSelfSignedLife{24 * 30};
/// A Secret is rotated every few weeks; people who rotate it want to see it used soon.
constexpr auto kReadSecretEvery = 10s;
/// While a signer works on it; a controller manager takes a fraction of a second.
constexpr auto kFirstLook = 100ms;
constexpr auto kLongestLook = 30s;
constexpr auto kFirstSigningRetry = 1s;
constexpr auto kLongestSigningRetry = 10min;
constexpr auto kAfterRefusal = 1min;

}  // namespace

struct ServingCertificates::State {
  /// One node's journey to a signed certificate; of the thread alone, but for `present`.
  struct Entry {
    Certificate present;
    base::Time wanted_since;
    std::optional<base::Time> renew_at = {};
    std::string key_pem = {};  ///< of the request under way, "" when none is
    std::string request_pem = {};
    base::Time ask_at = {};
    base::Backoff looking{kFirstLook, kLongestLook};
    base::Backoff failing{kFirstSigningRetry, kLongestSigningRetry};
    std::string told = {};  ///< what was last said about its waiting
  };

  State(kube::Client& client, const base::Clock& time, ServingOptions given, std::vector<std::string> ips)
      : home(client), clock(time), options(std::move(given)), addresses(std::move(ips)) {}

  void run(const std::stop_token& stop);
  /// One step for each node that is due; returns when the next one is.
  base::Time round(const std::stop_token& stop);
  base::Time step(const std::string& node, Entry& entry);
  void ask(const std::string& node, Entry& entry);
  void settle(const std::string& node, Entry& entry, const SigningAnswer& answer);
  void self_sign(const std::string& node, Entry& entry);
  void read_secret(const std::string& node, Entry& entry);
  /// One read serves all nodes.
  const base::Result<Certificate>& secret();
  void adopt(const std::string& node, Entry& entry, Certificate certificate);
  void wait_for_signer(const std::string& node, Entry& entry, const std::string& why);
  void retry(const std::string& node, Entry& entry, std::chrono::milliseconds at_least,
             const std::string& why);
  net::CertificateOrder order_of(const std::string& node) const;

  kube::Client& home;
  const base::Clock& clock;
  const ServingOptions options;
  const std::vector<std::string> addresses;
  OnChange told;
  base::Time secret_read_at;  ///< of the thread alone, as is what was read
  base::Result<Certificate> secret_read = Certificate();

  std::mutex mutex;
  std::condition_variable_any changed;
  std::map<std::string, std::shared_ptr<Entry>> entries;  ///< the map, and `present` of each, are guarded
  bool woken = false;
  std::jthread thread;
};

net::CertificateOrder ServingCertificates::State::order_of(const std::string& node) const {
  return {.subject = {.common_name = "system:node:" + node, .organizations = {"system:nodes"}},
          .addresses = addresses};
}

void ServingCertificates::State::adopt(const std::string& node, Entry& entry, Certificate certificate) {
  const auto life = net::certificate_life(certificate->certificate_pem);
  entry.renew_at.reset();
  if (life) entry.renew_at = renewal_time(node, life->not_before, life->not_after);
  base::log_info("a burst node has a serving certificate",
                 {{"node", node},
                  {"from", certificate->self_signed      ? "itself"
                           : options.secret.name.empty() ? options.signer
                                                         : "Secret " + options.secret.text()},
                  {"until", life ? base::format_time(life->not_after) : "unknown"}});
  {
    std::lock_guard lock(mutex);
    entry.present = std::move(certificate);
  }
  if (told) told(node);
}

void ServingCertificates::State::self_sign(const std::string& node, Entry& entry) {
  auto key = net::make_private_key();
  auto made = key ? net::make_self_signed(order_of(node), *key, clock.now(), kSelfSignedLife)
                  : base::Result<std::string>(base::fail(key.error()));
  if (!made) {
    base::log_error("cannot make a certificate", {{"node", node}, {"error", made.error().text()}});
    entry.wanted_since = clock.now();  // not again at once
    return;
  }
  base::log_warning(
      "a burst node serves with a self-signed certificate until it gets a signed one: API "
      "servers that verify kubelets will not talk to it",
      {{"node", node}, {"waits for", entry.told}});
  adopt(node, entry,
        std::make_shared<const ServingCertificate>(ServingCertificate{
            .certificate_pem = std::move(*made), .key_pem = std::move(*key), .self_signed = true}));
}

void ServingCertificates::State::wait_for_signer(const std::string& node, Entry& entry,
                                                 const std::string& why) {
  entry.ask_at = clock.now() + entry.looking.next();
  if (entry.told == why || entry.looking.attempts() < 3) return;
  entry.told = why;
  base::log_info("a burst node's serving certificate is not signed yet", {{"node", node}, {"why", why}});
}

void ServingCertificates::State::retry(const std::string& node, Entry& entry,
                                       std::chrono::milliseconds at_least, const std::string& why) {
  entry.ask_at = clock.now() + std::max(at_least, entry.failing.next());
  if (entry.told == why) return;
  entry.told = why;
  base::log_warning("a burst node gets no serving certificate, will retry", {{"node", node}, {"why", why}});
}

void ServingCertificates::State::settle(const std::string& node, Entry& entry, const SigningAnswer& answer) {
  using Answer = SigningAnswer::State;
  if (answer.state == Answer::kPending) return wait_for_signer(node, entry, answer.message);
  // The next request is for a new key.
  const std::string key = std::exchange(entry.key_pem, {});
  entry.looking.reset();
  if (answer.state == Answer::kRefused) return retry(node, entry, kAfterRefusal, answer.message);
  const auto fits = net::check_key_pair(answer.certificate_pem, key);
  const auto life = net::certificate_life(answer.certificate_pem);
  if (!fits || !life || life->not_after <= clock.now()) {
    return retry(node, entry, kAfterRefusal, "the signer's certificate is of no use");
  }
  entry.failing.reset();
  entry.told.clear();
  adopt(node, entry,
        std::make_shared<const ServingCertificate>(
            ServingCertificate{.certificate_pem = answer.certificate_pem, .key_pem = key}));
}

void ServingCertificates::State::ask(const std::string& node, Entry& entry) {
  if (!options.secret.name.empty()) return read_secret(node, entry);
  if (entry.key_pem.empty()) {
    auto key = net::make_private_key();
    auto request = key ? net::make_signing_request(order_of(node), *key)
                       : base::Result<std::string>(base::fail(key.error()));
    if (!request) return retry(node, entry, kAfterRefusal, request.error().text());
    entry.key_pem = std::move(*key);
    entry.request_pem = std::move(*request);
  }
  const auto answer =
      advance_signing(home, {.node = node, .signer = options.signer, .request_pem = entry.request_pem});
  if (answer) return settle(node, entry, *answer);
  if (answer.error().is(base::Code::kCancelled)) {  // we are ending
    entry.ask_at = clock.now() + kFirstSigningRetry;
    return;
  }
  const bool told_off =
      answer.error().is(base::Code::kForbidden) || answer.error().is(base::Code::kUnauthenticated);
  retry(node, entry, told_off ? std::chrono::milliseconds(kAfterRefusal) : kFirstSigningRetry,
        answer.error().text());
}

const base::Result<Certificate>& ServingCertificates::State::secret() {
  const base::Time now = clock.now();
  if (now >= secret_read_at + kReadSecretEvery) {
    secret_read_at = now;
    secret_read = read_serving_secret(home, options.secret);
  }
  return secret_read;
}

void ServingCertificates::State::read_secret(const std::string& node, Entry& entry) {
  const auto& read = secret();
  entry.ask_at = secret_read_at + kReadSecretEvery;
  if (!read) {
    const std::string why = read.error().text();
    if (std::exchange(entry.told, why) != why)
      base::log_warning("the Secret with the serving certificate cannot be used", {{"why", why}});
    return;
  }
  entry.told.clear();
  const bool same = entry.present && entry.present->certificate_pem == (*read)->certificate_pem &&
                    entry.present->key_pem == (*read)->key_pem;
  if (!same) adopt(node, entry, *read);
}

base::Time ServingCertificates::State::step(const std::string& node, Entry& entry) {
  // The owner of a Secret renews its certificate: it is only read again.
  const bool from_secret = !options.secret.name.empty() && entry.present && !entry.present->self_signed;
  const ServingStep next = decide_serving({.now = clock.now(),
                                           .wanted_since = entry.wanted_since,
                                           .has_certificate = entry.present != nullptr,
                                           .self_signed = entry.present && entry.present->self_signed,
                                           .renew_at = from_secret ? entry.ask_at : entry.renew_at,
                                           .ask_at = entry.ask_at,
                                           .self_signed_after = options.self_signed_after});
  if (next.act == ServingAct::kWait) return next.again_at;
  if (next.act == ServingAct::kAsk) ask(node, entry);
  if (next.act == ServingAct::kSelfSign) self_sign(node, entry);
  return clock.now();
}

base::Time ServingCertificates::State::round(const std::stop_token& stop) {
  std::map<std::string, std::shared_ptr<Entry>> present;
  {
    std::lock_guard lock(mutex);
    present = entries;
    woken = false;
  }
  base::Time next = clock.now() + 1h;
  for (const auto& [node, entry] : present) {
    if (stop.stop_requested()) break;
    next = std::min(next, step(node, *entry));
  }
  return next;
}

void ServingCertificates::State::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const base::Time next = round(stop);
    std::unique_lock lock(mutex);
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next - clock.now());
    if (wait > 0ms) changed.wait_for(lock, stop, wait, [&] { return woken; });
  }
}

ServingCertificates::ServingCertificates(kube::Client& home, const base::Clock& clock, ServingOptions options,
                                         std::vector<std::string> addresses)
    : state_(std::make_unique<State>(home, clock, std::move(options), std::move(addresses))) {}

ServingCertificates::~ServingCertificates() { stop(); }

void ServingCertificates::on_change(OnChange told) { state_->told = std::move(told); }

void ServingCertificates::start() {
  state_->thread = std::jthread([this](std::stop_token stop) { state_->run(stop); });
}

void ServingCertificates::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

std::shared_ptr<const ServingCertificate> ServingCertificates::current(const std::string& node) {
  std::lock_guard lock(state_->mutex);
  auto& entry = state_->entries[node];
  if (!entry) {
    entry = std::make_shared<State::Entry>();
    entry->wanted_since = entry->ask_at = state_->clock.now();
    state_->woken = true;
    state_->changed.notify_all();
  }
  return entry->present;
}

void ServingCertificates::forget(const std::string& node) {
  std::lock_guard lock(state_->mutex);
  state_->entries.erase(node);
}

}  // namespace op
