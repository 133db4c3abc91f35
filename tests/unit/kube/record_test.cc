#include <gtest/gtest.h>

#include "base/time_text.h"
#include "kube/core/event_record.h"
#include "kube/core/node_record.h"
#include "kube/core/pod_record.h"
#include "kube/core/service_record.h"

namespace kube::record_test {

constexpr const char* kPod = R"({
 "kind":"Pod","apiVersion":"v1",
 "metadata":{"name":"train-0","namespace":"ml","uid":"6b3f","resourceVersion":"123","generation":2,
  "creationTimestamp":"2026-11-23T10:00:00Z","deletionTimestamp":"2026-11-23T11:00:00Z","deletionGracePeriodSeconds":30,
  "labels":{"z":"1","app":"tr\u00e4in \"x\""},
  "annotations":{"burst.example/claim":"c1","kubectl.kubernetes.io/last-applied-configuration":"{\"big\":true}"},
  "finalizers":["a/b"],
  "ownerReferences":[{"apiVersion":"batch/v1","kind":"Job","name":"train","uid":"j1","controller":true,"blockOwnerDeletion":true}],
  "managedFields":[{"manager":"m","fieldsV1":{"f:metadata":{}}}]},
 "spec":{"nodeName":"n1","schedulerName":"default-scheduler","priority":1000,"schedulingGates":[{"name":"g"}],
  "readinessGates":[{"conditionType":"example.com/up"}],
  "initContainers":[
   {"name":"i1","resources":{"requests":{"nvidia.com/gpu":"2"}}},
   {"name":"side","restartPolicy":"Always","resources":{"limits":{"nvidia.com/gpu":"1"}}},
   {"name":"i2","resources":{"requests":{"nvidia.com/gpu":"4"},"limits":{"nvidia.com/gpu":"4"}}}],
  "containers":[
   {"name":"a","resources":{"limits":{"nvidia.com/gpu":"2","cpu":"4"},"requests":{"cpu":"500m","memory":"1Gi"}}},
   {"name":"b","resources":{"requests":{"nvidia.com/gpu":1,"example.com/x":"3"}}},
   {"name":"c","resources":{}},{"name":"d"}],
  "overhead":{"example.com/x":"1","cpu":"250m"},
  "tolerations":[{"key":"k","operator":"Exists","effect":"NoSchedule","tolerationSeconds":300},{"operator":"Exists"}]},
 "status":{"phase":"Running","reason":"R","message":"M","podIP":"10.0.0.1","startTime":"2026-11-23T10:00:05Z",
  "conditions":[{"type":"Ready","status":"False","reason":"ContainersNotReady","message":"m","lastProbeTime":null,"observedGeneration":2,
   "lastTransitionTime":"2026-11-23T10:00:07Z"}],"containerStatuses":[{"name":"a","ready":false}]}})";

TEST(DecodePod, KeepsWhatAControllerNeeds) {
  keep_pod_annotations_containing({"burst.example/"});
  const auto pod = decode_text<PodRecord>(kPod, decode_pod);
  ASSERT_TRUE(pod) << pod.error().text();
  EXPECT_EQ(pod->meta.key().text(), "ml/train-0");
  EXPECT_EQ(pod->meta.uid, "6b3f");
  EXPECT_EQ(pod->meta.resource_version, "123");
  EXPECT_EQ(pod->meta.generation, 2);
  EXPECT_EQ(pod->meta.created, *base::parse_time("2026-11-23T10:00:00Z"));
  EXPECT_EQ(pod->meta.deleting_since, *base::parse_time("2026-11-23T11:00:00Z"));
  EXPECT_EQ(pod->meta.deletion_grace_seconds, 30);
  EXPECT_TRUE(pod->meta.has_finalizers);
  EXPECT_EQ(pod->meta.labels, (StringMap{{"app", "tr\xc3\xa4in \"x\""}, {"z", "1"}}));
  EXPECT_EQ(pod->meta.annotations, (StringMap{{"burst.example/claim", "c1"}}));
  ASSERT_EQ(pod->meta.owners.size(), 1u);
  EXPECT_EQ(pod->meta.owners[0].uid, "j1");
  EXPECT_TRUE(pod->meta.owners[0].controller);
  EXPECT_EQ(pod->node_name, "n1");
  EXPECT_TRUE(pod->gated);
  EXPECT_EQ(pod->readiness_gates, (std::vector<std::string>{"example.com/up"}));
  ASSERT_EQ(pod->tolerations.size(), 2u);
  EXPECT_EQ(pod->tolerations[0].effect, "NoSchedule");
  EXPECT_EQ(pod->phase, PodPhase::kRunning);
  ASSERT_NE(pod->condition("Ready"), nullptr);
  EXPECT_EQ(pod->condition("Ready")->changed, *base::parse_time("2026-11-23T10:00:07Z"));
  EXPECT_EQ(pod->condition("Ready")->observed_generation, 2);
  EXPECT_EQ(pod->condition("Other"), nullptr);
  // containers 2+1, sidecar 1 = 4; init peak: 4 + the sidecar before it = 5.
  EXPECT_EQ(pod->requested("nvidia.com/gpu"), 5);
  EXPECT_EQ(pod->requested("example.com/x"), 4);
  EXPECT_EQ(pod->requested("cpu"), 0);
  EXPECT_EQ(pod->extended_resources.size(), 2u);
}

