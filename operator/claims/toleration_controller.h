#pragma once

#include <cstddef>
#include <string>

#include "kube/runtime/controller.h"
#include "operator/home/home.h"

namespace op {

/// Lets the pods of claims onto burst nodes where no admission webhook did: appends the burst toleration to
/// pending GPU pods that a usable claim selects, also to those that were pending before the claim. On the
/// path of every burst, so it is fed straight from the pods' informer.
class TolerationController {
 public:
  TolerationController(Home& home, std::size_t workers);
  ~TolerationController();
  void start();
  void stop();

 private:
  base::Result<kube::Next> reconcile(const std::string& pod_key);
  bool is_selected(const kube::PodRecord& pod) const;
  void enqueue_pending(const std::string& ns);

  Home& home_;
  kube::Controller controller_;
};

}  // namespace op
