#include "kube/runtime/lease_record.h"

namespace kube {

namespace {

std::string text_of(const nlohmann::json& spec, const char* key) {
  const auto value = spec.find(key);
  return value == spec.end() || !value->is_string() ? std::string() : value->get<std::string>();
}

std::int64_t number_of(const nlohmann::json& spec, const char* key) {
  const auto value = spec.find(key);
  return value == spec.end() || !value->is_number_integer() ? 0 : value->get<std::int64_t>();
}

}  // namespace

LeaseRecord read_lease(const nlohmann::json& lease) {
  if (!lease.is_object()) return {};
  const auto spec = lease.find("spec");
  if (spec == lease.end() || !spec->is_object()) return {};
  return {text_of(*spec, "holderIdentity"), number_of(*spec, "leaseDurationSeconds"),
          text_of(*spec, "acquireTime"), text_of(*spec, "renewTime"), number_of(*spec, "leaseTransitions")};
}

void write_lease(nlohmann::json& lease, const LeaseRecord& record) {
  auto& spec = lease["spec"];
  if (!spec.is_object()) spec = nlohmann::json::object();
  spec["holderIdentity"] = record.holder;
  spec["leaseDurationSeconds"] = record.duration_seconds;
  spec["acquireTime"] = record.acquired;
  spec["renewTime"] = record.renewed;
  spec["leaseTransitions"] = record.transitions;
}

nlohmann::json make_lease(std::string_view ns, std::string_view name, const LeaseRecord& record) {
  nlohmann::json lease = {{"apiVersion", "coordination.k8s.io/v1"},
                          {"kind", "Lease"},
                          {"metadata", {{"namespace", ns}, {"name", name}}}};
  write_lease(lease, record);
  return lease;
}

}  // namespace kube
