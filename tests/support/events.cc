#include "support/events.h"

#include "support/objects.h"
#include "support/sandbox.h"
#include "support/wait.h"

namespace testing_support {

using namespace std::chrono_literals;
using nlohmann::json;

std::vector<json> events_about(kube::Client& client, const json& object) {
  std::vector<json> out;
  for (json& event : list_all(client, kube::kEvents, object["metadata"].value("namespace", ""))) {
    if (event.value("/regarding/uid"_json_pointer, "") == uid_of(object)) out.push_back(std::move(event));
  }
  return out;
}

json wait_event(kube::Client& client, const json& object, const std::string& reason,
                const std::string& text) {
  json found;
  require_within("event " + reason + " \"" + text + "\" about " + name_of(object), 40s, [&] {
    std::string others;
    for (json& event : events_about(client, object)) {
      const std::string note = event.value("note", "");
      if (event.value("reason", "") == reason && note.find(text) != std::string::npos) {
        found = std::move(event);
        return std::string();
      }
      others += event.value("reason", "") + ": " + note + "; ";
    }
    return "there are: " + others;
  });
  return found;
}

}  // namespace testing_support
