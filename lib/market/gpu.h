#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace market {

/// How the GPUs of one machine are joined.
enum class Interconnect { kUnknown, kPcie, kNvlinkBridge, kNvlink, kNvlinkC2c, kNvl72 };
/// "PCIe", "NVLink bridge", "NVLink", "NVLink-C2C", "NVL72", "" for unknown.
std::string_view to_string(Interconnect interconnect);

/// A GPU model of the catalogue.
struct GpuModel {
  std::string_view name;    ///< canonical: "H100", "A100", "L40S", "GH200", "RTX PRO 6000"
  std::int64_t memory_gib;  ///< nominal; 0 where the model comes in several sizes
  std::string_view form;    ///< "SXM", "PCIe", "NVL" or "" where unknown or not applicable
  std::string_view architecture;
  Interconnect interconnect = Interconnect::kUnknown;  ///< unknown where the form decides
  std::string_view compute_capability = "";            ///< "9.0", "" where no source was read
  /// The architecture of machines that contain it: "arm64" for the Grace superchips, else "amd64".
  std::string_view cpu_architecture = "amd64";
};

/// What is known about the GPUs of a node or offer. Unknown stays unknown: an empty model fails every
/// required rule.
struct GpuIdentity {
  std::string model;                  ///< canonical name, "" when unknown
  std::string form;                   ///< "SXM", "PCIe", "NVL", ""
  std::int64_t memory_gib = 0;        ///< 0 when unknown
  std::string product;                ///< the label's text, for people
  bool shared = false;                ///< time-sliced, a MIG slice or a fraction: not a whole GPU
  std::string cpu_architecture = {};  ///< "amd64", "arm64", "" when unknown
};

/// Reads a GPU Feature Discovery product ("NVIDIA-H100-80GB-HBM3") with the memory label (MiB, 0 = absent).
/// A name with a word that does not belong to the model is another, unknown model. Where name and label
/// contradict each other, the smaller memory counts.
GpuIdentity identify_gpu(std::string_view product_label, std::int64_t memory_mib);

/// How GPUs like this are joined in one machine: by the model, or else by the form.
Interconnect interconnect_of(const GpuIdentity& gpu);

/// The canonical name for the spellings of users and price lists ("h100", "H100-SXM",
/// "NVIDIA-H100-80GB-HBM3" -> "H100"); nullopt when the catalogue has no such model.
std::optional<std::string> canonical_model(std::string_view text);

/// The names of all models of the catalogue, comma-separated, for messages.
std::string known_models();

}  // namespace market
