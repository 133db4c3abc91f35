#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/sandbox.h"

namespace testing_support {

/// Where the program `name`, built in `folder`, is: in $NEOBURST_BIN_DIR, else beside our own. Throws
/// std::runtime_error with the fix when it is in neither.
std::string program_path(const std::string& folder, const std::string& name);

/// Neoburst running against the sandbox: the operator and the extender as processes, and the standard
/// providers with their Secrets. Everything fails by std::runtime_error with the end of the program's log.
class Neoburst {
 public:
  /// The one that the tests of a process share; started at the first call, ended with the process.
  static Neoburst& shared();

  explicit Neoburst(Sandbox& sandbox, std::vector<std::string> operator_arguments = {});
  ~Neoburst();

  /// `more`: arguments of this one process, here and below.
  void start_operator(const std::vector<std::string>& more = {});
  void start_extender(const std::vector<std::string>& more = {});
  /// The operator as a provider runs it (`--publish SHEET`), in the cluster of `provider` with the rights of
  /// deploy/publisher-rbac.yaml, which must be applied there.
  std::unique_ptr<Process> start_publisher(const std::string& provider, const std::string& sheet);
  /// SIGKILL, as a node failure does it. Nothing when it does not run.
  void kill_operator();
  void kill_extender();
  /// SIGTERM, as a rollout does it; the exit code.
  int stop_operator();
  int stop_extender();
  Process& operator_process() { return *operator_; }
  Process& extender_process() { return *extender_; }
  /// "" while all is well, else which program ended by itself.
  std::string casualties();

  /// Brings Secret and NeocloudProvider of the standard providers to their standard state, and waits until
  /// pods may burst to them: condition Ready, offers at their prices.
  void ensure_standard_providers();
  /// Waits until every provider named has its condition `type` at `status`; returns the condition.
  nlohmann::json wait_condition(const std::string& provider, const std::string& type,
                                const std::string& status, const std::string& reason = {});
  /// Removes a provider object and waits until it is gone (its burst nodes stay for half a minute).
  void remove_provider(const std::string& name);

  /// Takes all GPUs of the home node away with one pod that no claim selects; gives them back.
  void fill_home();
  void free_home();

  const std::string& log_folder() const { return logs_; }

 private:
  Sandbox& sandbox_;
  std::vector<std::string> operator_arguments_;
  std::string logs_;
  std::unique_ptr<Process> operator_;
  std::unique_ptr<Process> extender_;
};

/// Removes objects that tests create outside of their own namespaces, whether the tests ended well or not:
/// providers other than the standard ones, the NeoburstConfig; quotas and pods that are not ours, and nodes
/// of tests, at the providers.
void restore_world(Sandbox& sandbox, Neoburst& neoburst);

/// The Secret with the customer's kubeconfig of a provider's cluster, under the cluster's name.
void ensure_provider_secret(Sandbox& sandbox, const std::string& cluster);

/// The burst nodes of a provider at home ("" = of all).
std::vector<std::string> burst_nodes(Sandbox& sandbox, const std::string& provider = {});

/// A namespace at home, made for one test and labelled so that a later run removes what a crash left. Pods
/// can be created in it at once.
std::string make_namespace(Sandbox& sandbox, const std::string& purpose);
/// Deletes everything in it and the namespace itself; waits until its pods and their twins are gone. Returns
/// what stayed.
std::string clear_namespace(Sandbox& sandbox, const std::string& ns);

}  // namespace testing_support
