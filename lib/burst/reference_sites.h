#pragma once

#include <concepts>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "burst/references.h"

/// Every place of a PodSpec where a ConfigMap or Secret is named: references_of reads them, make_twin renames
/// them. One list for both, so that neither can forget one. Internal to lib/burst.
namespace burst::sites {

/// One place. `holder` is the object in which `name_field` is the name.
template <typename Json>
struct Site {
  ReferenceKind kind;
  Json* holder;
  const char* name_field = "name";
  bool optional = false;
  bool pull_secret = false;
  bool whole = true;  ///< all keys
  std::vector<std::string> keys = {};
  std::string volume = {};
  std::string container = {};
};

/// The member `field` of `object`, nullptr where it is missing or null. Throws json::exception where `object`
/// is not an object.
template <typename Json>
Json* child(Json& object, const char* field) {
  if (!object.is_object()) (void)object.at(field);
  auto found = object.find(field);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// Calls `visit` with the elements of the list `field` of `object`.
template <typename Json, typename Visit>
void each(Json& object, const char* field, Visit&& visit) {
  Json* list = child(object, field);
  if (list == nullptr) return;
  for (auto& element : *list) visit(element);
}

inline bool is_optional(const nlohmann::json& holder) { return holder.value("optional", false); }

template <typename Json, typename Visit>
void in_container(Json& container, Visit&& visit) {
  const std::string name = container.value("name", "");
  each(container, "env", [&](Json& variable) {
    Json* from = child(variable, "valueFrom");
    if (from == nullptr) return;
    for (auto [field, kind] : {std::pair{"configMapKeyRef", ReferenceKind::kConfigMap},
                               std::pair{"secretKeyRef", ReferenceKind::kSecret}}) {
      Json* holder = child(*from, field);
      if (holder == nullptr) continue;
      visit(Site<Json>{.kind = kind,
                       .holder = holder,
                       .optional = is_optional(*holder),
                       .whole = false,
                       .keys = {holder->value("key", "")},
                       .container = name});
    }
  });
  each(container, "envFrom", [&](Json& source) {
    for (auto [field, kind] : {std::pair{"configMapRef", ReferenceKind::kConfigMap},
                               std::pair{"secretRef", ReferenceKind::kSecret}}) {
      Json* holder = child(source, field);
      if (holder == nullptr) continue;
      visit(Site<Json>{.kind = kind, .holder = holder, .optional = is_optional(*holder), .container = name});
    }
  });
}

/// A volume or projection of an object's keys: `items` where it names them, else all.
template <typename Json, typename Visit>
void in_files(Json* holder, ReferenceKind kind, const char* name_field, const std::string& volume,
              Visit&& visit) {
  if (holder == nullptr) return;
  Site<Json> site{.kind = kind,
                  .holder = holder,
                  .name_field = name_field,
                  .optional = is_optional(*holder),
                  .volume = volume};
  each(*holder, "items", [&](Json& item) { site.keys.push_back(item.value("key", "")); });
  site.whole = site.keys.empty();
  visit(site);
}

template <typename Json, typename Visit>
void in_volume(Json& volume, Visit&& visit) {
  const std::string name = volume.value("name", "");
  in_files(child(volume, "configMap"), ReferenceKind::kConfigMap, "name", name, visit);
  in_files(child(volume, "secret"), ReferenceKind::kSecret, "secretName", name, visit);
  if (Json* projected = child(volume, "projected")) {
    each(*projected, "sources", [&](Json& source) {
      in_files(child(source, "configMap"), ReferenceKind::kConfigMap, "name", name, visit);
      in_files(child(source, "secret"), ReferenceKind::kSecret, "name", name, visit);
    });
  }
  if (Json* csi = child(volume, "csi")) {
    if (Json* holder = child(*csi, "nodePublishSecretRef")) {
      visit(Site<Json>{.kind = ReferenceKind::kSecret, .holder = holder, .volume = name});
    }
  }
}

/// Calls `visit` with each Site of `spec` (a PodSpec), ephemeral containers excepted. Throws json::exception
/// on shapes that no API server would store.
template <typename Json, typename Visit>
requires std::same_as<std::remove_const_t<Json>, nlohmann::json>
void in_spec(Json& spec, Visit&& visit) {
  each(spec, "initContainers", [&](Json& container) { in_container(container, visit); });
  each(spec, "containers", [&](Json& container) { in_container(container, visit); });
  each(spec, "volumes", [&](Json& volume) { in_volume(volume, visit); });
  each(spec, "imagePullSecrets", [&](Json& holder) {
    visit(Site<Json>{.kind = ReferenceKind::kSecret,
                     .holder = &holder,
                     .optional = true,
                     .pull_secret = true,
                     .whole = false,
                     .keys = {".dockerconfigjson", ".dockercfg"}});
  });
}

}  // namespace burst::sites
