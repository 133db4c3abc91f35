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
  /// The memory sizes it is sold with, GiB as marketed. 0 ends the list.
  std::array<std::int64_t, 2> sizes;
};

std::span<const CatalogueEntry> catalogue();

}  // namespace market
