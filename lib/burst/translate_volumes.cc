#include "burst/field_table.h"
#include "burst/names.h"
#include "burst/reference_sites.h"
#include "burst/translation.h"

namespace burst {
namespace {

using nlohmann::json;
using sites::child;
using sites::each;

const std::string* find_in(const std::map<std::string, std::string>& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

json downward(json source, Translation& t) {
  if (json* items = child(source, "items")) {
    for (json& item : *items) t.fields.fix_file(item);
  }
  return source;
}

json projected(json source, const std::string& where, Translation& t) {
  if (json* sources = child(source, "sources")) {
    for (json& one : *sources) {
      (void)carried_fields(one, rules_of("VolumeProjection"), where + "projected.", t.problems);
      if (json* files = child(one, "downwardAPI")) *files = downward(std::move(*files), t);
    }
  }
  return source;
}

json mapped_claim(json source, const std::string& where, Translation& t) {
  const std::string claim = t.context.burst.ns + "/" + source.value("claimName", "");
  if (const std::string* there = find_in(t.context.policy.volume_claims, claim)) {
    source["claimName"] = *there;
  } else {
    t.problems.policy(where + "persistentVolumeClaim " + claim + " has no counterpart there (volumeClaims)");
  }
  return source;
}

json ephemeral(json source, const std::string& where, Translation& t) {
  json& spec = source.at("volumeClaimTemplate").at("spec");
  // No name means the default class of a cluster; "" means no class: only volumes made by hand at home.
  const json* named = child(spec, "storageClassName");
  const std::string name = named == nullptr ? "" : named->get<std::string>();
  const std::string* there = find_in(t.context.policy.storage_classes, name);
  if (named != nullptr && name.empty()) {
    t.problems.never(where + "ephemeral with storageClassName \"\" asks for a volume made by hand at home");
  } else if (there == nullptr) {
    t.problems.policy(where + "ephemeral of " +
                      (name.empty() ? "the default StorageClass" : "StorageClass " + name) +
                      " has no counterpart there (storageClasses)");
  } else if (there->empty()) {
    spec.erase("storageClassName");
  } else {
    spec["storageClassName"] = *there;
  }
  for (const char* field :
       {"dataSource", "dataSourceRef", "volumeName", "selector", "volumeAttributesClassName"}) {
    if (child(spec, field) != nullptr)
      t.problems.never(where + "ephemeral with " + field + " names an object that is at home");
  }
  return source;
}

json inline_csi(json source, const std::string& where, Translation& t) {
  const std::string driver = source.value("driver", "");
  if (!t.context.policy.csi_drivers.contains(driver)) {
    t.problems.policy(where + "csi driver " + driver + " is not allowed there (csiDrivers)");
  }
  return source;
}

json twin_volume(const json& volume, Translation& t) {
  const std::string name = volume.value("name", "");
  const std::string where = "volume " + name + ": ";
  if (name == kGoVolume) t.problems.never(where + "the name is Neoburst's own");
  json out = carried_fields(volume, rules_of("Volume"), where, t.problems);
  if (const json* source = child(volume, "downwardAPI")) out["downwardAPI"] = downward(*source, t);
  if (const json* source = child(volume, "projected")) out["projected"] = projected(*source, where, t);
  for (const char* renamed : {"configMap", "secret"}) {
    if (const json* source = child(volume, renamed)) out[renamed] = *source;
  }
  if (const json* source = child(volume, "hostPath")) {
    t.need(HostAccess::kHostPath, where + "hostPath " + source->value("path", ""));
    out["hostPath"] = *source;
  }
  if (const json* source = child(volume, "persistentVolumeClaim")) {
    out["persistentVolumeClaim"] = mapped_claim(*source, where, t);
  }
  if (const json* source = child(volume, "ephemeral")) out["ephemeral"] = ephemeral(*source, where, t);
  if (const json* source = child(volume, "csi")) out["csi"] = inline_csi(*source, where, t);
  return out;
}

}  // namespace

json twin_volumes(Translation& t) {
  json out = json::array();
  each(t.spec, "volumes", [&](const json& volume) { out.push_back(twin_volume(volume, t)); });
  out.push_back({{"name", kGoVolume},
                 {"configMap", {{"name", go_name(t.context.burst.attempt.name)}, {"optional", false}}}});
  return out;
}

}  // namespace burst
