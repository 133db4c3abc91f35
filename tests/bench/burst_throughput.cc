// How many pods a second burst, at what cost in processor time, memory and API writes.
// needs: sandbox with NEOBURST_SANDBOX_AUDIT=1 (without it writes are not counted)
//
// Home is full. 200 pods of one GPU are created at once, first directly at the provider, then at home; the
// rate is from the first creation to the last pod seen Running. The provider has 32 GPUs in the sandbox;
// nodes are added until 200 pods fit at once, so that no pod waits for another. Everything of a round is
// removed before the next begins. tests/fault checks the promises.
//
// Arguments: pods (200) and rounds (1). A round takes seconds, so that a hiccup of the machine shows; with
// several, alternating, the medians count, and all but the first find warm API servers.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "bench/support/burst_bench.h"
#include "bench/support/report.h"
#include "support/invariants.h"
#include "support/objects.h"
#include "support/programs.h"
#include "support/wait.h"

namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using nlohmann::json;

constexpr const char* kProvider = "neocloud-eu";
constexpr const char* kDirect = "bench-direct-";
constexpr const char* kSleep = "1";
constexpr std::size_t kGpusOfNode = 8;
constexpr auto kDeadline = 300s;

constexpr double kBarShare = 0.25;
constexpr double kBarWrites = 12;
constexpr double kBarOperatorMb = 40;
constexpr double kBarExtenderMb = 25;

constexpr std::string_view kExtraNode = "bench-gpu-";

std::string extra_node(std::size_t number) { return std::string(kExtraNode) + std::to_string(number); }

/// Removes the nodes that were added, by this run or by one that crashed.
void remove_added_nodes(Sandbox& sandbox) {
  for (const json& node : list_all(sandbox.admin(kProvider), kube::kNodes)) {
    if (name_of(node).starts_with(kExtraNode))
      must_delete(sandbox.admin(kProvider), kube::kNodes, {}, name_of(node));
  }
}

/// Copies of the provider's first node until `gpus` GPUs are there. Returns how many were added.
std::size_t add_nodes(Sandbox& sandbox, std::size_t gpus) {
  remove_added_nodes(sandbox);
  kube::Client& provider = sandbox.admin(kProvider);
  json node = find_object(provider, kube::kNodes, {}, std::string(kProvider) + "-gpu-0");
  const std::size_t there = list_all(provider, kube::kNodes).size();
  const std::size_t wanted = (gpus + kGpusOfNode - 1) / kGpusOfNode;
  const std::size_t added = wanted > there ? wanted - there : 0;
  for (const char* field : {"uid", "resourceVersion", "creationTimestamp", "managedFields"}) {
    node["metadata"].erase(field);
  }
  node["spec"] = json::object();
  node["status"].erase("conditions");
  for (std::size_t i = 0; i < added; ++i) {
    node["metadata"]["name"] = extra_node(i);
    node["metadata"]["labels"]["kubernetes.io/hostname"] = extra_node(i);
    ensure_object(provider, kube::kNodes, node);
  }
  require_within("the added nodes", 60s, [&] {
    for (const json& each : list_all(provider, kube::kNodes)) {
      const bool ready = condition_of(each, "Ready").value("status", "") == "True" &&
                         each["spec"].value("taints", json::array()).empty();
      if (!ready) return name_of(each) + " is not ready";
    }
    return std::string();
  });
  return added;
}

std::vector<json> make_pods(const std::string& ns, std::size_t count) {
  std::vector<json> pods;
  for (std::size_t i = 0; i < count; ++i) pods.push_back(gpu_pod(ns, "pod-" + std::to_string(i), kSleep));
  return pods;
}

struct Round {
  double direct_pods_per_s = 0;
  double pods_per_s = 0;
};

/// What the two programs used over all rounds.
struct Use {
  double operator_cpu_s = 0;
  double extender_cpu_s = 0;
  std::map<std::string, int> home_writes;
  std::map<std::string, int> provider_writes;
};

void add(std::map<std::string, int>& sums, const std::map<std::string, int>& more) {
  for (const auto& [what, count] : more) sums[what] += count;
}

