#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"

namespace cli {

/// What decides which kubeconfig is read.
struct KubeconfigSources {
  std::string flag = {};         ///< --kubeconfig
  std::string variable = {};     ///< $KUBECONFIG
  std::string home_folder = {};  ///< $HOME
};

struct KubeconfigChoice {
  std::string path = {};  ///< "": there is none; perhaps we run in a pod
  std::string note = {};  ///< what the user should know, "" for nothing
};

/// The flag, else the first file of $KUBECONFIG that exists, else ~/.kube/config. kubectl would merge all
/// files of $KUBECONFIG; we read one and say which. NotFound when files are named and none exists.
base::Result<KubeconfigChoice> choose_kubeconfig(const KubeconfigSources& sources,
                                                 const std::function<bool(const std::string& path)>& exists);

}  // namespace cli
