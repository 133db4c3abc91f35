#include "extender/wire.h"

#include <gtest/gtest.h>

#include "market/offer.h"
#include "support.h"

namespace extender::wire_test {

using testing::filter_body;
using testing::kPodJson;
using testing::PaddedRequest;
using testing::preempt_body;
using Names = std::vector<std::string_view>;

struct Read {
  explicit Read(const std::string& body)
      : http("POST", "/filter", body), filter(reader.read_filter(http.get().body)) {}
  WireReader reader;
  PaddedRequest http;
  base::Result<FilterRequest> filter;
};

TEST(WireFilter, ReadsWhatGoMarshals) {
  const Read read(filter_body(R"(["home-1","neoburst-x"])"));
  ASSERT_TRUE(read.filter) << read.filter.error().text();
  const auto& pod = read.filter->pod;
  EXPECT_EQ(pod.ns, "ml");
  EXPECT_EQ(pod.name, "train");
  EXPECT_EQ(pod.uid, "uid-1");
  EXPECT_EQ(pod.labels, (kube::StringMap{{"app", "train"}}));
  EXPECT_EQ(pod.reserved, "neoburst-x/2");
  EXPECT_EQ(pod.gpus, 2);
  EXPECT_FALSE(pod.spreads_hard);
  EXPECT_EQ(read.filter->nodes, (Names{"home-1", "neoburst-x"}));
}

TEST(WireFilter, ReadsOddButValidRequests) {
  EXPECT_TRUE(Read(filter_body("[]")).filter->nodes.empty());
  const Read escaped(filter_body(R"(["n\u0041","é","\\\"\n"])"));
  ASSERT_TRUE(escaped.filter);
  EXPECT_EQ(escaped.filter->nodes, (Names{"nA", "é", "\\\"\n"}));
  const Read spaced(" \n" + filter_body(" [ \"a\" ,\t\"b\" ] ") + "\n ");
  ASSERT_TRUE(spaced.filter) << spaced.filter.error().text();
  EXPECT_EQ(spaced.filter->nodes.size(), 2u);
  const Read twice(R"({"NodeNames":["a"],"Pod":)" + std::string(kPodJson) +
                   R"(,"NodeNames":["b"],"New":{"x":[1]}})");
  ASSERT_TRUE(twice.filter);
  EXPECT_EQ(twice.filter->nodes, (Names{"b"}));  // as Go: the last one wins
}

std::string pod_with(std::string_view spec) {
  return R"({"metadata":{"name":"p","namespace":"n","uid":"u","creationTimestamp":null},"spec":)" +
         std::string(spec) + "}";
}

TEST(WireFilter, AddsUpGpusAsTheSchedulerDoes) {
  const std::vector<std::pair<std::string, std::int64_t>> rows{
      {R"({"containers":[{"resources":{"limits":{"nvidia.com/gpu":"1"}}},{"resources":{"limits":{"nvidia.com/gpu":"2"}}}]})",
       3},
      {R"({"containers":[{"resources":{"limits":{"nvidia.com/gpu":1}}}]})", 1},
      {R"({"initContainers":[{"resources":{"limits":{"nvidia.com/gpu":"4"}}}],"containers":[{"resources":{"limits":{"nvidia.com/gpu":"2"}}}]})",
       4},
      {R"({"initContainers":[{"restartPolicy":"Always","resources":{"limits":{"nvidia.com/gpu":"1"}}}],"containers":[{"resources":{"limits":{"nvidia.com/gpu":"2"}}}]})",
       3},
      {R"({"containers":[{"resources":{"limits":{"amd.com/gpu":"2"}}}]})", 0},
      {R"({"containers":[{"resources":{}},{"name":"x"}]})", 0},
      {R"({"containers":null})", 0},
      {R"({})", 0},
  };
  for (const auto& [spec, gpus] : rows) {
    SCOPED_TRACE(spec);
    const Read read(filter_body("[]", pod_with(spec)));
    ASSERT_TRUE(read.filter) << read.filter.error().text();
    EXPECT_EQ(read.filter->pod.gpus, gpus);
  }
}

TEST(WireFilter, SeesHardSpreading) {
  auto spreads = [](std::string_view list) {
    const Read read(
        filter_body("[]", pod_with(R"({"topologySpreadConstraints":)" + std::string(list) + "}")));
    return read.filter && read.filter->pod.spreads_hard;
  };
  EXPECT_FALSE(spreads("[]"));
  EXPECT_FALSE(spreads(R"([{"maxSkew":1,"whenUnsatisfiable":"ScheduleAnyway"}])"));
  EXPECT_TRUE(spreads(
      R"([{"whenUnsatisfiable":"ScheduleAnyway"},{"maxSkew":1,"whenUnsatisfiable":"DoNotSchedule"}])"));
}

TEST(WireFilter, SaysWhatIsWrong) {
  const std::string meta = R"({"metadata":{"name":"p","namespace":"n","uid":"u"}})";
  const std::vector<std::pair<std::string, std::string>> rows{
      {"", "not JSON"},
      {" ", "not JSON"},
      {"[]", "not a JSON object"},
      {"null", "not a JSON object"},
      {"12", "not a JSON object"},
      {"\"Pod\"", "not a JSON object"},
      {"{}", "Pod is missing"},
      {R"({"Pod":null,"NodeNames":[]})", "Pod"},
      {R"({"Pod":[],"NodeNames":[]})", "Pod"},
      {R"({"Pod":{},"NodeNames":[]})", "metadata.namespace is missing"},
      {R"({"Pod":{"metadata":{"name":"p","namespace":"n"}},"NodeNames":[]})", "metadata.uid is missing"},
      {R"({"Pod":{"metadata":{"name":7}},"NodeNames":[]})", "Pod"},
      {R"({"Pod":)" + meta + "}", "NodeNames is missing"},
      {R"({"Pod":)" + meta + R"(,"Nodes":null,"NodeNames":null})", "NodeNames is missing"},
      {R"({"Pod":)" + meta + R"(,"Nodes":{"metadata":{},"items":[]},"NodeNames":null})",
       "nodeCacheCapable: true"},
      {R"({"Pod":)" + meta + R"(,"NodeNames":"a"})", "NodeNames"},
      {R"({"Pod":)" + meta + R"(,"NodeNames":[1]})", "NodeNames"},
      {R"({"Pod":)" + meta + R"(,"NodeNames":[null]})", "NodeNames"},
      {R"({"Pod":)" + meta + R"(,"NodeNames":[]}{})", "goes on"},
      {R"({"Pod":)" + meta + ",\"NodeNames\":[\"\xff\"]}", "not JSON"},
      {filter_body("[]", pod_with(R"({"containers":[{"resources":{"limits":{"nvidia.com/gpu":"many"}}}]})")),
       "nvidia.com/gpu"},
      {filter_body("[]", pod_with(R"({"containers":"x"})")), "Pod"},
      {std::string(100'000, '['), "not"},
      {R"({"a":)" + std::string(100'000, '['), "not"},
      {R"({"Pod":)" + std::string(50'000, '{'), "not"},
  };
  for (const auto& [body, text] : rows) {
    SCOPED_TRACE(body.substr(0, 120));
    const Read read(body);
    ASSERT_FALSE(read.filter);
    EXPECT_NE(read.filter.error().message.find(text), std::string::npos) << read.filter.error().message;
  }
}

TEST(WireFilter, ReaderIsReusableAfterFailuresAndGiants) {
  WireReader reader;
  std::string giant = "[\"first\"";
  for (int i = 0; i < 60'000; ++i) giant += ",\"node-" + std::to_string(i) + '"';
  for (int round = 0; round < 3; ++round) {
    PaddedRequest bad("POST", "/filter", R"({"Pod":{"metadata":{"name":)");
    EXPECT_FALSE(reader.read_filter(bad.get().body));
    PaddedRequest big("POST", "/filter", filter_body(giant + "]"));
    auto read = reader.read_filter(big.get().body);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->nodes.size(), 60'001u);
    EXPECT_EQ(read->nodes.back(), "node-59999");
    PaddedRequest small("POST", "/filter", filter_body(R"(["a"])"));
    EXPECT_TRUE(reader.read_filter(small.get().body));
  }
}

TEST(WirePreempt, ReadsBothFormsOfVictims) {
  WireReader reader;
  PaddedRequest meta(
      "POST", "/preempt",
      preempt_body(
          R"({"home-1":{"Pods":[{"UID":"v1"},{"UID":"v2"}],"NumPDBViolations":1},"neoburst-x":{"Pods":[],"NumPDBViolations":0}})"));
  auto read = reader.read_preempt(meta.get().body);
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(read->nodes.size(), 2u);
  EXPECT_EQ(read->nodes[0].node, "home-1");
  EXPECT_EQ(read->nodes[0].uids, (Names{"v1", "v2"}));
  EXPECT_EQ(read->nodes[0].disruptions, 1);
  EXPECT_EQ(
      preempt_reply(*read, [](std::string_view n) { return !market::is_burst_node(n); }),
      R"({"NodeNameToMetaVictims":{"home-1":{"Pods":[{"UID":"v1"},{"UID":"v2"}],"NumPDBViolations":1}}})");

  PaddedRequest whole(
      "POST", "/preempt",
      R"({"Pod":)" + std::string(kPodJson) +
          R"(,"NodeNameToVictims":{"a":{"Pods":[{"metadata":{"name":"v","uid":"v9"},"spec":{}}],"NumPDBViolations":0}},"NodeNameToMetaVictims":null})");
  read = reader.read_preempt(whole.get().body);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->nodes[0].uids, (Names{"v9"}));
}

TEST(WirePreempt, SaysWhatIsWrong) {
  WireReader reader;
  for (const std::string& body :
       {preempt_body("null"), preempt_body("[]"), preempt_body(R"({"a":1})"),
        preempt_body(R"({"a":{"Pods":[1]}})"), preempt_body(R"({"a":{"Pods":[{"UID":1}]}})"),
        preempt_body(R"({"a":{"NumPDBViolations":"x"}})")}) {
    PaddedRequest http("POST", "/preempt", body);
    EXPECT_FALSE(reader.read_preempt(http.get().body)) << body;
  }
}

TEST(WireReply, IsWhatGoReads) {
  FilterReply reply(64);
  reply.keep("a");
  reply.keep("b");
  reply.remove("neoburst-x", "home GPUs are available");
  reply.remove("neoburst-\"y\"", "because\n\x01");
  EXPECT_EQ(std::move(reply).finish(),
            R"({"Nodes":null,"NodeNames":["a","b"],"FailedNodes":{},"FailedAndUnresolvableNodes":)"
            R"({"neoburst-x":"home GPUs are available","neoburst-\"y\"":"because\u000a\u0001"},"Error":""})");
  EXPECT_EQ(FilterReply(0).finish(),
            R"({"Nodes":null,"NodeNames":[],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""})");
  EXPECT_EQ(error_reply("say \"no\""), R"({"Error":"say \"no\""})");
}

}  // namespace extender::wire_test
