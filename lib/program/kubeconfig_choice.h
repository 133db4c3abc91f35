#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "kube/client/config.h"

namespace program {

/// The kind of program that chooses its cluster.
enum class KubeconfigPolicy {
  kService,  ///< a service: the flag, else $KUBECONFIG, else the service account of its pod
  kPerson,   ///< somebody at a terminal: the flag, else $KUBECONFIG, else ~/.kube/config, else as a service
};

/// The inputs that decide which kubeconfig is read.
struct KubeconfigSources {
  std::string flag = {};         ///< --kubeconfig
  std::string variable = {};     ///< $KUBECONFIG
  std::string home_folder = {};  ///< $HOME
};

struct KubeconfigChoice {
  std::string path = {};  ///< "": none; the service account of the pod we run in
  std::string note = {};  ///< what the user should know, "" for nothing
};

/// The one rule for all programs. kubectl would merge all files of $KUBECONFIG; we read the first that exists
/// and the note says which. A flag is used as given. NotFound when $KUBECONFIG names files and none
/// exists.
base::Result<KubeconfigChoice> choose_kubeconfig(KubeconfigPolicy policy, const KubeconfigSources& sources,
                                                 const std::function<bool(const std::string& path)>& exists);

/// The cluster that a program works in, as chosen.
struct ChosenCluster {
  kube::ClientConfig config;
  bool by_service_account = false;  ///< we run as a pod of this cluster
  std::string note = {};            ///< of the choice, for a person; a service has it in its log
};

/// Chooses by `flag` and this process's environment, and reads what was chosen. `context` is one of the
/// kubeconfig, "" its current one.
base::Result<ChosenCluster> chosen_cluster(KubeconfigPolicy policy, const std::string& flag,
                                           const std::string& context = {});

}  // namespace program
