#include "operator/publish/publish_app.h"

#include <mutex>
#include <utility>

#include "base/log.h"
#include "kube/runtime/elector.h"
#include "operator/home/profiled_provider.h"
#include "operator/process/health_server.h"
#include "operator/process/process.h"
#include "operator/process/shutdown.h"
#include "operator/publish/publisher.h"

namespace op {
namespace {

using std::chrono::milliseconds;

constexpr const char* kPublisherElectionName = "neoburst-publisher";

/// The sheet under its profile. What the profile has of public list prices is not the provider's offer.
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
  Shutdown shutdown;
  HealthServer health;
  std::unique_ptr<kube::Client> client;
  std::unique_ptr<Publisher> publisher;
  std::unique_ptr<kube::Elector> elector;
  std::mutex starting;  ///< leadership may come and the end may come at the same time
  bool ended = false;

  base::Outcome connect(const Options& options);
  bool wait_synced();
  void lead();
  void elect(const Options& options);
  void stop();
};

PublishApp::PublishApp(Options options) : options_(std::move(options)) {}
PublishApp::~PublishApp() = default;

base::Outcome PublishApp::Parts::connect(const Options& options) {
  auto sheet = read_sheet(options);
  if (!sheet) return base::fail(std::move(sheet.error()).with_context("--publish"));
  auto config = cluster_config(options);
  if (!config) return base::fail(std::move(config.error()).with_context("the provider's cluster"));
  auto made = kube::Client::make(*config, "neoburst-publisher/0.1");
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
  std::lock_guard lock(starting);
  if (ended) return;
  base::log_info("leading: offers are published");
  publisher->lead();
}

void PublishApp::Parts::elect(const Options& options) {
  if (!options.leader_elect) return lead();
  const kube::ElectionOptions election{
      .ns = options.ns, .name = kPublisherElectionName, .identity = process_identity()};
  elector = std::make_unique<kube::Elector>(
      *client, base::system_clock(), election,
      kube::Elector::Callbacks{
          .started = [this] { lead(); },
          .lost = [this](std::string why) { shutdown.request("leadership lost: " + why, 1); }});
  elector->start();
}

void PublishApp::Parts::stop() {
  health.ready(false);
  {
    std::lock_guard lock(starting);
    ended = true;
  }
  if (publisher) publisher->stop();
  if (elector) elector->stop();
  if (client) client->stop();
  health.stop();
}

int PublishApp::run() {
  base::init_logging(options_.log_level, options_.log_format);
  limit_thread_stacks();
  parts_ = std::make_unique<Parts>();
  Parts& p = *parts_;
  if (const auto serving = p.health.start(options_); !serving) {
    base::log_error("cannot serve metrics", {{"error", serving.error().text()}});
    return 1;
  }
  if (const auto connected = p.connect(options_); !connected) {
    base::log_error("cannot start", {{"error", connected.error().text()}});
    return 1;
  }
  if (p.wait_synced()) {
    p.elect(options_);
    while (!p.shutdown.wait(std::chrono::minutes(1))) {
    }
  }
  base::log_info("ending", {{"why", p.shutdown.reason()}});
  p.stop();
  return p.shutdown.exit_code();
}

}  // namespace op
