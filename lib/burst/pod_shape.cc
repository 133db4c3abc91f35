#include "burst/pod_shape.h"

#include <algorithm>
#include <set>
#include <string>

namespace burst {

using nlohmann::json;

bool is_token_volume(const json& volume) {
  if (!volume.value("name", "").starts_with("kube-api-access-") || !volume.contains("projected"))
    return false;
  bool token = false;
  for (const json& source : volume["projected"].value("sources", json::array())) {
    if (source.contains("secret") || source.contains("podCertificate")) return false;
    if (!source.contains("serviceAccountToken")) continue;
    // The plugin's token is for the API server, so it names no audience.
    if (!source["serviceAccountToken"].value("audience", "").empty()) return false;
    token = true;
  }
  return token;
}

void drop_token_volumes(json& spec) {
  auto volumes = spec.find("volumes");
  if (volumes == spec.end() || volumes->is_null()) return;
  std::set<std::string> dropped;
  json kept = json::array();
  for (json& volume : *volumes) {
    if (is_token_volume(volume)) {
      dropped.insert(volume.value("name", ""));
    } else {
      kept.push_back(std::move(volume));
    }
  }
  *volumes = std::move(kept);
  if (dropped.empty()) return;
  for (const char* list : {"initContainers", "containers", "ephemeralContainers"}) {
    auto containers = spec.find(list);
    if (containers == spec.end() || containers->is_null()) continue;
    for (json& container : *containers) {
      auto mounts = container.find("volumeMounts");
      if (mounts == container.end() || mounts->is_null()) continue;
      json rest = json::array();
      for (json& mount : *mounts) {
        if (!dropped.contains(mount.value("name", ""))) rest.push_back(std::move(mount));
      }
      *mounts = std::move(rest);
    }
  }
}

}  // namespace burst
