#include "extender/service.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "support.h"

namespace extender::service_test {

using nlohmann::json;
using testing::filter_body;
using testing::kPodJson;
using testing::make_claim;
using testing::make_offer;
using testing::PaddedRequest;
using testing::preempt_body;

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    world.state = std::make_shared<const Snapshot>(make_snapshot(true, {make_claim()}, {make_offer("x")}));
  }
  net::ServerReply call(std::string_view path, std::string_view body, std::string_view method = "POST") {
    PaddedRequest request(method, path, body);
    return service.handle(request.get());
  }
  testing::StillWorld world;
  Service service{world, base::system_clock()};
};

std::string without_reservation() {
  auto pod = json::parse(kPodJson);
  pod["metadata"]["annotations"].erase("neoburst.io/reserved");
  return pod.dump();
}

TEST_F(ServiceTest, FiltersAsTheSchedulerExpects) {
  const auto reply = call("/filter", filter_body(R"(["home-1","neoburst-x"])"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body,
            R"({"Nodes":null,"NodeNames":["home-1"],"FailedNodes":{},"FailedAndUnresolvableNodes":)"
            R"({"neoburst-x":"home GPUs are available"},"Error":""})");
  EXPECT_TRUE(world.requests.empty());
}

TEST_F(ServiceTest, AsksForABurstAndAdmitsItOnceReserved) {
  const auto waiting = call("/filter", filter_body(R"(["neoburst-x"])", without_reservation()));
  EXPECT_EQ(waiting.body, R"j({"Nodes":null,"NodeNames":[],"FailedNodes":{},"FailedAndUnresolvableNodes":)j"
                          R"j({"neoburst-x":"waiting for capacity (claim eu)"},"Error":""})j");
  ASSERT_EQ(world.requests.size(), 1u);
  EXPECT_EQ(world.requests[0].gpus, 2);
  const auto reserved = call("/filter", filter_body(R"(["neoburst-x"])"));
  EXPECT_EQ(json::parse(reserved.body)["NodeNames"], json::array({"neoburst-x"}));
}

TEST_F(ServiceTest, PreemptsOnlyWhenNothingIsLeftToTry) {
  const std::string victims =
      R"({"home-1":{"Pods":[{"UID":"v"}],"NumPDBViolations":0},"neoburst-x":{"Pods":[{"UID":"w"}],"NumPDBViolations":0}})";
  const std::string home =
      R"({"NodeNameToMetaVictims":{"home-1":{"Pods":[{"UID":"v"}],"NumPDBViolations":0}}})";
  EXPECT_EQ(call("/preempt", preempt_body(victims)).body, home);  // never passed `filter`: it cannot burst
  call("/filter", filter_body(R"(["neoburst-x"])", without_reservation()));
  EXPECT_EQ(call("/preempt", preempt_body(victims)).body, R"({"NodeNameToMetaVictims":{}})");
  auto full = make_claim();
  full->rules.max_gpus = 2;
  world.state = std::make_shared<const Snapshot>(make_snapshot(true, {full}, {make_offer("x")}));
  world.used = 1;
  EXPECT_EQ(call("/preempt", preempt_body(victims)).body, home);
}

TEST_F(ServiceTest, FailedPreemptIsNotAnEmptyOne) {
  // 200 without victims would forbid preemption; a failure lets it go on.
  EXPECT_EQ(call("/preempt", "{}").status, 400);
  EXPECT_EQ(call("/preempt", "{}").body, "");
  PaddedRequest large("POST", "/preempt", "");
  large.get().body_too_large = true;
  EXPECT_EQ(service.handle(large.get()).status, 413);
}

TEST_F(ServiceTest, TellsWhatIsTooLarge) {
  PaddedRequest large("POST", "/filter", "");
  large.get().body_too_large = true;
  const auto reply = service.handle(large.get());
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(json::parse(reply.body)["Error"].get<std::string>().find("too large"), std::string::npos);
}

TEST_F(ServiceTest, RoutesByPathAndMethod) {
  EXPECT_EQ(call("/filter", "", "GET").status, 405);
  EXPECT_EQ(call("/preempt", "", "PUT").status, 405);
  EXPECT_EQ(call("/healthz", "", "POST").status, 405);
  EXPECT_EQ(call("/bind", "{}").status, 404);
  EXPECT_EQ(call("/", "", "GET").status, 404);
  EXPECT_EQ(call("", "", "GET").status, 404);
  EXPECT_EQ(call("/filter?timeout=1s", filter_body("[]")).status, 200);
  EXPECT_EQ(call("/healthz", "", "GET").status, 200);
  EXPECT_EQ(call("/readyz", "", "GET").status, 200);
  world.state = std::make_shared<const Snapshot>();
  EXPECT_EQ(call("/readyz", "", "GET").status, 503);
  EXPECT_EQ(call("/healthz", "", "GET").status, 200);
}

TEST_F(ServiceTest, CountsFromZero) {
  const auto text = call("/metrics", "", "GET").body;
  for (const auto* series : {R"(neoburst_extender_requests_total{result="reserved",verb="filter"})",
                             R"(neoburst_extender_requests_total{result="held",verb="preempt"})"}) {
    EXPECT_NE(text.find(series), std::string::npos) << text;
  }
  EXPECT_NE(text.find("neoburst_extender_request_seconds"), std::string::npos);
}

/// Every body, however broken, gets an answer kube-scheduler can read.
void expect_valid(const net::ServerReply& reply) {
  ASSERT_TRUE(reply.status == 200 || (reply.status == 400 && reply.body.empty())) << reply.status;
  if (reply.status == 200) {
    ASSERT_TRUE(json::accept(reply.body)) << reply.body;
  }
}

TEST_F(ServiceTest, AnswersEveryTruncation) {
  const auto filter = filter_body(R"(["home-1","neoburst-x","neoburst-y"])");
  const auto preempt = preempt_body(R"({"home-1":{"Pods":[{"UID":"v"}],"NumPDBViolations":0}})");
  for (const auto& [path, body] : {std::pair{"/filter", filter}, std::pair{"/preempt", preempt}}) {
    for (std::size_t length = 0; length < body.size(); ++length) {
      SCOPED_TRACE(length);
      const auto reply = call(path, std::string_view(body).substr(0, length));
      expect_valid(reply);
      if (reply.status == 200) {
        EXPECT_FALSE(json::parse(reply.body).value("Error", "").empty());
      }
    }
  }
}

TEST_F(ServiceTest, AnswersEveryFlippedByte) {
  const auto body = filter_body(R"(["home-1","neoburst-x"])");
  for (std::size_t at = 0; at < body.size(); ++at) {
    for (const char byte : {'\0', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '\xff', '\x80'}) {
      auto changed = body;
      changed[at] = byte;
      expect_valid(call("/filter", changed));
    }
  }
}

RC_GTEST_FIXTURE_PROP(ServiceTest, AnswersForEachNodeOnce, ()) {
  // ASCII with control characters, quotes and backslashes: all that needs escaping.
  const auto odd = rc::gen::container<std::string>(
      rc::gen::map(rc::gen::inRange(1, 128), [](int c) { return static_cast<char>(c); }));
  const auto picked = *rc::gen::unique<std::vector<std::string>>(
      rc::gen::oneOf(odd, rc::gen::element<std::string>("neoburst-x", "neoburst-y", "h", "é")));
  const std::string text = json(picked).dump();
  const auto reply = json::parse(call("/filter", filter_body(text)).body);
  std::multiset<std::string> seen;
  for (const auto& name : reply["NodeNames"]) seen.insert(name.get<std::string>());
  for (const auto& item : reply["FailedAndUnresolvableNodes"].items()) seen.insert(item.key());
  const std::multiset<std::string> sent(picked.begin(), picked.end());
  RC_ASSERT(seen == sent);
  RC_ASSERT(reply["Error"] == "");
}

}  // namespace extender::service_test
