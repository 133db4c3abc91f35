#include "market/gpu_name.h"

#include <algorithm>
#include <utility>

namespace market {
namespace {

using std::string_view_literals::operator""sv;

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

/// Splits words written without a gap: "H100SXM5", "H100NVL", "RTXA6000", "RTXPRO6000".
void add_word(std::vector<std::string>& out, std::string word) {
  for (const std::string_view prefix : {"RTX"sv, "PRO"sv}) {
    if (word.size() > prefix.size() && word.starts_with(prefix)) {
      out.emplace_back(prefix);
      return add_word(out, word.substr(prefix.size()));
    }
  }
  for (const std::string_view form : {"SXM"sv, "PCIE"sv, "NVL"sv}) {
    const std::size_t at = word.find(form);
    if (at != std::string::npos && at > 0) {
      out.push_back(word.substr(0, at));
      out.push_back(word.substr(at));
      return;
    }
  }
  out.push_back(std::move(word));
}

std::size_t leading_digits(std::string_view word) {
  return std::min(word.find_first_not_of("0123456789"), word.size());
}

/// Words about the board or its memory, where the model is sold with them.
bool is_board_word(const GpuModel& model, std::string_view word) {
  const bool grace = model.cpu_architecture == "arm64";
  if (one_of(word, {"SXM", "SXM2", "SXM3", "SXM4", "SXM5", "SXM6"})) return !grace && model.form != "PCIe";
  if (word == "NVLINK") return model.form != "PCIe";
  if (word == "PCIE") return !grace && model.form != "SXM";
  if (word == "NVL") return model.architecture == "Hopper" || grace;
  if (word == "NVL72") return model.interconnect == Interconnect::kNvl72;
  if (one_of(word, {"HBM2", "HBM2E", "HBM3", "HBM3E"})) return model.form != "PCIe" || model.name == "A30";
  return false;
}

/// Words of the full trade name of some models.
bool is_trade_word(const GpuModel& model, std::string_view word) {
  if (model.name == "RTX PRO 6000") {
    return one_of(word, {"BLACKWELL", "SERVER", "WORKSTATION", "EDITION", "MAX", "Q"});
  }
  if (word == "GENERATION") return model.name.ends_with("Ada");
  return word == "MEGA" && model.name == "H100";  // GKE's name for H100s in A3 Mega machines
}

/// Words that may stand beside the model without making it another one. Any other word does: "H100-Lite" is
/// no H100.
bool belongs(const CatalogueEntry& entry, std::string_view word) {
  return one_of(word, {"NVIDIA", "TESLA", "GPU", "TENSOR", "CORE", "SHARED", "IB", "AC", "LC"}) ||
         is_count(word) || is_board_word(entry.model, word) || is_trade_word(entry.model, word) ||
         stated_gib(entry, word) > 0;
}

struct Spelling {
  const CatalogueEntry* entry;
  std::vector<std::string> words;
};

const std::vector<Spelling>& spellings() {
  static const std::vector<Spelling> all = [] {
    std::vector<Spelling> out;
    for (const CatalogueEntry& entry : catalogue()) {
      out.push_back({&entry, read_gpu_name(entry.model.name).words});
      for (const std::string_view other : entry.spellings) {
        if (!other.empty()) out.push_back({&entry, read_gpu_name(other).words});
      }
    }
    return out;
  }();
  return all;
}

/// True when the spelling is in the name as whole words and every other word belongs to the model.
bool is_spelled(const GpuName& name, const Spelling& spelling) {
  const auto found = std::ranges::search(name.words, spelling.words);
  const auto fits = [&](std::string_view word) { return belongs(*spelling.entry, word); };
  return !found.empty() && std::all_of(name.words.begin(), found.begin(), fits) &&
         std::all_of(found.end(), name.words.end(), fits);
}

}  // namespace

bool GpuName::has(std::string_view word) const { return std::ranges::find(words, word) != words.end(); }

GpuName read_gpu_name(std::string_view text) {
  GpuName name;
  std::string word;
  const auto flush = [&] {
    if (!word.empty()) add_word(name.words, std::move(word));
    word.clear();
  };
  for (char c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      word.push_back(c);
    } else {
      flush();
    }
  }
  flush();
  const auto slice = std::ranges::find(name.words, "MIG");
  name.shared = slice != name.words.end() || name.has("SHARED");
  name.words.erase(slice, name.words.end());
  return name;
}

const CatalogueEntry* find_entry(const GpuName& name) {
  for (const Spelling& spelling : spellings()) {
    if (is_spelled(name, spelling)) return spelling.entry;
  }
  return nullptr;
}

std::int64_t stated_gib(const CatalogueEntry& entry, std::string_view word) {
  const std::size_t digits = leading_digits(word);
  if (digits == 0 || digits > 3) return 0;
  std::int64_t gib = 0;
  for (const char c : word.substr(0, digits)) gib = gib * 10 + (c - '0');
  const std::string_view unit = word.substr(digits);
  if (unit.empty()) return sold_size(entry, gib * 1024) > 0 ? gib : 0;
  return one_of(unit, {"G", "GB", "GIB"}) ? gib : 0;
}

bool is_count(std::string_view word) {
  return word.size() >= 2 && word.back() == 'X' && leading_digits(word) == word.size() - 1;
}

}  // namespace market
