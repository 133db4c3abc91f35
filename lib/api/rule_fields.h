#pragma once

#include "api/fields.h"

/// Fields that several of our kinds share, checked against the market's tables.
namespace api {

/// One country code, "" when absent or unknown (which is reported).
std::string read_country(const Fields& fields, std::string_view key);
/// A list of codes and groups, resolved; reports a bad entry by its index. The names of the operator's own
/// groups ("group:NAME") are put into `groups`; without it they are reported too.
market::Countries read_countries(const Fields& fields, std::string_view key,
                                 std::vector<std::string>* groups = nullptr);
/// A canonical model name, "" when absent or unknown (which is reported).
std::string read_model(const Fields& fields, std::string_view key);
std::vector<std::string> read_models(const Fields& fields, std::string_view key);
/// latitude and longitude of `fields`; both or neither.
std::optional<market::Coordinates> read_coordinates(const Fields& fields);
market::CapacityType read_capacity_type(const Fields& fields, std::string_view key);
/// Contract where it is absent.
market::PriceKind read_price_kind(const Fields& fields, std::string_view key);
std::vector<market::CapacityType> read_capacity_types(const Fields& fields, std::string_view key);
/// metav1.LabelSelector at `fields`.
kube::LabelSelector read_selector(const Fields& fields);
/// An integer that must not be below `least`; the default replaces one that is.
std::int64_t read_at_least(const Fields& fields, std::string_view key, std::int64_t least,
                           std::int64_t otherwise);

}  // namespace api
