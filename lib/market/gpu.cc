#include "market/gpu.h"

#include <algorithm>

#include "market/gpu_catalogue.h"
#include "market/gpu_name.h"

namespace market {
namespace {

constexpr std::int64_t kMostMib = 10'000'000;  // no GPU has more memory, whatever a label says
constexpr std::int64_t kGraceMemory = 480;     // GB of the CPU in the name "GH200-480GB"; the GPU has 96

/// The one form that the words name; "" when they name none, or several.
std::string stated_form(const GpuName& name) {
  const bool sxm = name.has("NVLINK") ||
                   std::ranges::any_of(name.words, [](const std::string& w) { return w.starts_with("SXM"); });
  const bool pcie = name.has("PCIE");
  const bool nvl = name.has("NVL");
  if (sxm + pcie + nvl != 1) return "";
  return sxm ? "SXM" : pcie ? "PCIe" : "NVL";
}

std::string form_of(const GpuModel& model, const GpuName& name) {
  if (!model.form.empty()) return std::string(model.form);
  if (model.cpu_architecture == "arm64") return "";  // Grace superchips have no board form
  const bool silent = std::ranges::none_of(name.words, [](const std::string& w) {
    return w.starts_with("SXM") || w == "NVLINK" || w == "PCIE" || w == "NVL";
  });
  if (!silent) return stated_form(name);
  // The PCIe card has HBM2e, and the NVL 94 GB.
  if (model.name == "H100" && ((name.has("HBM3") && name.has("80GB")) || name.has("MEGA"))) return "SXM";
  // The driver calls the SXM module plain "NVIDIA H200"; a bare "H200" from elsewhere stays unknown.
  return model.name == "H200" && name.has("NVIDIA") ? "SXM" : "";
}

/// The sold size that the name states; 0 for a size that is not sold or for several; nullopt when it states
/// none.
std::optional<std::int64_t> stated_size(const CatalogueEntry& entry, const GpuName& name) {
  std::optional<std::int64_t> stated;
  for (const std::string& word : name.words) {
    const std::int64_t gib = stated_gib(entry, word);
    if (gib == 0 || (entry.model.name == "GH200" && gib == kGraceMemory)) continue;
    const std::int64_t size = sold_size(entry, gib * 1024);
    stated = stated.value_or(size) == size ? size : 0;
  }
  return stated;
}

/// The measured size of a card: the size it was sold with, or less where it has less; 0 for more than is
/// sold.
std::int64_t measured_size(const CatalogueEntry& entry, std::int64_t mib) {
  if (const std::int64_t size = sold_size(entry, mib); size > 0) return size;
  return mib < std::ranges::max(entry.sizes) * 1024 ? mib / 1024 : 0;
}

std::int64_t usual_size(const GpuModel& model, const GpuName& name, std::string_view form) {
  if (model.name == "H100" || model.name == "H800") return form.empty() ? 0 : form == "NVL" ? 94 : 80;
  if (model.name == "GH200" && name.has("480GB")) return 96;
  return model.memory_gib;
}

std::int64_t memory_of(const CatalogueEntry& entry, const GpuName& name, std::string_view form,
                       std::int64_t mib) {
  const std::optional<std::int64_t> stated = stated_size(entry, name);
  if (mib <= 0) return stated ? *stated : usual_size(entry.model, name, form);
  const std::int64_t measured = measured_size(entry, mib);
  return stated.value_or(0) > 0 ? std::min(*stated, measured) : measured;
}

}  // namespace

std::string_view to_string(Interconnect interconnect) {
  switch (interconnect) {
    case Interconnect::kPcie:
      return "PCIe";
    case Interconnect::kNvlinkBridge:
      return "NVLink bridge";
    case Interconnect::kNvlink:
      return "NVLink";
    case Interconnect::kNvlinkC2c:
      return "NVLink-C2C";
    case Interconnect::kNvl72:
      return "NVL72";
    case Interconnect::kUnknown:
      break;
  }
  return "";
}

GpuIdentity identify_gpu(std::string_view product_label, std::int64_t memory_mib) {
  GpuIdentity out;
  out.product = product_label;
  memory_mib = std::clamp<std::int64_t>(memory_mib, 0, kMostMib);
  const GpuName name = read_gpu_name(product_label);
  out.shared = name.shared;
  const CatalogueEntry* entry = find_entry(name);
  if (entry == nullptr) {
    out.memory_gib = memory_mib / 1024;
    return out;
  }
  out.model = entry->model.name;
  out.form = form_of(entry->model, name);
  out.memory_gib = memory_of(*entry, name, out.form, memory_mib);
  out.cpu_architecture = entry->model.cpu_architecture;
  return out;
}

Interconnect interconnect_of(const GpuIdentity& gpu) {
  const CatalogueEntry* entry = find_model(gpu.model);
  if (entry == nullptr) return Interconnect::kUnknown;
  if (entry->model.interconnect != Interconnect::kUnknown) return entry->model.interconnect;
  if (gpu.form == "SXM") return Interconnect::kNvlink;
  if (gpu.form == "PCIe") return Interconnect::kPcie;
  return gpu.form == "NVL" ? Interconnect::kNvlinkBridge : Interconnect::kUnknown;
}

std::optional<std::string> canonical_model(std::string_view text) {
  const CatalogueEntry* entry = find_entry(read_gpu_name(text));
  if (entry == nullptr) return std::nullopt;
  return std::string(entry->model.name);
}

std::string known_models() {
  std::string out;
  for (const CatalogueEntry& entry : catalogue()) {
    if (!out.empty()) out += ", ";
    out += entry.model.name;
  }
  return out;
}

}  // namespace market