/// Pods a second.
double measure(Sandbox& sandbox, bench::RunningTimes& times, const std::string& cluster,
               const std::string& ns, std::size_t count) {
  const base::Time start = bench::create_all(sandbox.admin(cluster), make_pods(ns, count));
  if (!times.wait(cluster, ns, count, kDeadline))
    throw std::runtime_error("not every pod ran within the deadline");
  const double took = std::chrono::duration<double>(times.last(cluster, ns) - start).count();
  if (!times.wait_ended(cluster, ns, count, kDeadline)) throw std::runtime_error("not every pod ended");
  return static_cast<double>(count) / took;
}

double print_writes(const char* where, const std::map<std::string, int>& writes, std::size_t pods) {
  int sum = 0;
  for (const auto& [what, count] : writes) {
    std::printf("  %-10s %-46s %6d  %6.2f a pod\n", where, what.c_str(), count,
                static_cast<double>(count) / static_cast<double>(pods));
    sum += count;
  }
  return static_cast<double>(sum) / static_cast<double>(pods);
}

void wait_namespace_gone(kube::Client& cluster, const std::string& ns) {
  require_within("the end of namespace " + ns, 120s, [&] {
    return find_object(cluster, kube::kNamespaces, {}, ns).is_null() ? std::string()
                                                                     : std::string("still ending");
  });
}

double measure_directly(Sandbox& sandbox, bench::RunningTimes& times, std::size_t pods, std::size_t round) {
  kube::Client& provider = sandbox.admin(kProvider);
  const std::string ns = kDirect + std::to_string(round);
  ensure_object(provider, kube::kNamespaces,
                {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns}}}});
  require_within("the default account of " + ns, 30s, [&] {
    return find_object(provider, kServiceAccounts, ns, "default").is_null() ? std::string("none yet")
                                                                            : std::string();
  });
  const double rate = measure(sandbox, times, kProvider, ns, pods);
  must_delete(provider, kube::kNamespaces, {}, ns);
  wait_namespace_gone(provider, ns);
  return rate;
}

double measure_bursting(Sandbox& sandbox, Neoburst& neoburst, bench::RunningTimes& times, std::size_t pods,
                        Use& use) {
  const std::string ns = make_namespace(sandbox, "throughput");
  must_create(sandbox.home(), api::kClaims, eu_claim(ns, "bench"));
  require_within("the offer to have grown", 60s, [&] {
    const auto nodes = burst_nodes(sandbox, kProvider);
    if (nodes.empty()) return std::string("there is no burst node yet");
    const json node = find_object(sandbox.home(), kube::kNodes, {}, nodes.front());
    const std::string gpus = node["status"]["allocatable"].value("nvidia.com/gpu", "0");
    return std::stoul(gpus) >= pods ? std::string() : "it has " + gpus + " GPUs";
  });
  const bench::AuditTail home_log(sandbox.audit_log("home"), {"system:serviceaccount:neoburst-system:"});
  const bench::AuditTail provider_log(sandbox.audit_log(kProvider),
                                      {"system:serviceaccount:neoburst:neoburst"});
  use.operator_cpu_s -= neoburst.operator_process().cpu_seconds();
  use.extender_cpu_s -= neoburst.extender_process().cpu_seconds();
  const double rate = measure(sandbox, times, "home", ns, pods);
  // To the very end of each burst: records ended, nothing left at the provider.
  require_within("the end of all bursts", 120s, [&] {
    const std::string left = joined(leftovers(sandbox));
    return left.empty() ? joined(spend_differs(sandbox, ns, "bench")) : left;
  });
  use.operator_cpu_s += neoburst.operator_process().cpu_seconds();
  use.extender_cpu_s += neoburst.extender_process().cpu_seconds();
  add(use.home_writes, home_log.writes());
  add(use.provider_writes, provider_log.writes());
  const std::string stayed = clear_namespace(sandbox, ns);
  if (!stayed.empty()) std::cerr << "warning: " << stayed << "\n";
  wait_namespace_gone(sandbox.home(), ns);
  return rate;
}

