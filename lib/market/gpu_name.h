#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "market/gpu_catalogue.h"

/// The words of a GPU's name. Names are compared by whole words, so that an L40S is no L40 and a GH200 no
/// H200.
namespace market {

/// A name cut into upper-case words at everything that is no letter or digit. The part after "MIG", the
/// slice, is dropped.
struct GpuName {
  std::vector<std::string> words;
  bool shared = false;  ///< it says MIG or SHARED
  bool has(std::string_view word) const;
};

GpuName read_gpu_name(std::string_view text);

/// The entry that the name means; nullptr when there is none, or when a word does not belong to the model.
const CatalogueEntry* find_entry(const GpuName& name);

/// The memory a word states ("80GB", "80G"; "80" only where the model is sold so), GiB; 0 when it states
/// none.
std::int64_t stated_gib(const CatalogueEntry& entry, std::string_view word);

/// True for a count of GPUs: "8X".
bool is_count(std::string_view word);

}  // namespace market
