#pragma once

#include <string>
#include <vector>

#include "support/recorder.h"

/// The promises of Neoburst, checked on the watch events of the API servers. Each function returns one
/// line per breach, none when the promise held.
namespace testing_support {

using Breaches = std::vector<std::string>;

/// Never twice. A twin ran only if its home pod (by UID) is bound to a burst node, by the attempt that the
/// pod's PodBurst names; no two twins of one pod ran; and each ran only after its `go` existed, which was
/// created after the binding.
Breaches never_twice(const History& history);
/// How many twins ran: the number that the check above looked at.
std::size_t twins_that_ran(const History& history);
/// At no moment did the pods bound to a home node ask for more GPUs than it has (`gpus` each).
Breaches home_never_overcommitted(const History& history, std::int64_t gpus);
/// The phase of no home pod ever went back, and no ended phase changed.
Breaches phases_only_advance(const History& history);
/// Every home pod of `ns` ended Succeeded.
Breaches all_succeeded(const History& history, const std::string& ns, std::size_t expected);

/// Objects at the providers that should be gone: twins, anchors, go objects (heartbeats may stay).
Breaches leftovers(Sandbox& sandbox);
/// Pods of `ns`, or of all namespaces, that are being deleted.
Breaches terminating_pods(Sandbox& sandbox, const std::string& ns);
/// status.spend.total of the claim against the sum over its PodBursts, which must all have ended.
Breaches spend_differs(Sandbox& sandbox, const std::string& ns, const std::string& claim);

/// All of `breaches` in one text, "" when there are none.
std::string joined(const Breaches& breaches);

}  // namespace testing_support
