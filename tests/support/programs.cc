#include "support/programs.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <stdexcept>

#include "api/config.h"
#include "api/records.h"
#include "base/digest.h"
#include "burst/names.h"
#include "kube/core/pod_record.h"
#include "market/offer.h"
#include "support/invariants.h"
#include "support/kubectl.h"
#include "support/objects.h"
#include "support/wait.h"

namespace testing_support {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kFiller = "neoburst-test-filler";

std::string prepare_logs() {
  const char* given = std::getenv("NEOBURST_TEST_LOGS");
  const std::string folder = given != nullptr && *given != '\0' ? given : program_folder() + "/logs";
  std::filesystem::create_directories(folder);
  return folder;
}

void remove_old_namespaces(Sandbox& sandbox) {
  for (const json& ns : list_all(sandbox.home(), kube::kNamespaces, {}, kTestLabel)) {
    if (name_of(ns) != kFiller) clear_namespace(sandbox, name_of(ns));
  }
}

void ensure_namespace(Sandbox& sandbox, const std::string& name) {
  ensure_object(sandbox.home(), kube::kNamespaces,
                {{"apiVersion", "v1"},
                 {"kind", "Namespace"},
                 {"metadata", {{"name", name}, {"labels", {{kTestLabel, "1"}}}}}});
  require_within("the default account of " + name, 30s, [&] {
    const json account = find_object(sandbox.home(), kServiceAccounts, name, "default");
    return account.is_null() ? std::string("it is not there") : std::string();
  });
}

/// "" once the offer of a standard provider is there at its standard price.
std::string standard_offer_missing(Sandbox& sandbox, const std::string& provider) {
  const json spec = standard_provider(provider)["spec"];
  const std::string region = spec["regions"][0]["name"];
  const json offer =
      find_object(sandbox.home(), api::kOffers, {}, provider + "-" + region + "-h100-ondemand");
  const bool right = offer.is_object() &&
                     offer["spec"].value("pricePerGPUHour", "") == spec["prices"]["list"][0]["perGPUHour"] &&
                     offer["spec"].value("currency", "") == spec["prices"]["currency"];
  return right ? std::string() : offer.dump();
}

}  // namespace

std::string program_path(const std::string& folder, const std::string& name) {
  const char* given = std::getenv("NEOBURST_BIN_DIR");
  std::vector<std::string> places;
  if (given != nullptr && *given != '\0') places.emplace_back(given);
  places.push_back(program_folder() + "/..");
  for (const std::string& place : places) {
    for (const std::string& path : {place + "/" + name, place + "/" + folder + "/" + name}) {
      if (std::filesystem::exists(path)) return std::filesystem::canonical(path).string();
    }
  }
  throw std::runtime_error(name +
                           " is in none of its places: build it, or name its folder in NEOBURST_BIN_DIR");
}

Neoburst& Neoburst::shared() {
  static Neoburst neoburst(Sandbox::get());
  static const bool ready = [] {
    remove_old_namespaces(Sandbox::get());
    restore_world(Sandbox::get(), neoburst);
    neoburst.ensure_standard_providers();
    return true;
  }();
  static_cast<void>(ready);
  return neoburst;
}

Neoburst::Neoburst(Sandbox& sandbox, std::vector<std::string> operator_arguments)
    : sandbox_(sandbox), operator_arguments_(std::move(operator_arguments)), logs_(prepare_logs()) {
  kube::keep_pod_annotations_containing({"neoburst.io"});
  start_extender();
  start_operator();
}

Neoburst::~Neoburst() {
  if (operator_) operator_->end(SIGTERM);
  if (extender_) extender_->end(SIGTERM);
}

void Neoburst::start_operator(const std::vector<std::string>& more) {
  std::vector<std::string> command{program_path("operator", "neoburst-operator"),
                                   "--kubeconfig",
                                   sandbox_.folder() + "/operator.kubeconfig",
                                   "--leader-elect=false",
                                   "--log-directory",
                                   logs_ + "/spool",
                                   "--metrics-listen",
                                   "127.0.0.1:" + std::to_string(free_port())};
  command.insert(command.end(), operator_arguments_.begin(), operator_arguments_.end());
  command.insert(command.end(), more.begin(), more.end());
  operator_ = std::make_unique<Process>(std::move(command), logs_ + "/operator.log");
}

