#include "market/gpu_catalogue.h"

#include <algorithm>
#include <cstdlib>

namespace market {
namespace {

constexpr auto kPcie = Interconnect::kPcie;
constexpr auto kNvlink = Interconnect::kNvlink;
constexpr auto kByForm = Interconnect::kUnknown;

// "RTX 6000" alone is missing on purpose: it names three different cards. B200 to GB300 are listed with
// 180-192, 262-288, 186-192 and 270-288 GB: the size here is one that all of them round to.
constexpr CatalogueEntry kCatalogue[] = {
    {{"V100", 0, "", "Volta", kByForm, "7.0"}, {}, {16, 32}},
    {{"T4", 16, "PCIe", "Turing", kPcie, "7.5"}, {}, {16}},
    {{"Quadro RTX 6000", 24, "PCIe", "Turing", kPcie}, {}, {24}},
    {{"Quadro RTX 8000", 48, "PCIe", "Turing", kPcie}, {}, {48}},
    {{"GeForce RTX 2080 Ti", 11, "PCIe", "Turing", kPcie}, {"RTX 2080 TI"}, {11}},
    {{"A2", 16, "PCIe", "Ampere", kPcie}, {}, {16}},
    {{"A10", 24, "PCIe", "Ampere", kPcie, "8.6"}, {}, {24}},
    {{"A10G", 24, "PCIe", "Ampere", kPcie, "8.6"}, {}, {24}},
    {{"A16", 16, "PCIe", "Ampere", kPcie}, {}, {16}},
    {{"A30", 24, "PCIe", "Ampere", kPcie}, {}, {24}},
    {{"A40", 48, "PCIe", "Ampere", kPcie, "8.6"}, {}, {48}},
    {{"A100", 0, "", "Ampere", kByForm, "8.0"}, {}, {40, 80}},
    {{"A800", 0, "", "Ampere", kByForm}, {}, {40, 80}},
    {{"RTX A4000", 16, "PCIe", "Ampere", kPcie}, {"A4000"}, {16}},
    {{"RTX A5000", 24, "PCIe", "Ampere", kPcie}, {"A5000"}, {24}},
    {{"RTX A6000", 48, "PCIe", "Ampere", kPcie, "8.6"}, {"A6000"}, {48}},
    {{"GeForce RTX 3090", 24, "PCIe", "Ampere", kPcie}, {"RTX 3090"}, {24}},
    {{"L4", 24, "PCIe", "Ada", kPcie, "8.9"}, {}, {24}},
    {{"L20", 48, "PCIe", "Ada", kPcie}, {}, {48}},
    {{"L40", 48, "PCIe", "Ada", kPcie, "8.9"}, {}, {48}},
    {{"L40S", 48, "PCIe", "Ada", kPcie, "8.9"}, {}, {48}},
    {{"RTX 5000 Ada", 32, "PCIe", "Ada", kPcie}, {}, {32}},
    {{"RTX 6000 Ada", 48, "PCIe", "Ada", kPcie}, {}, {48}},
    {{"GeForce RTX 4090", 24, "PCIe", "Ada", kPcie}, {"RTX 4090"}, {24}},
    {{"H20", 0, "SXM", "Hopper", kNvlink}, {}, {96, 141}},
    {{"H100", 0, "", "Hopper", kByForm, "9.0"}, {}, {80, 94}},
    {{"H800", 0, "", "Hopper", kByForm}, {}, {80, 94}},
    {{"H200", 141, "", "Hopper", kByForm, "9.0"}, {}, {141}},
    {{"GH200", 0, "", "Hopper", Interconnect::kNvlinkC2c, "9.0", "arm64"}, {}, {96, 144}},
    {{"B200", 180, "SXM", "Blackwell", kNvlink, "10.0"}, {}, {180}},
    {{"GB200", 186, "", "Blackwell", Interconnect::kNvl72, "10.0", "arm64"}, {}, {186}},
    {{"RTX PRO 6000", 96, "PCIe", "Blackwell", kPcie, "12.0"}, {}, {96}},
    {{"GeForce RTX 5090", 32, "PCIe", "Blackwell", kPcie}, {"RTX 5090"}, {32}},
    {{"B300", 270, "SXM", "Blackwell Ultra", kNvlink, "10.3"}, {}, {270}},
    {{"GB300", 278, "", "Blackwell Ultra", Interconnect::kNvl72, "10.3", "arm64"}, {}, {278}},
};

}  // namespace

std::span<const CatalogueEntry> catalogue() { return kCatalogue; }

const CatalogueEntry* find_model(std::string_view name) {
  const auto found =
      std::ranges::find(kCatalogue, name, [](const CatalogueEntry& e) { return e.model.name; });
  return found == std::end(kCatalogue) ? nullptr : found;
}

std::int64_t sold_size(const CatalogueEntry& entry, std::int64_t mib) {
  std::int64_t best = 0;
  for (const std::int64_t size : entry.sizes) {
    const std::int64_t distance = std::abs(size * 1024 - mib);
    // The T4 of 16 GB reports 15079 MiB under some drivers.
    const std::int64_t percent = mib < size * 1024 ? 8 : 7;
    const bool near = size > 0 && distance * 100 <= size * 1024 * percent;
    if (near && (best == 0 || distance < std::abs(best * 1024 - mib))) best = size;
  }
  return best;
}

}  // namespace market
