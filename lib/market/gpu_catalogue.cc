#include "market/gpu_catalogue.h"

namespace market {
namespace {

// "RTX 6000" alone is missing on purpose: it names three different cards.
constexpr CatalogueEntry kCatalogue[] = {
    {{"V100", 0, "", "Volta"}, {}, {16, 32}},
    {{"T4", 16, "PCIe", "Turing"}, {}, {16}},
    {{"Quadro RTX 6000", 24, "PCIe", "Turing"}, {}, {24}},
    {{"Quadro RTX 8000", 48, "PCIe", "Turing"}, {}, {48}},
    {{"GeForce RTX 2080 Ti", 11, "PCIe", "Turing"}, {"RTX 2080 TI"}, {11}},
    {{"A2", 16, "PCIe", "Ampere"}, {}, {16}},
    {{"A10", 24, "PCIe", "Ampere"}, {}, {24}},
    {{"A10G", 24, "PCIe", "Ampere"}, {}, {24}},
    {{"A16", 16, "PCIe", "Ampere"}, {}, {16}},
    {{"A30", 24, "PCIe", "Ampere"}, {}, {24}},
    {{"A40", 48, "PCIe", "Ampere"}, {}, {48}},
    {{"A100", 0, "", "Ampere"}, {}, {40, 80}},
    {{"A800", 0, "", "Ampere"}, {}, {40, 80}},
    {{"RTX A4000", 16, "PCIe", "Ampere"}, {"A4000"}, {16}},
    {{"RTX A5000", 24, "PCIe", "Ampere"}, {"A5000"}, {24}},
    {{"RTX A6000", 48, "PCIe", "Ampere"}, {"A6000"}, {48}},
    {{"GeForce RTX 3090", 24, "PCIe", "Ampere"}, {"RTX 3090"}, {24}},
    {{"L4", 24, "PCIe", "Ada"}, {}, {24}},
    {{"L20", 48, "PCIe", "Ada"}, {}, {48}},
    {{"L40", 48, "PCIe", "Ada"}, {}, {48}},
    {{"L40S", 48, "PCIe", "Ada"}, {}, {48}},
    {{"RTX 5000 Ada", 32, "PCIe", "Ada"}, {}, {32}},
    {{"RTX 6000 Ada", 48, "PCIe", "Ada"}, {}, {48}},
    {{"GeForce RTX 4090", 24, "PCIe", "Ada"}, {"RTX 4090"}, {24}},
    {{"H20", 0, "SXM", "Hopper"}, {}, {96, 141}},
    {{"H100", 0, "", "Hopper"}, {}, {80, 94}},
    {{"H800", 0, "", "Hopper"}, {}, {80, 94}},
    {{"H200", 141, "", "Hopper"}, {}, {141}},
    {{"GH200", 0, "", "Hopper"}, {}, {96, 144}},
    {{"B200", 180, "SXM", "Blackwell"}, {}, {180}},
    {{"GB200", 186, "", "Blackwell"}, {}, {186}},
    {{"RTX PRO 6000", 96, "PCIe", "Blackwell"}, {}, {96}},
    {{"GeForce RTX 5090", 32, "PCIe", "Blackwell"}, {"RTX 5090"}, {32}},
    {{"B300", 270, "SXM", "Blackwell Ultra"}, {}, {270}},
    {{"GB300", 278, "", "Blackwell Ultra"}, {}, {278}},
};

}  // namespace

std::span<const CatalogueEntry> catalogue() { return kCatalogue; }

}  // namespace market