void Neoburst::start_extender(const std::vector<std::string>& more) {
  std::vector<std::string> command{program_path("extender", "neoburst-extender"), "--kubeconfig",
                                   sandbox_.folder() + "/extender.kubeconfig", "--listen",
                                   "127.0.0.1:" + std::to_string(sandbox_.extender_port())};
  command.insert(command.end(), more.begin(), more.end());
  extender_ = std::make_unique<Process>(std::move(command), logs_ + "/extender.log");
}

std::unique_ptr<Process> Neoburst::start_publisher(const std::string& provider, const std::string& sheet) {
  const auto token = kubectl(
      sandbox_, {"create", "token", "neoburst-publisher", "--namespace", "neoburst-system"}, {}, provider);
  if (token.exit_code != 0) throw std::runtime_error("a token for the publisher: " + token.errors);
  const std::string customer = read_text(sandbox_.customer_kubeconfig(provider));
  const std::string kubeconfig = logs_ + "/publisher.kubeconfig";
  std::ofstream(kubeconfig) << std::regex_replace(customer, std::regex("token: [^\n]*"),
                                                  "token: " + token.output);
  return std::make_unique<Process>(
      std::vector<std::string>{program_path("operator", "neoburst-operator"), "--publish", sheet,
                               "--kubeconfig", kubeconfig, "--metrics-listen",
                               "127.0.0.1:" + std::to_string(free_port())},
      logs_ + "/publisher.log");
}

void Neoburst::kill_operator() { operator_->end(SIGKILL); }
void Neoburst::kill_extender() { extender_->end(SIGKILL); }
int Neoburst::stop_operator() { return operator_->end(SIGTERM); }
int Neoburst::stop_extender() { return extender_->end(SIGTERM); }

std::string Neoburst::casualties() {
  std::string text;
  if (!operator_->running()) text += "the operator ended:\n" + tail_of(operator_->log(), 15);
  if (!extender_->running()) text += "the extender ended:\n" + tail_of(extender_->log(), 15);
  return text;
}

void Neoburst::ensure_standard_providers() {
  for (const auto& name : Sandbox::providers()) {
    ensure_provider_secret(sandbox_, name);
    ensure_object(sandbox_.home(), api::kProviders, standard_provider(name));
  }
  for (const auto& name : Sandbox::providers()) wait_condition(name, "Ready", "True");
  for (const auto& name : Sandbox::providers()) {
    require_within("the standard offer of " + name, 30s,
                   [&] { return standard_offer_missing(sandbox_, name); });
  }
}

json Neoburst::wait_condition(const std::string& provider, const std::string& type, const std::string& status,
                              const std::string& reason) {
  json condition;
  std::string dead;
  require_within("provider " + provider, 40s, [&] {
    dead = casualties();
    if (!dead.empty()) return std::string();
    const json object = find_object(sandbox_.home(), api::kProviders, {}, provider);
    condition = condition_of(object, type);
    const bool current = object.is_object() && condition.value("observedGeneration", 0) ==
                                                   object["metadata"].value("generation", 0);
    const bool holds = current && condition.value("status", "") == status &&
                       (reason.empty() || condition.value("reason", "") == reason);
    return holds ? std::string() : type + " is " + condition.dump() + "\n" + tail_of(operator_->log(), 5);
  });
  if (!dead.empty()) throw std::runtime_error("provider " + provider + ": " + dead);
  return condition;
}

void Neoburst::remove_provider(const std::string& name) {
  must_delete(sandbox_.home(), api::kProviders, {}, name);
  require_within("removal of provider " + name, 40s, [&] {
    const json object = find_object(sandbox_.home(), api::kProviders, {}, name);
    if (!object.is_null()) return "it is still there: " + condition_of(object, "Ready").dump();
    return std::string();  // its burst nodes stay as long as ended pods refer to them
  });
}