TEST(DecodePod, KeepsTheNamesOfContainersThatWereAdded) {
  const auto pod = decode_text<PodRecord>(
      R"({"metadata":{"name":"p"},"spec":{"subdomain":"web",
          "ephemeralContainers":[{"image":"a","name":"debugger-1"},{"name":"debugger-2"}]}})",
      decode_pod);
  ASSERT_TRUE(pod) << pod.error().text();
  EXPECT_EQ(pod->ephemeral_containers, (std::vector<std::string>{"debugger-1", "debugger-2"}));
  EXPECT_EQ(pod->subdomain, "web");
}

TEST(DecodeEvent, CountsInBothStyles) {
  const auto old_style = decode_text<EventRecord>(
      R"({"metadata":{"name":"p.1"},"involvedObject":{"kind":"Pod","namespace":"ns","name":"p","uid":"u"},
          "type":"Warning","reason":"BackOff","message":"m","count":4,"eventTime":null,
          "firstTimestamp":"2026-11-23T10:00:00Z","lastTimestamp":"2026-11-23T11:00:00Z"})",
      decode_event);
  ASSERT_TRUE(old_style) << old_style.error().text();
  EXPECT_EQ(old_style->about.text(), "ns/p");
  EXPECT_EQ(old_style->about_uid, "u");
  EXPECT_EQ(old_style->kind, "Pod");
  EXPECT_EQ(old_style->count, 4);
  EXPECT_EQ(old_style->last_observed, *base::parse_time("2026-11-23T11:00:00Z"));
  const auto new_style = decode_text<EventRecord>(
      R"({"metadata":{"name":"p.2"},"reason":"R","eventTime":"2026-11-23T10:00:00.000000Z","lastTimestamp":null,
          "series":{"count":7,"lastObservedTime":"2026-11-23T12:00:00.000000Z"}})",
      decode_event);
  ASSERT_TRUE(new_style) << new_style.error().text();
  EXPECT_EQ(new_style->count, 7);
  EXPECT_EQ(new_style->last_observed, *base::parse_time("2026-11-23T12:00:00Z"));
}

TEST(DecodeEvent, BoundsAndRefuses) {
  const std::string text(5000, 'm');
  const auto event = decode_text<EventRecord>(
      R"({"metadata":{"name":"p"},"message":")" + text + R"(","reason":")" + text + R"(","count":-9})",
      decode_event);
  ASSERT_TRUE(event) << event.error().text();
  EXPECT_EQ(event->message.size(), 1024u);
  EXPECT_EQ(event->reason.size(), 128u);
  EXPECT_EQ(event->count, 1);
  for (const char* bad :
       {"[]", "{}", R"({"metadata":{"name":"p"},"count":"many"})", R"({"metadata":{"name":"p"},"series":7})",
        R"({"metadata":{"name":"p"},"lastTimestamp":"yesterday"})"}) {
    EXPECT_FALSE(decode_text<EventRecord>(bad, decode_event)) << bad;
  }
}

TEST(DecodePod, TakesFieldsInAnyOrderAndNulls) {
  const auto pod = decode_text<PodRecord>(
      R"({"status":{"conditions":null,"phase":"Odd"},"spec":{"containers":null,"tolerations":null,"nodeName":null,
          "overhead":null},"metadata":{"creationTimestamp":null,"labels":null,"name":"p","annotations":null,
          "finalizers":null,"ownerReferences":null,"deletionGracePeriodSeconds":null}})",
      decode_pod);
  ASSERT_TRUE(pod) << pod.error().text();
  EXPECT_EQ(pod->phase, PodPhase::kUnknown);
  EXPECT_FALSE(pod->meta.created);
  EXPECT_FALSE(pod->meta.deletion_grace_seconds);
  EXPECT_EQ(pod->node_name, "");
}

