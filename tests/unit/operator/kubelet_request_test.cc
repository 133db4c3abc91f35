#include "operator/kubelet/kubelet_request.h"

#include <gtest/gtest.h>

#include "operator/kubelet/kubelet_options.h"
#include "operator/kubelet/query_text.h"

namespace op::kubelet_request_test {

std::string mapped(const std::string& method, const std::string& target) {
  const auto request = parse_kubelet_request(method, target);
  if (!request) return std::to_string(request.error().status) + " " + request.error().text;
  return provider_target(*request, "neoburst", "train-1a2b");
}

const std::string kPod = "/api/v1/namespaces/neoburst/pods/train-1a2b";

TEST(KubeletRequest, StreamsAreMappedToTheProvidersApi) {
  const struct {
    const char* method;
    const char* target;
    std::string want;
  } cases[] = {
      {"GET", "/containerLogs/team-a/train/main", "/log?container=main"},
      {"GET", "/containerLogs/team-a/train/main?follow=true&previous=true&timestamps=true&tailLines=10",
       "/log?container=main&follow=true&previous=true&timestamps=true&tailLines=10"},
      {"GET", "/containerLogs/team-a/train/main?sinceSeconds=5&limitBytes=100&follow=false&stream=All",
       "/log?container=main&sinceSeconds=5&limitBytes=100"},
      {"GET", "/containerLogs/team-a/train/main?sinceTime=2026-11-24T01%3A02%3A03%2B01%3A00&tailLines=0",
       "/log?container=main&tailLines=0&sinceTime=2026-11-24T00%3A02%3A03Z"},
      {"POST",
       "/exec/team-a/train/main?command=sh&command=-c&command=echo+%22a%26b%22&input=1&output=1&tty=1",
       "/exec?container=main&command=sh&command=-c&command=echo%20%22a%26b%22&stdin=true&stdout=true&tty=true"
       "&stderr=false"},
      {"GET", "/exec/team-a/train/0f0e-uid/main?command=ls&output=1&error=1",
       "/exec?container=main&command=ls&stdout=true&stderr=true"},
      {"POST", "/exec/team-a/train/main?command=ls&output=1&error=1&tty=1",
       "/exec?container=main&command=ls&stdout=true&tty=true&stderr=false"},
      {"POST", "/attach/team-a/train/main?input=1",
       "/attach?container=main&stdin=true&stdout=false&stderr=false"},
      {"POST", "/portForward/team-a/train", "/portforward"},
      {"GET", "/portForward/team-a/train/0f0e-uid?port=80,81", "/portforward?ports=80%2C81"},
  };
  for (const auto& c : cases) EXPECT_EQ(mapped(c.method, c.target), kPod + c.want) << c.target;
}

TEST(KubeletRequest, PathsNameWhatIsAsked) {
  const auto exec =
      parse_kubelet_request("POST", "/exec/team-a/train/0f0e-uid/side%2Dcar?command=ls&output=1");
  ASSERT_TRUE(exec);
  EXPECT_EQ(exec->ns, "team-a");
  EXPECT_EQ(exec->pod, "train");
  EXPECT_EQ(exec->uid, "0f0e-uid");
  EXPECT_EQ(exec->container, "side-car");
  const struct {
    const char* target;
    KubeletVerb verb;
  } plain[] = {{"/pods", KubeletVerb::kPods},
               {"/healthz", KubeletVerb::kHealthz},
               {"/stats/summary?only_cpu_and_memory=true", KubeletVerb::kStatsSummary},
               {"/metrics", KubeletVerb::kMetrics},
               {"/metrics/resource", KubeletVerb::kMetricsResource},
               {"/configz", KubeletVerb::kConfigz}};
  for (const auto& c : plain) {
    const auto request = parse_kubelet_request("GET", c.target);
    ASSERT_TRUE(request) << c.target;
    EXPECT_EQ(request->verb, c.verb) << c.target;
  }
  EXPECT_EQ(parse_kubelet_request("POST", "/run/a/b/c?cmd=ls")->verb, KubeletVerb::kRun);
}

TEST(KubeletRequest, WhatNoKubeletServesIsRefused) {
  const struct {
    const char* method;
    const char* target;
    int status;
  } cases[] = {{"GET", "/", 404},
               {"GET", "", 404},
               {"GET", "*", 404},
               {"GET", "/nothing", 404},
               {"GET", "/logs/kern.log", 404},
               {"GET", "/checkpoint/a/b/c", 404},
               {"GET", "/containerLogs/a/b", 404},
               {"GET", "/containerLogs/a/b/c/d", 404},
               {"GET", "/containerLogs/a//c", 404},
               {"GET", "/containerLogs/a/b/", 404},
               {"GET", "/containerLogs/a/b/%zz", 404},
               {"GET", "/exec/a/b/%", 404},
               {"POST", "/exec/a/b/c/d/e?output=1", 404},
               {"POST", "/portForward/a", 404},
               {"POST", "/containerLogs/a/b/c", 405},
               {"DELETE", "/exec/a/b/c", 405},
               {"PUT", "/pods", 405},
               {"GET", "/run/a/b/c", 405},
               {"POST", "/exec/a/b/c?command=ls", 400},  // no stream at all
               {"POST", "/exec/a/b/c?command=%g1&output=1", 400},
               {"POST", "/exec/a/b/c?command=a;output=1", 400},
               {"POST", "/attach/a/b/c?error=1&tty=1", 400},
               {"GET", "/portForward/a/b?port=80x", 400},
               {"GET", "/containerLogs/a/b/c?tailLines=many", 400},
               {"GET", "/containerLogs/a/b/c?tailLines=99999999999999999999", 400},
               {"GET", "/containerLogs/a/b/c?sinceTime=yesterday", 400},
               {"GET", "/containerLogs/a/b/c?tailLines=-1", 422},
               {"GET", "/containerLogs/a/b/c?limitBytes=0", 422},
               {"GET", "/containerLogs/a/b/c?sinceSeconds=0", 422},
               {"GET", "/containerLogs/a/b/c?sinceSeconds=1&sinceTime=2026-11-24T00:00:00Z", 422},
               {"GET", "/containerLogs/a/b/c?stream=Both", 422}};
  for (const auto& c : cases) {
    const auto request = parse_kubelet_request(c.method, c.target);
    ASSERT_FALSE(request) << c.method << " " << c.target;
    EXPECT_EQ(request.error().status, c.status) << c.method << " " << c.target;
    EXPECT_FALSE(request.error().text.empty());
  }
}

// Decoded names are encoded again: no name can end its part of the path or of the query.
TEST(KubeletRequest, NamesCannotReachFurtherThanTheirPlace) {
  const auto request = parse_kubelet_request(
      "POST", "/exec/a/b/c%26command%3Drm%2F..%2F%0d%0a?command=x%0d%0aHost:%20y&output=1");
  ASSERT_TRUE(request);
  const std::string target = provider_target(*request, "ns/../x", "twin?a=b");
  EXPECT_EQ(target,
            "/api/v1/namespaces/ns%2F..%2Fx/pods/twin%3Fa%3Db/exec?container=c%26command%3Drm%2F..%2F%0D%0A"
            "&command=x%0D%0AHost%3A%20y&stdout=true&stderr=false");
}

TEST(KubeletRequest, OnlyWhatAnUpgradeNeedsIsPassedOn) {
  const net::Headers passed = upgrade_headers({{"Host", "node"},
                                               {"Authorization", "Bearer secret"},
                                               {"Cookie", "a=b"},
                                               {"connection", "Upgrade"},
                                               {"Upgrade", "SPDY/3.1"},
                                               {"X-Forwarded-For", "10.0.0.1"},
                                               {"X-Stream-Protocol-Version", "v4.channel.k8s.io"},
                                               {"X-Stream-Protocol-Version", "channel.k8s.io"},
                                               {"Sec-WebSocket-Key", "abc"},
                                               {"Content-Length", "0"},
                                               {"Impersonate-User", "admin"}});
  std::string names;
  for (const auto& header : passed) names += header.name + "=" + header.value + " ";
  EXPECT_EQ(names,
            "connection=Upgrade Upgrade=SPDY/3.1 X-Stream-Protocol-Version=v4.channel.k8s.io "
            "X-Stream-Protocol-Version=channel.k8s.io Sec-WebSocket-Key=abc ");
}

// A browser can set no Authorization header: it puts its token among the protocols that it offers.
TEST(KubeletRequest, ATokenAmongTheWebSocketProtocolsStaysAtHome) {
  const net::Headers passed = upgrade_headers(
      {{"Upgrade", "websocket"},
       {"Sec-WebSocket-Protocol", "v5.channel.k8s.io,base64url.bearer.authorization.k8s.io.c2VjcmV0"},
       {"sec-websocket-protocol",
        "Base64URL.bearer.authorization.k8s.io.c2VjcmV0 ,\tv4.channel.k8s.io , channel.k8s.io"},
       {"Sec-WebSocket-Protocol", " base64url.bearer.authorization.k8s.io.c2VjcmV0 "}});
  std::string names;
  for (const auto& header : passed) names += header.name + "=" + header.value + ";";
  EXPECT_EQ(names,
            "Upgrade=websocket;Sec-WebSocket-Protocol=v5.channel.k8s.io;"
            "sec-websocket-protocol=v4.channel.k8s.io, channel.k8s.io;");
}

TEST(QueryText, ReadsAsGoDoes) {
  const auto query = parse_query("a=1&b=x+y%2B&&flag&a=2&=&c==");
  ASSERT_TRUE(query);
  EXPECT_EQ(query_values(*query, "a"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(query_value(*query, "b"), "x y+");
  EXPECT_EQ(query_value(*query, "flag"), "");
  EXPECT_EQ(query_value(*query, "c"), "=");
  EXPECT_FALSE(query_value(*query, "d"));
  for (const char* bad : {"%", "a=%1", "a=%g0", "a;b"}) EXPECT_FALSE(parse_query(bad)) << bad;
}

TEST(KubeletOptions, RangesOfPorts) {
  KubeletOptions options;
  ASSERT_TRUE(parse_port_range("30000-30099", options));
  EXPECT_EQ(options.first_port, 30000);
  EXPECT_EQ(options.last_port, 30099);
  ASSERT_TRUE(parse_port_range("10250", options));
  EXPECT_EQ(options.first_port, options.last_port);
  ASSERT_TRUE(parse_port_range("0", options));
  EXPECT_EQ(options.first_port, 0);
  for (const char* bad : {"", "-", "a", "2-1", "1-", "-1", "0-5", "70000", "1-70000", "1-2-3"}) {
    EXPECT_FALSE(parse_port_range(bad, options)) << bad;
  }
}

}  // namespace op::kubelet_request_test
