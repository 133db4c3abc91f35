#pragma once

#include <cstdint>
#include <string_view>

#include "market/gpu.h"

namespace market {

/// The GPUs of an Azure VM size.
struct AzureSize {
  std::string_view name;  ///< without "Standard_"
  std::int64_t gpus;
  std::string_view model;  ///< canonical
  std::string_view form;
  std::int64_t memory_gib;  ///< of one GPU

  GpuIdentity gpu() const;
};

/// The size called `arm_sku_name` ("Standard_ND96isr_H100_v5", in any case); nullptr when it is not known to
/// have whole GPUs of the catalogue. Sizes with a part of a GPU are left out on purpose. Source: Azure's
/// public page of GPU accelerated VM sizes.
const AzureSize* find_azure_size(std::string_view arm_sku_name);

}  // namespace market