void Neoburst::fill_home() {
  if (find_object(sandbox_.home(), kube::kPods, kFiller, "filler").is_null()) {
    ensure_namespace(sandbox_, kFiller);
    must_create(sandbox_.home(), kube::kPods, gpu_pod(kFiller, "filler", "infinity", 8));
  }
  require_within("a full home", 30s, [&] {
    const json pod = find_object(sandbox_.home(), kube::kPods, kFiller, "filler");
    return phase_of(pod) == "Running" ? std::string()
                                      : "the filler is " + phase_of(pod) + "\n" + casualties();
  });
}

void Neoburst::free_home() {
  must_delete(sandbox_.home(), kube::kPods, kFiller, "filler", {.grace_seconds = 0});
  require_within("an empty home", 30s, [&] {
    const json pod = find_object(sandbox_.home(), kube::kPods, kFiller, "filler");
    return pod.is_null() ? std::string() : std::string("the filler is still there");
  });
}

void restore_world(Sandbox& sandbox, Neoburst& neoburst) {
  for (const json& provider : list_all(sandbox.home(), api::kProviders)) {
    const auto& standard = Sandbox::providers();
    if (std::ranges::find(standard, name_of(provider)) == standard.end())
      neoburst.remove_provider(name_of(provider));
  }
  for (const json& config : list_all(sandbox.home(), api::kConfigs)) {
    must_delete(sandbox.home(), api::kConfigs, {}, name_of(config));
  }
  const std::string foreign = "!" + std::string(burst::kInstallationLabel);
  for (const auto& name : Sandbox::provider_clusters()) {
    kube::Client& provider = sandbox.admin(name);
    for (const json& node : list_all(provider, kube::kNodes, {}, kTestLabel)) {
      must_delete(provider, kube::kNodes, {}, name_of(node));
    }
    for (const char* ns : {"neoburst", "default"}) {
      for (const kube::Resource& kind : {kube::kPods, kResourceQuotas}) {
        for (const json& object : list_all(provider, kind, ns, foreign)) {
          must_delete(provider, kind, ns, name_of(object), {.grace_seconds = 0});
        }
      }
    }
  }
}

void ensure_provider_secret(Sandbox& sandbox, const std::string& cluster) {
  ensure_object(sandbox.home(), kube::kSecrets,
                kubeconfig_secret(cluster, read_text(sandbox.customer_kubeconfig(cluster))));
}

std::vector<std::string> burst_nodes(Sandbox& sandbox, const std::string& provider) {
  std::vector<std::string> names;
  for (const json& node : list_all(sandbox.home(), kube::kNodes)) {
    const std::string name = name_of(node);
    const json labels = node["metadata"].value("labels", json::object());
    const bool of_provider = provider.empty() || labels.value("neoburst.io/provider", "") == provider;
    if (market::is_burst_node(name) && of_provider) names.push_back(name);
  }
  return names;
}

std::string make_namespace(Sandbox& sandbox, const std::string& purpose) {
  static std::atomic<int> number{0};
  const std::string unique = std::to_string(::getpid()) + "/" +
                             std::to_string(base::system_clock().now().time_since_epoch().count());
  std::string name = "t-" + purpose + "-" + base::short_digest(unique + std::to_string(number++), 6);
  ensure_namespace(sandbox, name);
  return name;
}

std::string clear_namespace(Sandbox& sandbox, const std::string& ns) {
  kube::Client& home = sandbox.home();
  for (const kube::Resource& kind :
       {kCronJobs, kJobs, kDeployments, kStatefulSets, kDaemonSets, kube::kPods, api::kClaims}) {
    const kube::DeleteOptions options{.propagation = "Background"};
    auto gone = home.remove_collection(kind, ns, {}, options);
    // Hundreds of objects on a busy machine: the API server goes on with them, and a retry asks for the
    // rest.
    for (int again = 0; !gone && gone.error().is(base::Code::kDeadline) && again < 3; ++again)
      gone = home.remove_collection(kind, ns, {}, options);
    if (!gone) return gone.error().text();
  }
  const auto cleared = wait_for("clearing namespace " + ns, 40s, [&] {
    const auto pods = list_all(home, kube::kPods, ns);
    if (!pods.empty())
      return "pod " + name_of(pods.front()) + " on " + node_of(pods.front()) + " is still there";
    return joined(leftovers(sandbox));
  });
  must_delete(home, kube::kNamespaces, {}, ns);
  return cleared ? std::string() : cleared.message();
}

}  // namespace testing_support
