#pragma once

#include "api/fields.h"
#include "market/profile.h"

/// The parts of a profile that are objects and lists. Each reader changes only the fields that are present.
namespace api {

void read_taints(const Fields& taints, market::Profile& profile);
void read_capacity_marks(const Fields& fields, std::string_view key,
                         std::vector<market::CapacityMark>& marks);
void read_autoscaling(const Fields& fields, market::Autoscaling& autoscaling);
void read_commitment(const Fields& fields, market::Commitment& commitment);
/// Merges the list at `key` into `regions` by name.
void read_regions(const Fields& fields, std::string_view key, std::vector<market::ProfileRegion>& regions);
void read_access(const Fields& fields, market::Access& access);
std::vector<market::ListPrice> read_list_prices(const Fields& prices);

/// A list of label keys or resource names ("nvidia.com/gpu.product"); `what` names one of them in messages.
void read_names(const Fields& fields, std::string_view key, std::string_view what,
                std::vector<std::string>& names);
/// True for a name as Kubernetes uses for labels, taints and resources: an optional prefix and a slash,
/// then up to 63 letters, digits, dots, dashes and underscores.
bool is_qualified_name(std::string_view text);

}  // namespace api
