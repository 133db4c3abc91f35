// Secrets are searched for in everything that can be seen: every object of every kind on both
// sides, the programs' logs at their most verbose, and the kept logs.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <regex>

#include "support/e2e.h"
#include "support/references.h"

namespace testing_support::secrecy_test {

using namespace std::chrono_literals;
using nlohmann::json;

/// True for a text that contains a secret.
using Finds = std::function<bool(const std::string&)>;

Finds any_of(std::vector<std::string> values) {
  for (std::size_t i = 0, count = values.size(); i < count; ++i) values.push_back(base64(values[i]));
  return [values = std::move(values)](const std::string& text) {
    return std::ranges::any_of(values, [&](const auto& v) { return text.find(v) != std::string::npos; });
  };
}

/// A token as API servers sign them (a JWT), plain or as a Secret stores it.
bool has_token(const std::string& text) {
  static const std::regex plain(R"(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.)");
  for (auto at = text.find("eyJ"); at != std::string::npos; at = text.find("eyJ", at + 1)) {
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at);
    if (std::regex_search(begin, text.end(), plain, std::regex_constants::match_continuous)) return true;
  }
  return text.find("\"ZXlK") != std::string::npos;
}

class Secrecy : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    restart({"--log-level", "debug"});
    create_claim(eu_claim(ns_, "research"), {kEuNode});
  }
  void TearDown() override {
    EndToEnd::TearDown();
    restart({});
  }
  void restart(const std::vector<std::string>& arguments) {
    neoburst_.stop_operator();
    neoburst_.stop_extender();
    neoburst_.start_extender(arguments);
    neoburst_.start_operator(arguments);
  }
  /// Every object of `cluster` of every kind that can be listed, but Secrets at home: "Kind namespace/name"
  /// of those in which `finds` something.
  Breaches objects_with(const std::string& cluster, const Finds& finds) {
    std::string kinds =
        kubectl(sandbox_, {"api-resources", "--verbs=list", "-o", "name"}, {}, cluster).output;
    std::ranges::replace(kinds, '\n', ',');
    while (kinds.ends_with(',')) kinds.pop_back();
    const auto listed = kubectl(sandbox_, {"get", kinds, "--all-namespaces", "-o", "json"}, {}, cluster);
    const json all = json::parse(listed.output, nullptr, false);
    if (!all.is_object()) throw std::runtime_error(cluster + ": " + listed.errors);
    Breaches found;
    std::size_t nodes = 0;
    for (const json& each : all.at("items")) {
      const std::string kind = each.value("kind", "");
      nodes += kind == "Node" ? 1 : 0;
      if (cluster == "home" && kind == "Secret") continue;
      if (finds(each.dump()))
        found.push_back(kind + " " + each["metadata"].value("namespace", "") + "/" + name_of(each));
    }
    EXPECT_GT(nodes, 0u) << "looked at nothing: " << listed.errors;
    return found;
  }
  /// The files of the programs' output and of kept logs in which `finds` something.
  Breaches files_with(const Finds& finds) {
    std::vector<std::string> files{neoburst_.operator_process().log(), neoburst_.extender_process().log()};
    std::size_t kept = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(neoburst_.log_folder() + "/spool")) {
      if (!entry.is_regular_file()) continue;
      files.push_back(entry.path().string());
      ++kept;
    }
    EXPECT_GT(kept, 0u) << "no log was kept";
    std::erase_if(files, [&](const std::string& file) { return !finds(read_text(file)); });
    return files;
  }
  std::string operator_log() { return read_text(neoburst_.operator_process().log()); }
  /// Asks the burst node's port with a token; the status.
  std::string ask_port_with(const std::string& token) {
    const json node = find_object(home(), kube::kNodes, {}, kEuNode);
    const int port = node.at("/status/daemonEndpoints/kubeletEndpoint/Port"_json_pointer).get<int>();
    return run_command({"curl", "-sk", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}", "-H",
                        "Authorization: Bearer " + token,
                        "https://127.0.0.1:" + std::to_string(port) + "/pods"})
        .output;
  }
  void run_and_end(const json& pod) {
    create_pod(pod);
    wait_phase(name_of(pod), "Succeeded");
    wait_ended(this->pod(name_of(pod)));
  }
};

