#include "burst/field_table.h"
#include "burst/reference_sites.h"
#include "burst/translation.h"

namespace burst {

using nlohmann::json;

json twin_security_context(const json& context, std::string_view type, const std::string& where,
                           Translation& t) {
  const std::string here = where + "securityContext.";
  json out = carried_fields(context, rules_of(type), here, t.problems);
  if (const json* privileged = sites::child(context, "privileged")) {
    if (privileged->get<bool>()) t.need(HostAccess::kPrivileged, here + "privileged");
    out["privileged"] = *privileged;
  }
  if (const json* windows = sites::child(context, "windowsOptions")) {
    if (windows->value("hostProcess", false)) {
      t.need(HostAccess::kPrivileged, here + "windowsOptions.hostProcess");
    }
    // Its credentials are objects of home.
    if (!windows->value("gmsaCredentialSpecName", "").empty()) {
      t.problems.never(here + "windowsOptions.gmsaCredentialSpecName: the credential spec is at home");
    }
    out["windowsOptions"] = *windows;
  }
  return out;
}

}  // namespace burst
