#include "burst/field_table.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace burst {
namespace {

using nlohmann::json;
using enum Fate;

constexpr std::string_view kDataAtHome = "the data is at home and does not go along";

constexpr auto kObjectMeta = std::to_array<FieldRule>({
    {"name", kChanged},
    {"generateName", kDropped},
    {"namespace", kChanged},
    {"selfLink", kDropped},
    {"uid", kDropped},
    {"resourceVersion", kDropped},
    {"generation", kDropped},
    {"creationTimestamp", kDropped},
    {"deletionTimestamp", kDropped},
    {"deletionGracePeriodSeconds", kDropped},
    {"labels", kChanged},
    {"annotations", kChanged},
    {"ownerReferences", kChanged},
    {"finalizers", kDropped},
    {"managedFields", kDropped},
});

constexpr auto kPodSpec = std::to_array<FieldRule>({
    {"volumes", kChanged},
    {"initContainers", kChanged},
    {"containers", kChanged},
    {"ephemeralContainers", kChanged},
    {"restartPolicy", kCarried},
    {"terminationGracePeriodSeconds", kCarried},
    {"activeDeadlineSeconds", kChanged},
    {"dnsPolicy", kCarried},
    {"nodeSelector", kChanged},
    {"serviceAccountName", kDropped},
    {"serviceAccount", kDropped},
    {"automountServiceAccountToken", kChanged},
    {"nodeName", kDropped},
    {"hostNetwork", kPolicy},
    {"hostPID", kPolicy},
    {"hostIPC", kPolicy},
    {"shareProcessNamespace", kCarried},
    {"securityContext", kPolicy},
    {"imagePullSecrets", kChanged},
    {"hostname", kChanged},
    {"subdomain", kCarried},
    {"affinity", kChanged},
    {"schedulerName", kDropped},
    {"tolerations", kChanged},
    {"hostAliases", kCarried},
    {"priorityClassName", kChanged},
    {"priority", kDropped},
    {"dnsConfig", kCarried},
    {"readinessGates", kDropped},
    {"runtimeClassName", kPolicy},
    {"enableServiceLinks", kChanged},
    {"preemptionPolicy", kDropped},
    {"overhead", kDropped},
    {"topologySpreadConstraints", kDropped},
    {"setHostnameAsFQDN", kCarried},
    {"os", kCarried},
    {"hostUsers", kCarried},
    {"schedulingGates", kDropped},
    {"resourceClaims", kRefused, "devices of ResourceClaims are allocated at home"},
    {"resources", kCarried},
    {"hostnameOverride", kCarried},
    {"schedulingGroup", kDropped},
    {"evictionResponders", kDropped},
});

constexpr auto kContainer = std::to_array<FieldRule>({
    {"name", kCarried},
    {"image", kCarried},
    {"command", kCarried},
    {"args", kCarried},
    {"workingDir", kCarried},
    {"ports", kPolicy},
    {"envFrom", kChanged},
    {"env", kChanged},
    {"resources", kCarried},
    {"resizePolicy", kCarried},
    {"restartPolicy", kCarried},
    {"restartPolicyRules", kCarried},
    {"volumeMounts", kChanged},
    {"volumeDevices", kCarried},
    {"livenessProbe", kCarried},
    {"readinessProbe", kCarried},
    {"startupProbe", kCarried},
    {"lifecycle", kCarried},
    {"terminationMessagePath", kCarried},
    {"terminationMessagePolicy", kCarried},
    {"imagePullPolicy", kCarried},
    {"securityContext", kPolicy},
    {"stdin", kCarried},
    {"stdinOnce", kCarried},
    {"tty", kCarried},
});

/// The fields of a container, and one more. Fields that the API does not allow in an ephemeral container
/// never arrive here.
constexpr auto kEphemeralContainer = [] {
  std::array<FieldRule, kContainer.size() + 1> out{};
  std::ranges::copy(kContainer, out.begin());
  out.back() = {"targetContainerName", kCarried};
  return out;
}();

constexpr auto kEnvFromSource = std::to_array<FieldRule>({
    {"prefix", kCarried},
    {"configMapRef", kChanged},
    {"secretRef", kChanged},
});

constexpr auto kEnvVarSource = std::to_array<FieldRule>({
    {"fieldRef", kChanged},
    {"resourceFieldRef", kCarried},
    {"configMapKeyRef", kChanged},
    {"secretKeyRef", kChanged},
    {"fileKeyRef", kCarried},
});

constexpr auto kVolume = std::to_array<FieldRule>({
    {"name", kCarried},
    {"hostPath", kPolicy},
    {"emptyDir", kCarried},
    {"gcePersistentDisk", kRefused, kDataAtHome},
    {"awsElasticBlockStore", kRefused, kDataAtHome},
    {"gitRepo", kRefused, "Kubernetes no longer mounts it"},
    {"secret", kChanged},
    {"nfs", kRefused, kDataAtHome},
    {"iscsi", kRefused, kDataAtHome},
    {"glusterfs", kRefused, kDataAtHome},
    {"persistentVolumeClaim", kPolicy},
    {"rbd", kRefused, kDataAtHome},
    {"flexVolume", kRefused, kDataAtHome},
    {"cinder", kRefused, kDataAtHome},
    {"cephfs", kRefused, kDataAtHome},
    {"flocker", kRefused, kDataAtHome},
    {"downwardAPI", kChanged},
    {"fc", kRefused, kDataAtHome},
    {"azureFile", kRefused, kDataAtHome},
    {"configMap", kChanged},
    {"vsphereVolume", kRefused, kDataAtHome},
    {"quobyte", kRefused, kDataAtHome},
    {"azureDisk", kRefused, kDataAtHome},
    {"photonPersistentDisk", kRefused, kDataAtHome},
    {"projected", kChanged},
    {"portworxVolume", kRefused, kDataAtHome},
    {"scaleIO", kRefused, kDataAtHome},
    {"storageos", kRefused, kDataAtHome},
    {"csi", kPolicy},
    {"ephemeral", kPolicy},
    {"image", kCarried},
});

constexpr auto kVolumeProjection = std::to_array<FieldRule>({
    {"secret", kChanged},
    {"downwardAPI", kChanged},
    {"configMap", kChanged},
    {"serviceAccountToken", kRefused, "tokens of service accounts never leave home"},
    {"clusterTrustBundle", kRefused, "trust bundles of the cluster do not go along"},
    {"podCertificate", kRefused, "certificates of the cluster's signers never leave home"},
});

constexpr auto kPodSecurityContext = std::to_array<FieldRule>({
    {"seLinuxOptions", kCarried},
    {"windowsOptions", kPolicy},
    {"runAsUser", kCarried},
    {"runAsGroup", kCarried},
    {"runAsNonRoot", kCarried},
    {"supplementalGroups", kCarried},
    {"supplementalGroupsPolicy", kCarried},
    {"fsGroup", kCarried},
    {"sysctls", kCarried},
    {"fsGroupChangePolicy", kCarried},
    {"seccompProfile", kCarried},
    {"appArmorProfile", kCarried},
    {"seLinuxChangePolicy", kCarried},
});

constexpr auto kSecurityContext = std::to_array<FieldRule>({
    {"capabilities", kCarried},
    {"privileged", kPolicy},
    {"seLinuxOptions", kCarried},
    {"windowsOptions", kPolicy},
    {"runAsUser", kCarried},
    {"runAsGroup", kCarried},
    {"runAsNonRoot", kCarried},
    {"readOnlyRootFilesystem", kCarried},
    {"allowPrivilegeEscalation", kCarried},
    {"procMount", kCarried},
    {"seccompProfile", kCarried},
    {"appArmorProfile", kCarried},
});

constexpr auto kTable = std::to_array<TypeRules>({
    {"ObjectMeta", kObjectMeta},
    {"PodSpec", kPodSpec},
    {"Container", kContainer},
    {"EphemeralContainer", kEphemeralContainer},
    {"EnvVarSource", kEnvVarSource},
    {"EnvFromSource", kEnvFromSource},
    {"Volume", kVolume},
    {"VolumeProjection", kVolumeProjection},
    {"PodSecurityContext", kPodSecurityContext},
    {"SecurityContext", kSecurityContext},
});

/// An empty value says nothing, so dropping it loses nothing. But an empty object may say a lot ("emptyDir:
/// {}").
bool is_set(const json& value) {
  if (value.is_null() || value == false) return false;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.is_array() || !value.empty();
}

}  // namespace

std::string_view to_string(Fate fate) {
  switch (fate) {
    case kCarried:
      return "carried";
    case kChanged:
      return "changed";
    case kPolicy:
      return "policy";
    case kDropped:
      return "dropped";
    case kRefused:
      break;
  }
  return "refused";
}

std::span<const TypeRules> field_table() { return kTable; }

const TypeRules& rules_of(std::string_view type) {
  const auto found = std::ranges::find(kTable, type, &TypeRules::type);
  if (found == kTable.end()) std::abort();  // a mistake in this library
  return *found;
}

json carried_fields(const json& object, const TypeRules& rules, const std::string& where,
                    TranslationProblems& problems) {
  json out = json::object();
  for (const auto& [key, value] : object.get_ref<const json::object_t&>()) {
    const auto rule = std::ranges::find(rules.fields, key, &FieldRule::name);
    if (rule == rules.fields.end()) {
      if (is_set(value))
        problems.never(where + key + " is a field that this version of Neoburst does not know");
    } else if (rule->fate == kCarried) {
      out[key] = value;
    } else if (rule->fate == kRefused && is_set(value)) {
      problems.never(where + key + ": " + std::string(rule->why));
    }
  }
  return out;
}

}  // namespace burst
