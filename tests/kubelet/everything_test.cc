// One pod that uses everything that a pod can refer to: at the provider its processes read the same as at
// home.

#include <map>
#include <sstream>

#include "real_kubelet.h"
#include "support/references.h"

namespace testing_support::everything_test {

using namespace std::chrono_literals;
using nlohmann::json;

/// With what it says first in its log; then it waits.
constexpr const char* kMainScript =
    "env | sort; echo hostname=$(hostname); echo arguments=$0 $*; exec workload pause";

json everything_spec() {
  return json::parse(R"json({
    "hostname": "box",
    "initContainers": [
      {"name": "side", "restartPolicy": "Always", "command": ["sh", "-c", "echo up > /shared/side; exec workload pause"],
       "volumeMounts": [{"name": "shared", "mountPath": "/shared"}]},
      {"name": "prepare", "command": ["sh", "-c", "until [ -s /shared/side ]; do sleep 0.1; done; echo \"after $(cat /shared/side): $(cat /etc/files/train.yaml)\" > /shared/prepared"],
       "volumeMounts": [{"name": "shared", "mountPath": "/shared"}, {"name": "files", "mountPath": "/etc/files"}]}],
    "volumes": [
      {"name": "shared", "emptyDir": {}},
      {"name": "files", "configMap": {"name": "files"}},
      {"name": "secret", "secret": {"secretName": "token", "items": [{"key": "password", "path": "inner/pw", "mode": 256}]}},
      {"name": "all", "projected": {"sources": [
        {"configMap": {"name": "settings", "items": [{"key": "greeting", "path": "greeting"}]}},
        {"secret": {"name": "keys"}},
        {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}}]}},
      {"name": "about", "downwardAPI": {"items": [
        {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
        {"path": "note", "fieldRef": {"fieldPath": "metadata.annotations['example.com/note']"}},
        {"path": "memory", "resourceFieldRef": {"containerName": "main", "resource": "limits.memory", "divisor": "1Mi"}}]}}]
  })json");
}

json everything_main() {
  return json::parse(R"json({
    "env": [
      {"name": "PLAIN", "value": "as written"},
      {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
      {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
      {"name": "POD_UID", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}},
      {"name": "POD_LABEL", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
      {"name": "POD_ACCOUNT", "valueFrom": {"fieldRef": {"fieldPath": "spec.serviceAccountName"}}},
      {"name": "POD_ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
      {"name": "POD_NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
      {"name": "MEMORY", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory"}}},
      {"name": "GREETING", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "greeting"}}},
      {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "token", "key": "password"}}},
      {"name": "ABSENT", "valueFrom": {"secretKeyRef": {"name": "nothing", "key": "x", "optional": true}}},
      {"name": "COMPOSED", "value": "$(POD_NAME) says $(GREETING)"}],
    "envFrom": [{"prefix": "CFG_", "configMapRef": {"name": "settings"}}, {"secretRef": {"name": "keys"}}],
    "volumeMounts": [
      {"name": "shared", "mountPath": "/shared"}, {"name": "files", "mountPath": "/etc/files", "readOnly": true},
      {"name": "secret", "mountPath": "/etc/secret"}, {"name": "all", "mountPath": "/etc/all"},
      {"name": "about", "mountPath": "/etc/about"}],
    "resources": {"limits": {"nvidia.com/gpu": "1", "memory": "64Mi"}}
  })json");
}

