#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "market/gpu.h"

/// The models Neoburst knows, as data. Read through gpu.h; this header is for the code that reads names.
namespace market {

struct CatalogueEntry {
  GpuModel model;
  /// Whole-token spellings in upper case, tokens separated by one blank, beside the canonical name. "" ends
  /// the list.
  std::array<std::string_view, 3> spellings;
  /// The memory sizes it is sold with, GiB as marketed, the smallest first. 0 ends the list.
  std::array<std::int64_t, 2> sizes;
};

std::span<const CatalogueEntry> catalogue();

/// The entry with this canonical name, nullptr when there is none.
const CatalogueEntry* find_model(std::string_view name);

/// The marketed size, in GiB, of a GPU of this model with `mib` MiB; 0 when none is near.
/// Drivers report a little less than is sold, and price lists round: within 7 % above and 8 % below.
std::int64_t sold_size(const CatalogueEntry& entry, std::int64_t mib);

}  // namespace market
