#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace kube {

/// The spec of a Lease as an election uses it. Times stay text: they are compared for equality only, because
/// the clocks of two machines differ.
struct LeaseRecord {
  std::string holder;
  std::int64_t duration_seconds = 0;
  std::string acquired;
  std::string renewed;
  std::int64_t transitions = 0;
  bool operator==(const LeaseRecord&) const = default;
};

/// Reads the fields that exist; odd or missing fields read as empty.
LeaseRecord read_lease(const nlohmann::json& lease);
/// Puts `record` into the spec of `lease` and leaves everything else as it is.
void write_lease(nlohmann::json& lease, const LeaseRecord& record);
/// A new Lease object.
nlohmann::json make_lease(std::string_view ns, std::string_view name, const LeaseRecord& record);

}  // namespace kube
