// How much longer a pod takes to run through Neoburst than created at the provider by hand.
// needs: sandbox
//
// One pod at a time, home full, everything warm: alternately a pod at home that bursts (creation -> Running
// seen at home) and the same pod created directly at the provider (creation -> Running seen there), both seen
// by watches.

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
constexpr const char* kDirect = "bench-direct";
constexpr double kBarP50 = 0.6;
constexpr double kBarP99 = 2.0;

double seconds(base::Time from, base::Time to) { return std::chrono::duration<double>(to - from).count(); }

/// Creates the pod and returns how long it took to be seen Running.
double time_one(Sandbox& sandbox, bench::RunningTimes& times, const std::string& cluster, const json& pod,
                std::size_t number) {
  const std::string ns = pod["metadata"]["namespace"];
  const base::Time start = base::system_clock().now();
  must_create(sandbox.admin(cluster), kube::kPods, pod);
  if (!times.wait(cluster, ns, number, 60s))
    throw std::runtime_error(name_of(pod) + " did not run within 60 s");
  const double took = seconds(start, times.of(cluster, ns, name_of(pod)));
  // The next run starts from the same state: this pod and what it held are gone.
  must_delete(sandbox.admin(cluster), kube::kPods, ns, name_of(pod));
  require_within("the end of " + name_of(pod), 60s, [&] {
    if (!find_object(sandbox.admin(cluster), kube::kPods, ns, name_of(pod)).is_null())
      return std::string("still there");
    return joined(leftovers(sandbox));
  });
  return took;
}

int run(std::size_t runs) {
  Sandbox& sandbox = Sandbox::get();
  Neoburst& neoburst = Neoburst::shared();
  neoburst.fill_home();
  const std::string ns = make_namespace(sandbox, "latency");
  must_create(sandbox.home(), api::kClaims, eu_claim(ns, "bench"));
  kube::Client& provider = sandbox.admin(kProvider);
  ensure_object(provider, kube::kNamespaces,
                {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", kDirect}}}});
  require_within("the default account of " + std::string(kDirect), 30s, [&] {
    return find_object(provider, kServiceAccounts, kDirect, "default").is_null() ? std::string("none yet")
                                                                                 : std::string();
  });

  bench::RunningTimes times(sandbox, {"home", kProvider});
  std::vector<double> burst;
  std::vector<double> direct;
  for (std::size_t i = 0; i <= runs; ++i) {
    const std::string name = "run-" + std::to_string(i);
    const double b = time_one(sandbox, times, "home", gpu_pod(ns, name, "infinity"), i + 1);
    const double d = time_one(sandbox, times, kProvider, gpu_pod(kDirect, name, "infinity"), i + 1);
    if (i == 0) continue;  // warms caches and connections
    burst.push_back(b);
    direct.push_back(d);
  }
  const std::string stayed = clear_namespace(sandbox, ns);
  must_delete(provider, kube::kNamespaces, {}, kDirect);
  if (!stayed.empty()) std::cerr << "warning: " << stayed << "\n";

  const double p50 = bench::percentile(burst, 0.50);
  const double p99 = bench::percentile(burst, 0.99);
  const double direct_p50 = bench::percentile(direct, 0.50);
  const double direct_p99 = bench::percentile(direct, 0.99);
  const bool ok = p50 - direct_p50 <= kBarP50 && p99 - direct_p99 <= kBarP99;
  std::printf("%-28s %10s %10s\n", "creation -> Running, s", "p50", "p99");
  std::printf("%-28s %10.3f %10.3f\n", "through Neoburst", p50, p99);
  std::printf("%-28s %10.3f %10.3f\n", "directly at the provider", direct_p50, direct_p99);
  std::printf("%-28s %10.3f %10.3f   bars %.1f and %.1f: %s\n", "difference", p50 - direct_p50,
              p99 - direct_p99, kBarP50, kBarP99, bench::verdict(ok));
  bench::write_json("burst-latency", {{"p50_s", p50},
                                      {"p99_s", p99},
                                      {"direct_p50_s", direct_p50},
                                      {"direct_p99_s", direct_p99},
                                      {"runs", runs}});
  return ok ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 50);
  } catch (const std::exception& error) {
    std::cerr << "burst_latency: " << error.what() << "\n";
    return 2;
  }
}