TEST(DecodePod, RefusesWrongTypes) {
  for (const char* text :
       {"", "[]", "null", "{", R"({"metadata":{}})", R"({"spec":{}})", R"({"metadata":{"name":7}})",
        R"({"metadata":{"name":"p"},"spec":{"containers":{}}})", R"({"metadata":{"name":"p"},"spec":[]})",
        R"({"metadata":{"name":"p"},"spec":{"nodeName":7}})",
        R"({"metadata":{"name":"p"},"spec":{"containers":[{"resources":{"requests":{"a/b":"lots"}}}]}})",
        R"({"metadata":{"name":"p","creationTimestamp":"yesterday"}})",
        R"({"metadata":{"name":"p"},"spec":{)"}) {
    const auto pod = decode_text<PodRecord>(text, decode_pod);
    ASSERT_FALSE(pod) << text;
    EXPECT_TRUE(pod.error().is(base::Code::kMalformed)) << text;
  }
}

TEST(DecodeNode, KeepsResourcesReadinessAndTaints) {
  const auto node = decode_text<NodeRecord>(
      R"({"metadata":{"name":"n1","uid":"u","labels":{"a":"b"},"annotations":{"x":"y"}},
          "spec":{"podCIDR":"10.0.0.0/24","unschedulable":true,"taints":[{"key":"k","value":"v","effect":"NoExecute","timeAdded":null}]},
          "status":{"allocatable":{"cpu":"64","memory":"1Ti","nvidia.com/gpu":"8","pods":"110"},
           "capacity":{"nvidia.com/gpu":"9"},
           "conditions":[{"type":"MemoryPressure","status":"False"},{"type":"Ready","status":"True"}],
           "addresses":[{"type":"Hostname","address":"n1"},{"type":"InternalIP","address":"10.0.0.7"},
                        {"type":"InternalIP","address":"fd00::7"}],
           "daemonEndpoints":{"kubeletEndpoint":{"Port":10250}}}})",
      decode_node);
  ASSERT_TRUE(node) << node.error().text();
  EXPECT_EQ(node->allocatable_of("nvidia.com/gpu"), 8);
  EXPECT_EQ(node->allocatable.size(), 1u);
  EXPECT_TRUE(node->ready);
  EXPECT_TRUE(node->unschedulable);
  ASSERT_EQ(node->taints.size(), 1u);
  EXPECT_EQ(node->taints[0].effect, "NoExecute");
  EXPECT_EQ(node->internal_ip, "10.0.0.7");
  EXPECT_EQ(node->kubelet_port, 10250);
  EXPECT_TRUE(node->meta.annotations.empty());
}

TEST(DecodeService, KeepsWhatSelects) {
  const auto service = decode_text<ServiceRecord>(
      R"({"metadata":{"namespace":"ml","name":"web"},"spec":{"clusterIP":"None","type":"ClusterIP",
          "selector":{"app":"web"},"ports":[{"port":80}]}})",
      decode_service);
  ASSERT_TRUE(service) << service.error().text();
  EXPECT_EQ(service->meta.key().text(), "ml/web");
  EXPECT_EQ(service->selector, (StringMap{{"app", "web"}}));
  EXPECT_TRUE(service->headless);
  EXPECT_FALSE(service->external);
  for (const char* text : {"[]", R"({"metadata":{"name":7}})", R"({"spec":{}})",
                           R"({"metadata":{"name":"a"},"spec":{"selector":{"a":1}}})",
                           R"({"metadata":{"name":"a"},"spec":{"clusterIP":[]}})"}) {
    EXPECT_FALSE(decode_text<ServiceRecord>(text, decode_service)) << text;
  }
}

TEST(Service, SelectsByAllOfItsLabels) {
  ServiceRecord service;
  service.selector = {{"app", "web"}, {"tier", "a"}};
  EXPECT_TRUE(selects(service, {{"app", "web"}, {"tier", "a"}, {"x", "y"}}));
  EXPECT_FALSE(selects(service, {{"app", "web"}}));
  EXPECT_FALSE(selects(service, {{"app", "web"}, {"tier", "b"}}));
  service.external = true;
  EXPECT_FALSE(selects(service, {{"app", "web"}, {"tier", "a"}})) << "an alias has no endpoints";
  service = {};
  EXPECT_FALSE(selects(service, {{"app", "web"}})) << "without a selector others say its endpoints";
}

TEST(DecodeMeta, KeepsAllAnnotations) {
  const auto record = decode_text<MetaRecord>(
      R"({"apiVersion":"v1","data":{"k":"v"},"metadata":{"name":"c","namespace":"x","annotations":{"b":"2","a":"1"}}})",
      decode_meta);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->meta.annotations, (StringMap{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(*find_value(record->meta.annotations, "b"), "2");
  EXPECT_EQ(find_value(record->meta.annotations, "z"), nullptr);
}

}  // namespace kube::record_test
