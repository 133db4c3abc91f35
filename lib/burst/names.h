#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "market/money.h"

/// The names, labels and annotations that home and provider objects carry. The one place where they are
/// spelled.
namespace burst {

// At home.
inline constexpr std::string_view kGpuResource = "nvidia.com/gpu";
/// Taint of every burst node and the key of the toleration a claim's pods get (operator Exists, effect
/// NoSchedule).
inline constexpr std::string_view kBurstTaint = "neoburst.io/burst";
/// On a pod: "<burst node>/<attempt>"; the operator's word that this attempt's twin holds its GPUs there.
/// Together with spec.nodeName of the same object version it is what allows `go` (R1).
inline constexpr std::string_view kReservedAnnotation = "neoburst.io/reserved";
/// On a pod, for people: "H100 at neocloud-eu (eu-north1, FI), 2.95 USD per GPU-hour".
inline constexpr std::string_view kOfferAnnotation = "neoburst.io/offer";
inline constexpr std::string_view kClaimAnnotation = "neoburst.io/claim";
/// Kubernetes' own: the ReplicaSet controller removes the pods with the lowest cost first.
inline constexpr std::string_view kDeletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";

// At the provider, on twin, anchor and go.
inline constexpr std::string_view kInstallationLabel =
    "neoburst.io/installation";  ///< id of the home installation
inline constexpr std::string_view kRoleLabel =
    "neoburst.io/role";  ///< anchor | twin | go | heartbeat | root | copy
inline constexpr std::string_view kPodUidLabel = "neoburst.io/pod-uid";
inline constexpr std::string_view kAttemptLabel = "neoburst.io/attempt";  ///< attempt name, see attempt_name
inline constexpr std::string_view kHomePodAnnotation = "neoburst.io/home-pod";  ///< "namespace/name"
inline constexpr std::string_view kContainersAnnotation =
    "neoburst.io/containers";  ///< names of the pod's own containers
/// Why the twin's activeDeadlineSeconds ends it: the status.reason that its pod then gets. Missing where the
/// deadline is the pod's own.
inline constexpr std::string_view kLimitAnnotation = "neoburst.io/limit";
inline constexpr std::string_view kBurstAnnotation =
    "neoburst.io/burst";  ///< "namespace/name" of the PodBurst
/// On a twin: the names of the copies it uses (copy_name), separated by commas. A copy that no live twin
/// names is removed.
inline constexpr std::string_view kCopiesAnnotation = "neoburst.io/copies";
/// On a twin, followed by a number: the content of a downwardAPI file about the home pod.
inline constexpr std::string_view kFieldAnnotation = "neoburst.io/field-";
/// On the root, its copies and mapped namespaces: the home namespace that they serve.
inline constexpr std::string_view kHomeNamespaceAnnotation = "neoburst.io/home-namespace";
/// On a twin with a subdomain: subdomain_value. The copy of its headless Service selects it.
inline constexpr std::string_view kSubdomainLabel = "neoburst.io/subdomain";

/// Name of the PodBurst of a pod: "burst-<pod uid>".
std::string burst_name(std::string_view pod_uid);
/// The name that anchor, twin and go of one attempt share (twin: as is; anchor: "-anchor"; go: "-go"
/// appended). Made from the UIDs of pod and PodBurst and the attempt's number, so that a new record never
/// meets an old attempt's objects. Valid as a DNS label; starts with a readable cut of `pod_name`.
std::string attempt_name(std::string_view pod_name, std::string_view pod_uid, std::string_view burst_uid,
                         int attempt);
/// The pod-deletion-cost of a pod that pays this: the more it costs per hour (in thousandths of the
/// currency's unit), the lower, so that scale-in removes the dearest first. Pods at home have 0.
std::string deletion_cost(market::Money per_gpu_hour, std::int64_t gpus);
std::string anchor_name(std::string_view attempt_name);
/// The ConfigMap at a provider that owns, and lists, all copies made for one namespace of one installation.
std::string root_name(std::string_view installation, std::string_view home_namespace);
/// The value of kSubdomainLabel: the same for all pods of a home namespace that have this subdomain.
std::string subdomain_value(std::string_view installation, std::string_view home_namespace,
                            std::string_view subdomain);
/// A DNS label: a readable cut of `name`, then a digest of `identity`. At most 57 characters.
std::string readable_name(std::string_view name, std::string_view identity);
std::string go_name(std::string_view attempt_name);

}  // namespace burst
