#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace burst {

/// The downward API of a twin. What a pod asks of itself by name, namespace, UID, labels, annotations or
/// service account is answered as at home; what is physical (addresses, node, resources) is the twin's own
/// business.
class HomeFields {
 public:
  /// Both must outlive this object. Throws json::exception where they are no objects.
  HomeFields(const nlohmann::json& metadata, const nlohmann::json& spec);

  /// The home pod's value of a fieldPath, as a kubelet writes it; nullopt where the twin's is meant.
  std::optional<std::string> value(std::string_view path) const;

  /// Makes the environment variable `variable` a plain value where value() has one.
  void fix_variable(nlohmann::json& variable) const;
  /// A file of a volume cannot hold a plain value: it is pointed at an annotation of the twin that has it.
  void fix_file(nlohmann::json& item);
  /// The annotations that the files point at.
  const nlohmann::json& annotations() const { return annotations_; }

 private:
  const nlohmann::json& metadata_;
  const nlohmann::json& spec_;
  nlohmann::json annotations_ = nlohmann::json::object();
  nlohmann::json paths_ = nlohmann::json::object();  ///< fieldPath at home -> on the twin
};

}  // namespace burst
