#include <filesystem>

#include "burst/field_table.h"
#include "burst/reference_sites.h"
#include "burst/translation.h"

namespace burst {
namespace {

using nlohmann::json;
using sites::child;
using sites::each;

json environment(const json& container, const std::string& where, Translation& t) {
  json out = json::array();
  each(container, "env", [&](const json& variable) {
    if (const json* from = child(variable, "valueFrom")) {
      (void)carried_fields(*from, rules_of("EnvVarSource"), where + "env " + variable.value("name", "") + " ",
                           t.problems);
    }
    out.push_back(variable);
    t.fields.fix_variable(out.back());
  });
  return out;
}

void check_sources(const json& container, const std::string& where, Translation& t) {
  each(container, "envFrom", [&](const json& source) {
    (void)carried_fields(source, rules_of("EnvFromSource"), where + "envFrom ", t.problems);
  });
}

void check_ports(const json& container, const std::string& where, Translation& t) {
  // With hostNetwork every port is a host port: that one refusal covers all of them.
  if (t.home.value("hostNetwork", false)) return;
  each(container, "ports", [&](const json& port) {
    if (const auto number = port.value("hostPort", 0); number != 0) {
      t.need(HostAccess::kHostNetwork, where + "ports: hostPort " + std::to_string(number));
    }
  });
}

/// Whether a mount there would hide Neoburst's own mount, or be hidden by it. A runtime takes paths as a
/// kernel does: from the root, and with "//" and "/./" for "/".
bool is_at_go(const std::string& mount_path) {
  const auto path = (std::filesystem::path("/") / mount_path / "").lexically_normal().string();
  return path.starts_with(std::string(kGoMountPath) + "/");
}

json mounts(const json& container, const std::string& where, Translation& t) {
  json out = json::array();
  each(container, "volumeMounts", [&](const json& mount) {
    if (is_at_go(mount.value("mountPath", ""))) {
      t.problems.never(where + "volumeMounts: " + kGoMountPath + " is where Neoburst mounts its own volume");
    }
    out.push_back(mount);
  });
  out.push_back({{"name", kGoVolume}, {"mountPath", kGoMountPath}, {"readOnly", true}});
  return out;
}

}  // namespace

json twin_container(const json& container, std::string_view type, Translation& t) {
  const std::string where = "container " + container.value("name", "") + ": ";
  json out = carried_fields(container, rules_of(type), where, t.problems);
  check_sources(container, where, t);
  check_ports(container, where, t);
  for (const char* field : {"envFrom", "ports"}) {
    if (const json* value = child(container, field)) out[field] = *value;
  }
  if (json env = environment(container, where, t); !env.empty()) out["env"] = std::move(env);
  if (const json* security = child(container, "securityContext")) {
    out["securityContext"] = twin_security_context(*security, "SecurityContext", where, t);
  }
  out["volumeMounts"] = mounts(container, where, t);
  return out;
}

EphemeralContainers carry_ephemeral_containers(const json& pod, const std::set<std::string>& present,
                                               const TwinContext& context) {
  EphemeralContainers out;
  try {
    const Translation whole(pod, context);
    each(whole.spec, "ephemeralContainers", [&](const json& container) {
      const std::string name = container.value("name", "");
      if (present.contains(name)) return;
      Translation t(pod, context);  // a refused one does not keep the others away
      json copy = container;
      rename_references_of_ephemeral(copy, t);
      json twin = twin_container(copy, "EphemeralContainer", t);
      if (auto ok = t.problems.outcome(); !ok) {
        out.refused.emplace_back(name, std::move(ok.error()));
      } else {
        out.add.push_back(std::move(twin));
        out.copies.insert(out.copies.end(), t.copies.begin(), t.copies.end());
      }
    });
  } catch (const json::exception& e) {
    out.refused.emplace_back(
        "", base::Status{base::Code::kInvalid,
                         std::string("the pod document has an unexpected shape: ") + e.what(), std::nullopt});
  }
  return out;
}

}  // namespace burst
