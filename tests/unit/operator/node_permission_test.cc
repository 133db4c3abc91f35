#include "operator/kubelet/node_permission.h"

#include <gtest/gtest.h>

namespace op::node_permission_test {

using Words = std::vector<std::string>;

TEST(NodePermission, IsWhatAKubeletAsksFor) {
  const struct {
    const char* method;
    const char* path;
    bool upgrade;
    Words verbs;
    Words subresources;
  } cases[] = {
      {"GET", "/containerLogs/ns/pod/main?follow=true", false, {"get"}, {"proxy"}},
      {"POST", "/exec/ns/pod/main?command=sh", true, {"create"}, {"proxy"}},
      // 1.35: a WebSocket comes as GET; to get is not to create.
      {"GET", "/exec/ns/pod/main", true, {"get", "create"}, {"proxy"}},
      {"GET", "/exec/ns/pod/main", false, {"get"}, {"proxy"}},
      {"POST", "/portForward/ns/pod", true, {"create"}, {"proxy"}},
      {"GET", "/stats/summary", false, {"get"}, {"stats"}},
      {"GET", "/stats", false, {"get"}, {"stats"}},
      {"GET", "/statsabc", false, {"get"}, {"proxy"}},
      {"GET", "/metrics", false, {"get"}, {"metrics"}},
      {"GET", "/metrics/resource", false, {"get"}, {"metrics"}},
      {"GET", "/logs/messages", false, {"get"}, {"log"}},
      {"POST", "/checkpoint/ns/pod/main", false, {"create"}, {"checkpoint"}},
      {"GET", "/pods", false, {"get"}, {"pods", "proxy"}},
      {"GET", "/runningpods/", false, {"get"}, {"pods", "proxy"}},
      {"GET", "/healthz", false, {"get"}, {"healthz", "proxy"}},
      {"GET", "/healthz/ping", false, {"get"}, {"healthz", "proxy"}},
      {"GET", "/configz", false, {"get"}, {"configz", "proxy"}},
      {"PUT", "/x", false, {"update"}, {"proxy"}},
      {"PATCH", "/x", false, {"patch"}, {"proxy"}},
      {"DELETE", "/x", false, {"delete"}, {"proxy"}},
      {"GET", "/", false, {"get"}, {"proxy"}},
      {"GET", "", false, {"get"}, {"proxy"}},
  };
  for (const auto& c : cases) {
    const auto needed = required_permission(c.method, c.path, c.upgrade);
    EXPECT_EQ(needed.verbs, c.verbs) << c.method << " " << c.path;
    EXPECT_EQ(needed.subresources, c.subresources) << c.method << " " << c.path;
  }
}

TEST(NodePermission, AnOddPathIsNeverLessThanProxy) {
  for (const char* path :
       {"/stats/../exec/ns/pod/main", "/metrics/..%2fexec", "/%73tats", "//stats", "/stats//x", "stats",
        "/stats/./x", "/stats\\..\\exec", "/stats;x", "/metrics/%2e%2e/exec/ns/pod/main"}) {
    EXPECT_EQ(required_permission("GET", path, false).subresources, Words{"proxy"}) << path;
  }
}

TEST(NodePermission, AnUnknownMethodIsNobodys) {
  for (const char* method : {"HEAD", "CONNECT", "get", "", "OPTIONS"}) {
    EXPECT_TRUE(required_permission(method, "/pods", false).verbs.empty()) << method;
  }
}

TEST(NodePermission, TheRefusalReadsAsAKubelets) {
  EXPECT_EQ(forbidden_text("system:serviceaccount:a:b", required_permission("GET", "/pods", false)),
            "Forbidden (user=system:serviceaccount:a:b, verb=get, resource=nodes, "
            "subresource(s)=[pods proxy])\n");
}

}  // namespace op::node_permission_test
