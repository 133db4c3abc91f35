// The way to a provider is cut, reset, stalled and delayed while pods burst there; every promise must hold
// afterwards.

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

#include "fault/fault_test_base.h"
#include "support/fault_proxy.h"

namespace testing_support::partition_test {

using namespace std::chrono_literals;

class Partition : public Faults {};

TEST_F(Partition, CutResetStallAndDelayOnTheWayToAProvider) {
  const std::size_t rounds = full_run() ? 4 : 1;
  const std::string kubeconfig = read_text(sandbox_.customer_kubeconfig("neocloud-eu"));
  FaultProxy proxy(server_port_of(kubeconfig));
  prepare("partition", eu_claim);
  ensure_object(sandbox_.home(), kube::kSecrets,
                kubeconfig_secret("neocloud-eu", through_port(kubeconfig, proxy.port())));
  // The connection through the proxy is in use once a stall touches it.
  proxy.set(Fault::kStall);
  require_within("the operator to go through the proxy", 60s,
                 [&] { return proxy.touched() > 0 ? std::string() : std::string("it does not yet"); });
  proxy.set(Fault::kNone);
  occupy_home();

  std::vector<Fault> faults;
  for (std::size_t i = 0; i < rounds; ++i) {
    faults.insert(faults.end(), {Fault::kCut, Fault::kReset, Fault::kStall, Fault::kDelay});
  }
  std::ranges::shuffle(faults, random_);
  std::size_t hits = 0;
  start_wave();
  for (const Fault fault : faults) {
    if (unfinished().empty()) start_wave();
    std::this_thread::sleep_for(random_pause(300, 1500));
    std::printf("fault: %s\n", to_string(fault));
    proxy.set(fault);
    std::this_thread::sleep_for(random_pause(1500, 4000));
    hits += proxy.touched() > 0 ? 1 : 0;
    proxy.set(Fault::kNone);
  }
  EXPECT_EQ(hits, faults.size()) << "fewer faults were injected than planned";
  check_promises();
  // Before the proxy ends, so that no object is left at a provider that looks dead.
  EXPECT_EQ(clear_namespace(sandbox_, ns_), "");
  ns_.clear();
  neoburst_.ensure_standard_providers();
}

}  // namespace testing_support::partition_test
