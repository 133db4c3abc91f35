#include "operator/publish/publish_app.h"

#include <utility>

#include "base/log.h"
#include "operator/home/profiled_provider.h"
#include "operator/publish/publisher.h"
#include "program/health_server.h"
#include "program/identity.h"
#include "program/kubeconfig_choice.h"
#include "program/leadership.h"
#include "program/shutdown.h"
#include "program/start.h"

namespace op {
namespace {

using std::chrono::milliseconds;

/// The sheet under its profile. The public list prices of the profile are not the provider's offer.
base::Result<Sheet> read_sheet(const Options& options) {
  auto sheet = load_sheet(options.publish);
  if (!sheet) return sheet;
  auto profiles = profiles::builtin_profiles();
  if (!options.profiles.empty()) {
    auto loaded = profiles::load_profiles(options.profiles);
    if (!loaded) return base::fail(std::move(loaded.error()).with_context("--profiles"));
    profiles = std::move(*loaded);
  }
  sheet->provider = under_profile(std::move(sheet->provider), profiles);
  std::erase_if(sheet->provider.prices,
                [](const auto& line) { return line.price.kind != market::PriceKind::kPublished; });
  if (sheet->provider.problem.empty()) return sheet;
  return base::fail(base::Code::kInvalid,
                    options.publish + ": as a NeocloudProvider, " + sheet->provider.problem);
}

}  // namespace

struct PublishApp::Parts {
  program::Shutdown shutdown;
  program::HealthServer health;
  std::unique_ptr<kube::Client> client;
  std::unique_ptr<Publisher> publisher;
  program::Leadership leadership{shutdown, [this] { lead(); }};

  base::Outcome connect(const Options& options);
  bool wait_synced();
  void lead();
  void stop();
};

PublishApp::PublishApp(Options options) : options_(std::move(options)) {}
PublishApp::~PublishApp() = default;

base::Outcome PublishApp::Parts::connect(const Options& options) {
  auto sheet = read_sheet(options);
  if (!sheet) return base::fail(std::move(sheet.error()).with_context("--publish"));
  auto chosen = program::chosen_cluster(program::KubeconfigPolicy::kService, options.kubeconfig);
  if (!chosen) return base::fail(std::move(chosen.error()).with_context("the provider's cluster"));
  auto made = kube::Client::make(chosen->config, program::user_agent(program::kPublisher));
  if (!made) return base::fail(std::move(made.error()).with_context("the provider's cluster"));
  client = std::move(*made);
  publisher = std::make_unique<Publisher>(*client, base::system_clock(), std::move(*sheet));
  return {};
}

bool PublishApp::Parts::wait_synced() {
  publisher->watch();
  while (!publisher->synced()) {
    if (shutdown.wait(milliseconds(20))) return false;
  }
  health.ready(true);
  return true;
}

void PublishApp::Parts::lead() {
  base::log_info("leading: offers are published");
  publisher->lead();
}

void PublishApp::Parts::stop() {
  health.ready(false);
  leadership.close();
  if (publisher) publisher->stop();
  leadership.give_back();
  if (client) client->stop();
  health.stop();
}

int PublishApp::run() {
  program::start_service(options_.log);
  program::limit_thread_stacks();
  parts_ = std::make_unique<Parts>();
  Parts& p = *parts_;
  if (const auto serving = p.health.start(options_.metrics); !serving) {
    base::log_error("cannot serve metrics", {{"error", serving.error().text()}});
    return 1;
  }
  if (const auto connected = p.connect(options_); !connected) {
    base::log_error("cannot start", {{"error", connected.error().text()}});
    return 1;
  }
  if (p.wait_synced()) {
    if (options_.leader_elect) {
      p.leadership.elect(*p.client, options_.ns, program::kPublisher);
    } else {
      p.leadership.lead_alone();
    }
    while (!p.shutdown.wait(std::chrono::minutes(1))) {
    }
  }
  base::log_info("ending", {{"why", p.shutdown.reason()}});
  p.stop();
  return p.shutdown.exit_code();
}

}  // namespace op
