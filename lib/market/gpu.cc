#include "market/gpu.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "market/gpu_catalogue.h"

namespace market {
namespace {

/// A name cut into upper-case tokens, with what follows "MIG" (the slice) dropped.
struct Name {
  std::vector<std::string> tokens;
  bool shared = false;
  bool has(std::string_view token) const { return std::ranges::find(tokens, token) != tokens.end(); }
};

/// Splits what is written without a gap: "H100SXM5", "H100NVL", "RTXA6000", "RTXPRO6000".
void add_token(std::vector<std::string>& out, std::string token) {
  for (const std::string_view prefix : {"RTX", "PRO"}) {
    if (token.size() > prefix.size() && token.starts_with(prefix)) {
      out.emplace_back(prefix);
      return add_token(out, token.substr(prefix.size()));
    }
  }
  for (const std::string_view form : {"SXM", "PCIE", "NVL"}) {
    const std::size_t at = token.find(form);
    if (at != std::string::npos && at > 0) {
      out.push_back(token.substr(0, at));
      out.push_back(token.substr(at));
      return;
    }
  }
  out.push_back(std::move(token));
}

Name read_name(std::string_view text) {
  Name name;
  std::string token;
  const auto flush = [&] {
    if (!token.empty()) add_token(name.tokens, std::move(token));
    token.clear();
  };
  for (char c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      token.push_back(c);
    } else {
      flush();
    }
  }
  flush();
  const auto slice = std::ranges::find(name.tokens, "MIG");
  name.shared = slice != name.tokens.end() || name.has("SHARED");
  name.tokens.erase(slice, name.tokens.end());
  return name;
}

/// "80GB", "80G", "80" in GiB; 0 when the token is not a memory size.
std::int64_t memory_token(std::string_view token) {
  const std::size_t digits = std::min(token.find_first_not_of("0123456789"), token.size());
  const std::string_view unit = token.substr(digits);
  if (digits == 0 || digits > 3 || !(unit.empty() || unit == "G" || unit == "GB" || unit == "GIB")) return 0;
  std::int64_t value = 0;
  for (const char c : token.substr(0, digits)) value = value * 10 + (c - '0');
  return value >= 8 ? value : 0;
}

/// Words that may stand beside a model without making it another one. Anything else does: "H100-Lite" is no
/// H100.
bool is_decoration(std::string_view token) {
  static constexpr std::array kWords{
      std::string_view("NVIDIA"),     std::string_view("TESLA"),  std::string_view("GPU"),
      std::string_view("SXM"),        std::string_view("SXM2"),   std::string_view("SXM3"),
      std::string_view("SXM4"),       std::string_view("SXM5"),   std::string_view("SXM6"),
      std::string_view("PCIE"),       std::string_view("NVL"),    std::string_view("NVL72"),
      std::string_view("NVLINK"),     std::string_view("HBM2"),   std::string_view("HBM2E"),
      std::string_view("HBM3"),       std::string_view("HBM3E"),  std::string_view("TENSOR"),
      std::string_view("CORE"),       std::string_view("MEGA"),   std::string_view("SHARED"),
      std::string_view("IB"),         std::string_view("AC"),     std::string_view("LC"),
      std::string_view("GENERATION"), std::string_view("SERVER"), std::string_view("WORKSTATION"),
      std::string_view("EDITION"),    std::string_view("MAX"),    std::string_view("Q"),
      std::string_view("BLACKWELL")};
  if (std::ranges::find(kWords, token) != kWords.end() || memory_token(token) > 0) return true;
  // A count: "8X".
  return token.size() >= 2 && token.back() == 'X' &&
         token.find_first_not_of("0123456789") == token.size() - 1;
}

std::vector<std::string> spelling_tokens(std::string_view spelling) { return read_name(spelling).tokens; }

/// Where `spelling` occurs in `name` as whole tokens and everything else is decoration.
bool is_spelled(const Name& name, const std::vector<std::string>& spelling) {
  const auto found = std::ranges::search(name.tokens, spelling);
  return !found.empty() && std::all_of(name.tokens.begin(), found.begin(), is_decoration) &&
         std::all_of(found.end(), name.tokens.end(), is_decoration);
}

const CatalogueEntry* find_entry(const Name& name) {
  for (const CatalogueEntry& entry : catalogue()) {
    if (is_spelled(name, spelling_tokens(entry.model.name))) return &entry;
    for (const std::string_view spelling : entry.spellings) {
      if (!spelling.empty() && is_spelled(name, spelling_tokens(spelling))) return &entry;
    }
  }
  return nullptr;
}

std::string form_of(const CatalogueEntry& entry, const Name& name) {
  if (!entry.model.form.empty()) return std::string(entry.model.form);
  const std::string_view model = entry.model.name;
  if (model.starts_with("G")) return "";  // Grace superchips have no board form
  const bool sxm =
      std::ranges::any_of(name.tokens, [](const std::string& t) { return t.starts_with("SXM"); });
  if (sxm || name.has("NVLINK")) return "SXM";
  if (name.has("PCIE")) return "PCIe";
  if (name.has("NVL")) return "NVL";
  if (model == "H100" && name.has("HBM3")) return "SXM";  // the PCIe card has HBM2e
  // The driver calls the SXM module plain "NVIDIA H200"; a bare "H200" from elsewhere stays unknown.
  if (model == "H200" && name.has("NVIDIA")) return "SXM";
  return "";
}

/// The marketed size nearest to `gib` within 7 %, 0 when there is none: drivers report a little less than is
/// sold.
std::int64_t nominal_size(const CatalogueEntry& entry, std::int64_t mib) {
  std::int64_t best = 0;
  for (const std::int64_t size : entry.sizes) {
    const std::int64_t distance = std::abs(size * 1024 - mib);
    const bool near = size > 0 && distance * 100 <= size * 1024 * 7;
    if (near && (best == 0 || distance < std::abs(best * 1024 - mib))) best = size;
  }
  return best;
}

std::int64_t memory_of(const CatalogueEntry& entry, const Name& name, std::string_view form,
                       std::int64_t mib) {
  if (mib > 0) {
    const std::int64_t nominal = nominal_size(entry, mib);
    return nominal > 0 ? nominal : mib / 1024;
  }
  const bool grace = entry.model.name == "GH200";
  for (const std::string& token : name.tokens) {
    const std::int64_t gib = memory_token(token);
    if (gib == 0 || gib > 1000) continue;
    if (grace && gib == 480) return 96;  // 480 GB is the memory of the Grace CPU
    if (const std::int64_t nominal = nominal_size(entry, gib * 1024); nominal > 0) return nominal;
  }
  if (entry.model.name == "H100" || entry.model.name == "H800") {
    if (form == "NVL") return 94;
    if (!form.empty()) return 80;
  }
  return entry.model.memory_gib;
}

}  // namespace

GpuIdentity identify_gpu(std::string_view product_label, std::int64_t memory_mib) {
  GpuIdentity out;
  out.product = product_label;
  const Name name = read_name(product_label);
  out.shared = name.shared;
  const CatalogueEntry* entry = find_entry(name);
  if (entry == nullptr) {
    out.memory_gib = std::max<std::int64_t>(memory_mib, 0) / 1024;
    return out;
  }
  out.model = entry->model.name;
  out.form = form_of(*entry, name);
  out.memory_gib = memory_of(*entry, name, out.form, memory_mib);
  return out;
}

std::optional<std::string> canonical_model(std::string_view text) {
  const CatalogueEntry* entry = find_entry(read_name(text));
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