/// "NAME=value" lines by name.
std::map<std::string, std::string> variables(const std::string& text) {
  std::map<std::string, std::string> out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (const auto equals = line.find('='); equals != std::string::npos)
      out[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return out;
}

class RealEverything : public RealKubelet {
 protected:
  json everything_pod() {
    must_create(home(), kube::kConfigMaps,
                config_map(ns_, "settings", {{"greeting", "hello"}, {"size", "3"}}));
    must_create(home(), kube::kConfigMaps,
                config_map(ns_, "files", {{"train.yaml", "lr: 1"}, {"more", "x"}}));
    must_create(home(), kube::kSecrets,
                opaque_secret(ns_, "token", {{"password", "pa$$ word"}, {"kept", "h0me"}}));
    must_create(home(), kube::kSecrets, opaque_secret(ns_, "keys", {{"KEY_ONE", "1"}, {"KEY_TWO", "2"}}));
    json wanted = workload_pod("one", {"first argument", "second"});
    wanted["metadata"]["labels"] = {{"app", "everything"}, {"team", "red"}};
    wanted["metadata"]["annotations"] = {{"example.com/note", "two\nlines"}};
    json& main = wanted["spec"]["containers"][0];
    main.update(everything_main());
    main["command"] = {"sh", "-c", kMainScript};
    wanted["spec"].update(everything_spec());
    for (json& container : wanted["spec"]["initContainers"]) container["image"] = kWorkloadImage;
    return wanted;
  }
  std::string in_pod(const std::string& script) {
    const auto result = on_pod({"exec", "one", "--container", "main", "--", "sh", "-c", script});
    EXPECT_EQ(result.exit_code, 0) << script << ": " << result.output << result.errors;
    return result.output;
  }
};

TEST_F(RealEverything, ReadsAsAtHome) {
  const json running = run(everything_pod());
  const json twin = list_all(sandbox_.admin(kRealCluster), kube::kPods, "neoburst",
                             "neoburst.io/pod-uid=" + uid_of(running))
                        .at(0);

  wait_container("one", "to run", [](const json& s) { return s["state"].contains("running"); });
  const auto log = on_pod({"logs", "one", "--container", "main"});
  auto env = variables(log.output);
  EXPECT_EQ(env["PLAIN"], "as written") << log.output << log.errors;
  EXPECT_EQ(env["POD_NAME"], "one");
  EXPECT_EQ(env["POD_NAMESPACE"], ns_);
  EXPECT_EQ(env["POD_UID"], uid_of(running));
  EXPECT_EQ(env["POD_LABEL"], "everything");
  EXPECT_EQ(env["POD_ACCOUNT"], "default");
  // Physical facts are the twin's.
  EXPECT_EQ(env["POD_ADDRESS"], twin["status"].value("podIP", "none"));
  EXPECT_EQ(env["POD_NODE"], node_of(twin));
  EXPECT_EQ(env["MEMORY"], std::to_string(64 << 20));
  EXPECT_EQ(env["GREETING"], "hello");
  EXPECT_EQ(env["PASSWORD"], "pa$$ word");
  EXPECT_FALSE(env.contains("ABSENT"));
  EXPECT_EQ(env["COMPOSED"], "one says hello");
  EXPECT_EQ(env["CFG_greeting"], "hello");
  EXPECT_EQ(env["CFG_size"], "3");
  EXPECT_EQ(env["KEY_ONE"] + env["KEY_TWO"], "12");
  EXPECT_EQ(env["hostname"], "box");
  EXPECT_EQ(env["arguments"], "first argument second");

  EXPECT_EQ(in_pod("cat /etc/files/train.yaml /etc/files/more"), "lr: 1x");
  EXPECT_EQ(in_pod("ls /etc/secret; stat -L -c %a /etc/secret/inner/pw; cat /etc/secret/inner/pw"),
            "inner\n400\npa$$ word");
  EXPECT_EQ(in_pod("for f in greeting KEY_ONE KEY_TWO name; do cat /etc/all/$f; echo; done"),
            "hello\n1\n2\none\n");
  EXPECT_EQ(in_pod("cat /etc/about/labels"), "app=\"everything\"\nteam=\"red\"");
  EXPECT_EQ(in_pod("cat /etc/about/note; echo; cat /etc/about/memory"), "two\nlines\n64");
  EXPECT_EQ(in_pod("cat /shared/prepared"), "after up: lr: 1\n");
  // The sidecar is alive beside it, and has no GPU of its own.
  const auto side =
      on_pod({"exec", "one", "--container", "side", "--", "sh", "-c", "ps | grep -c '[w]orkload'"});
  EXPECT_EQ(side.output, "1\n") << side.errors;
}

TEST_F(RealEverything, NoTokenOfAServiceAccountIsThere) {
  const json running = run(everything_pod());
  const json mounts = running["spec"]["containers"][0]["volumeMounts"];
  EXPECT_NE(mounts.dump().find("/var/run/secrets/kubernetes.io/serviceaccount"), std::string::npos)
      << "at home the API server gave it one";
  EXPECT_EQ(in_pod("ls -d /var/run/secrets /run/secrets 2> /dev/null; true"), "");
  EXPECT_EQ(in_pod("grep -i -e serviceaccount -e kube-api-access /proc/mounts; true"), "");
  // Nor anywhere else that looks like one: no file of a volume, no variable.
  EXPECT_EQ(in_pod("env | grep eyJ; grep -rl eyJ /etc /shared /run 2> /dev/null; true"), "");
}

TEST_F(RealEverything, AChangeAtHomeReachesTheFileOfTheRunningContainer) {
  run(everything_pod());
  EXPECT_EQ(in_pod("cat /etc/files/train.yaml"), "lr: 1");
  ensure_object(home(), kube::kConfigMaps,
                config_map(ns_, "files", {{"train.yaml", "lr: 2"}, {"more", "x"}}));
  ensure_object(home(), kube::kSecrets,
                opaque_secret(ns_, "token", {{"password", "changed"}, {"kept", "h0me"}}));
  require_alive_within("both files to be new", 120s, [&] {
    const std::string seen = in_pod("cat /etc/files/train.yaml /etc/secret/inner/pw");
    return seen == "lr: 2changed" ? std::string() : "they say: " + seen;
  });
  EXPECT_EQ(pod("one")["status"].value("/containerStatuses/0/restartCount"_json_pointer, -1), 0);
}

}  // namespace testing_support::everything_test
