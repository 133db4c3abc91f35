#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "kube/runtime/elector.h"
#include "program/shutdown.h"

namespace program {

/// Starts the work that only one replica does at a time, once this one leads. Losing leadership asks
/// `shutdown` for the end with exit code 1: restarting is cheap and always right. Methods are called on the
/// main thread; leadership comes on a thread of its own, perhaps while the process ends. `shutdown`, the
/// client and the work outlive it.
///
///   elect() or lead_alone()  ->  `lead`  ->  close(), the work is stopped, give_back()
class Leadership {
 public:
  /// `lead` starts the work; it is called at most once, on any thread, and must not block.
  Leadership(Shutdown& shutdown, std::function<void()> lead);

  /// Takes part in the election by the Lease `ns`/`name`.
  void elect(kube::Client& client, std::string ns, std::string_view name);
  /// For a single replica: leads at once.
  void lead_alone();

  /// The work does not start after this; if it has started, it has started completely.
  void close();
  /// Gives the lease to the next replica, which need not wait until it expires. Stop the work first.
  void give_back();

 private:
  void start();

  Shutdown& shutdown_;
  const std::function<void()> lead_;
  std::mutex starting_;  ///< held while the work starts
  bool closed_ = false;  // guarded by starting_
  std::unique_ptr<kube::Elector> elector_;
};

}  // namespace program