/// Prints the verdicts and writes the numbers; 0 when every bar is met.
int report(const Sandbox& sandbox, Neoburst& neoburst, const std::vector<Round>& rounds, const Use& use,
           std::size_t pods, std::size_t added) {
  std::vector<double> direct;
  std::vector<double> burst;
  json each = json::array();
  for (const Round& round : rounds) {
    direct.push_back(round.direct_pods_per_s);
    burst.push_back(round.pods_per_s);
    each.push_back({{"direct_pods_per_s", round.direct_pods_per_s}, {"pods_per_s", round.pods_per_s}});
  }
  const double direct_median = bench::percentile(direct, 0.5);
  const double burst_median = bench::percentile(burst, 0.5);
  const double share = burst_median / direct_median;
  const double n = static_cast<double>(pods * rounds.size());
  const double operator_mb = neoburst.operator_process().rss_mb();
  const double extender_mb = neoburst.extender_process().rss_mb();
  std::printf("%-34s %10.1f pods/s\n", "directly at the provider, median", direct_median);
  std::printf("%-34s %10.1f pods/s  %.0f %% of direct, bar %.0f %%: %s\n", "through Neoburst, median",
              burst_median, 100 * share, 100 * kBarShare, bench::verdict(share >= kBarShare));
  std::printf("%-34s %10.4f s (operator)  %.4f s (extender)\n", "processor time a pod",
              use.operator_cpu_s / n, use.extender_cpu_s / n);
  std::printf("%-34s %10.1f MB, bar %.0f: %s\n", "resident memory, operator", operator_mb, kBarOperatorMb,
              bench::verdict(operator_mb <= kBarOperatorMb));
  std::printf("%-34s %10.1f MB, bar %.0f: %s\n", "resident memory, extender", extender_mb, kBarExtenderMb,
              bench::verdict(extender_mb <= kBarExtenderMb));
  json numbers = {
      {"pods", pods},
      {"rounds", std::move(each)},
      {"nodes_added_at_provider", added},
      {"pods_per_s", burst_median},
      {"direct_pods_per_s", direct_median},
      {"cpu_s_per_pod", {{"operator", use.operator_cpu_s / n}, {"extender", use.extender_cpu_s / n}}},
      {"operator_rss_mb", operator_mb},
      {"extender_rss_mb", extender_mb},
      {"home_writes_per_pod", nullptr},
      {"provider_writes_per_pod", nullptr}};
  bool ok = share >= kBarShare && operator_mb <= kBarOperatorMb && extender_mb <= kBarExtenderMb;
  if (sandbox.audited()) {
    std::printf("writes of the two programs, from the API servers' audit logs (leases left out):\n");
    const double at_home = print_writes("home", use.home_writes, pods * rounds.size());
    const double at_provider = print_writes(kProvider, use.provider_writes, pods * rounds.size());
    const bool few = at_home + at_provider <= kBarWrites;
    std::printf("%-34s %10.2f home + %.2f provider, bar %.0f: %s\n", "writes a pod", at_home, at_provider,
                kBarWrites, bench::verdict(few));
    numbers["home_writes_per_pod"] = at_home;
    numbers["provider_writes_per_pod"] = at_provider;
    ok = ok && few;
  } else {
    std::printf("writes were not counted: start the sandbox with NEOBURST_SANDBOX_AUDIT=1\n");
  }
  bench::write_json("burst-throughput", numbers);
  return ok ? 0 : 1;
}

int run(std::size_t pods, std::size_t rounds) {
  Sandbox& sandbox = Sandbox::get();
  const std::size_t added = add_nodes(sandbox, pods);
  std::printf("%zu nodes of eight GPUs were added to %s, so that %zu GPUs are there\n", added, kProvider,
              pods);
  Neoburst& neoburst = Neoburst::shared();
  neoburst.fill_home();
  bench::RunningTimes times(sandbox, {"home", kProvider});
  std::vector<Round> done;
  Use use;
  for (std::size_t i = 1; i <= rounds; ++i) {
    Round round;
    round.direct_pods_per_s = measure_directly(sandbox, times, pods, i);
    round.pods_per_s = measure_bursting(sandbox, neoburst, times, pods, use);
    std::printf("round %zu of %zu: %.1f pods/s directly, %.1f pods/s through Neoburst\n", i, rounds,
                round.direct_pods_per_s, round.pods_per_s);
    std::fflush(stdout);
    done.push_back(round);
  }
  return report(sandbox, neoburst, done, use, pods, added);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int result = run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200,
                           argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1);
    remove_added_nodes(Sandbox::get());
    return result;
  } catch (const std::exception& error) {
    std::cerr << "burst_throughput: " << error.what() << "\n";
    return 2;
  }
}