TEST_F(Secrecy, AValueIsInItsCopyAndNowhereElse) {
  // Names of this run alone: objects of an earlier run must not be found.
  const std::string wanted = "goes-along-" + ns_, changed = "comes-later-" + ns_, kept = "stays-here-" + ns_,
                    foreign = "of-somebody-else-" + ns_;
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "token", {{"wanted", wanted}, {"kept", kept}}));
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "other", {{"wanted", foreign}}));
  must_create(home(), kube::kConfigMaps, config_map(ns_, "unused", {{"a", foreign}}));
  const auto with_token = [&](const std::string& name, const std::string& sleep) {
    json pod = gpu_pod(ns_, name, sleep);
    pod["spec"]["containers"][0]["env"] = json::array({secret_variable("T", "token", "wanted")});
    return pod;
  };
  run_and_end(with_token("ending", "1"));
  create_pod(with_token("running", "infinity"));
  wait_phase("running", "Running");
  EXPECT_EQ(kubectl(sandbox_, {"logs", "running", "--namespace", ns_}).exit_code, 0);
  EXPECT_EQ(kubectl(sandbox_, {"exec", "running", "--namespace", ns_, "--", "true"}).exit_code, 0);

  const auto expect_only_in_the_copy = [&](const std::string& value) {
    const auto places = objects_with("neocloud-eu", any_of({value}));
    ASSERT_EQ(places.size(), 1u) << joined(places);
    EXPECT_TRUE(places[0].starts_with("Secret neoburst/")) << places[0];
  };
  expect_only_in_the_copy(wanted);
  ensure_object(home(), kube::kSecrets, opaque_secret(ns_, "token", {{"wanted", changed}, {"kept", kept}}));
  require_alive_within("the change to be there", 40s, [&] {
    return joined(places_of(sandbox_, "neocloud-eu", {base64(changed)})).empty() ? std::string("not yet")
                                                                                 : std::string();
  });
  expect_only_in_the_copy(changed);

  const Finds any = any_of({wanted, changed, kept, foreign});
  EXPECT_EQ(joined(objects_with("neocloud-eu", any_of({wanted, kept, foreign}))), "");
  EXPECT_EQ(joined(objects_with("neocloud-us", any)), "");
  EXPECT_EQ(joined(objects_with("home", any_of({wanted, changed, kept}))), "");
  EXPECT_EQ(joined(files_with(any)), "");
  EXPECT_NE(operator_log().find("debug"), std::string::npos) << "it says all that it can say";
}

TEST_F(Secrecy, TokensOfServiceAccountsAreNowhere) {
  json secret = opaque_secret(ns_, "legacy", {});
  secret["type"] = "kubernetes.io/service-account-token";
  secret["metadata"]["annotations"] = {{"kubernetes.io/service-account.name", "default"}};
  must_create(home(), kube::kSecrets, secret);
  require_alive_within("the token of the Secret", 30s, [&] {
    const json found = find_object(home(), kube::kSecrets, ns_, "legacy");
    return found.value("data", json::object()).contains("token") ? std::string() : found.dump();
  });
  std::string token = kubectl(sandbox_, {"create", "token", "default", "--namespace", ns_}).output;
  ASSERT_TRUE(has_token(token));
  std::erase(token, '\n');
  std::string forged = token;
  char& signature = forged.at(forged.rfind('.') + 1);
  signature = signature == 'A' ? 'B' : 'A';
  run_and_end(gpu_pod(ns_, "ending", "1"));
  create_pod(gpu_pod(ns_, "running", "infinity"));
  const json running = wait_phase("running", "Running");
  ASSERT_NE(running.dump().find("serviceAccountToken"), std::string::npos) << "at home it has one";
  const json twin = wait_twin(running, "neocloud-eu");
  EXPECT_EQ(twin["spec"].value("automountServiceAccountToken", true), false);
  for (const char* part : {"serviceAccountToken", "kube-api-access", "secrets/kubernetes.io"})
    EXPECT_EQ(twin.dump().find(part), std::string::npos) << part;
  // Somebody shows one at the port; it may do nothing there.
  EXPECT_EQ(ask_port_with(token), "403");
  EXPECT_EQ(ask_port_with(forged), "401");

  // Not one token is in any object or file, nor are the providers' and our own.
  for (const char* provider : {"neocloud-eu", "neocloud-us"})
    EXPECT_EQ(joined(objects_with(provider, has_token)), "") << provider;
  EXPECT_EQ(joined(objects_with("home", has_token)), "");
  EXPECT_EQ(joined(files_with(has_token)), "");
}

}  // namespace testing_support::secrecy_test
