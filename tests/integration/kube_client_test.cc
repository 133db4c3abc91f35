// lib/kube against a real API server: the home cluster of hack/sandbox, named by KUBECONFIG.

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <set>
#include <thread>

#include "kube/client/client.h"
#include "kube/core/node_record.h"
#include "kube/core/patch.h"
#include "kube/runtime/elector.h"
#include "kube/runtime/event_recorder.h"
#include "kube/runtime/informer.h"

namespace kube::kube_client_test {

bool wait_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

nlohmann::json config_map(const std::string& name, const std::string& value = "1") {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}, {"labels", {{"test", "kube-client"}}}}},
          {"data", {{"value", value}}}};
}

/// A namespace of its own for each test.
class KubeClient : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("KUBECONFIG") == nullptr)
      GTEST_SKIP() << "KUBECONFIG is not set: no API server to test against";
    client_ = make_client();
    ASSERT_NE(client_, nullptr);
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    ns_ = "kube-client-" + std::to_string(getpid()) + "-" + std::to_string(++count_);
    const auto made = client_->create(kNamespaces, "", {{"metadata", {{"name", ns_}}}});
    ASSERT_TRUE(made) << test->name() << ": " << made.error().text();
  }
  void TearDown() override {
    if (client_) {
      EXPECT_TRUE(client_->remove(kNamespaces, "", ns_, {}));
    }
  }
  static std::unique_ptr<Client> make_client() {
    auto config = load_kubeconfig(std::getenv("KUBECONFIG"));
    EXPECT_TRUE(config) << config.error().text();
    if (!config) return nullptr;
    auto client = Client::make(*config, "kube-client-test/1");
    EXPECT_TRUE(client) << client.error().text();
    return client ? std::move(*client) : nullptr;
  }

  static inline int count_ = 0;
  std::unique_ptr<Client> client_;
  std::string ns_;
};

TEST_F(KubeClient, CreatesReadsPatchesAndDeletes) {
  ASSERT_TRUE(client_->version());
  const auto made = client_->create(kConfigMaps, ns_, config_map("a"));
  ASSERT_TRUE(made) << made.error().text();
  const auto again = client_->create(kConfigMaps, ns_, config_map("a"));
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().is(base::Code::kAlreadyExists)) << again.error().text();

  const auto merged = client_->patch(kConfigMaps, ns_, "a", PatchType::kMerge, R"({"data":{"value":"2"}})");
  ASSERT_TRUE(merged) << merged.error().text();
  EXPECT_EQ((*merged)["data"]["value"], "2");
  JsonPatch wrong;
  wrong.test("/data/value", "1").replace("/data/value", "3");
  const auto refused = client_->patch(kConfigMaps, ns_, "a", PatchType::kJson, wrong.body());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(base::Code::kInvalid)) << refused.error().text();
  JsonPatch right;
  right.test("/data/value", "2").add("/metadata/annotations", {{"a/b", "c"}}).replace("/data/value", "3");
  ASSERT_TRUE(client_->patch(kConfigMaps, ns_, "a", PatchType::kJson, right.body()));

  const auto stale = client_->update(kConfigMaps, *made);
  ASSERT_FALSE(stale);
  EXPECT_TRUE(stale.error().is(base::Code::kConflict)) << stale.error().text();
  const auto other_uid =
      client_->remove(kConfigMaps, ns_, "a", {.uid = "00000000-0000-0000-0000-000000000000"});
  ASSERT_FALSE(other_uid);
  EXPECT_TRUE(other_uid.error().is(base::Code::kConflict)) << other_uid.error().text();
  ASSERT_TRUE(client_->remove(kConfigMaps, ns_, "a", {}));
  ASSERT_TRUE(client_->remove(kConfigMaps, ns_, "a", {}));
  const auto gone = client_->get(kConfigMaps, ns_, "a");
  ASSERT_FALSE(gone);
  EXPECT_TRUE(gone.error().is(base::Code::kNotFound));
  const auto invalid = client_->create(kConfigMaps, ns_, config_map("Not A Name"));
  ASSERT_FALSE(invalid);
  EXPECT_TRUE(invalid.error().is(base::Code::kInvalid));
}

TEST_F(KubeClient, AFieldThatTheServerDoesNotKnowIsLeftOutOrRefused) {
  nlohmann::json object = config_map("a");
  object["fromTheFuture"] = {{"matters", true}};
  auto strict = create_request(kConfigMaps, ns_, object.dump());
  refuse_unknown_fields(strict);
  const auto refused = client_->send(std::move(strict));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(base::Code::kInvalid)) << refused.error().text();
  EXPECT_NE(refused.error().message.find("fromTheFuture"), std::string::npos) << refused.error().message;
  const auto made = client_->create(kConfigMaps, ns_, object);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_FALSE(made->contains("fromTheFuture"));
}

TEST_F(KubeClient, InformerFollowsTheObjects) {
  Informer<MetaRecord> informer(
      *client_, {.resource = kConfigMaps, .ns = ns_, .label_selector = "test=kube-client"}, decode_meta);
  std::mutex mutex;
  std::multiset<std::string> told;
  informer.on_change([&](const Change<MetaRecord>& change) {
    const char sign = !change.before ? '+' : change.after ? '~' : '-';
    std::lock_guard lock(mutex);
    told.insert(sign + change.any().meta.name);
  });
  const auto heard = [&](const std::string& what) {
    return wait_until([&] {
      std::lock_guard lock(mutex);
      return told.contains(what);
    });
  };
  ASSERT_TRUE(client_->create(kConfigMaps, ns_, config_map("before")));
  informer.start();
  EXPECT_TRUE(heard("+before"));
  ASSERT_TRUE(client_->create(kConfigMaps, ns_, config_map("after")));
  EXPECT_TRUE(heard("+after"));
  ASSERT_TRUE(client_->patch(kConfigMaps, ns_, "after", PatchType::kMerge, R"({"data":{"value":"2"}})"));
  EXPECT_TRUE(heard("~after"));
  // Leaving the selection is a deletion.
  ASSERT_TRUE(client_->patch(kConfigMaps, ns_, "after", PatchType::kMerge,
                             R"({"metadata":{"labels":{"test":null}}})"));
  EXPECT_TRUE(heard("-after"));
  ASSERT_TRUE(client_->remove(kConfigMaps, ns_, "before", {}));
  EXPECT_TRUE(heard("-before"));
  EXPECT_EQ(informer.store().size(), 0u);
  EXPECT_EQ(informer.loop().last_error(), "");
}

TEST_F(KubeClient, ListsInPages) {
  constexpr int kMany = 1200;
  {
    std::vector<std::jthread> makers;
    for (int t = 0; t < 4; ++t) {
      makers.emplace_back([&, t] {
        for (int i = t; i < kMany; i += 4) {
          const auto made = client_->create(kConfigMaps, ns_, config_map("m" + std::to_string(i)));
          EXPECT_TRUE(made) << made.error().text();
        }
      });
    }
  }
  std::set<std::string> names;
  const auto version = client_->list(
      kConfigMaps, ns_, {.label_selector = "test=kube-client"},
      [&](JsonObject& object) -> base::Outcome {
        const auto record = decode_meta(object);
        if (record) names.insert(record->meta.name);
        return {};
      },
      [&] { names.clear(); });
  ASSERT_TRUE(version) << version.error().text();
  EXPECT_FALSE(version->empty());
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kMany));

  Informer<MetaRecord> informer(
      *client_, {.resource = kConfigMaps, .ns = ns_, .label_selector = "test=kube-client"}, decode_meta);
  informer.start();
  EXPECT_TRUE(wait_until([&] { return informer.store().size() == kMany; }));
  EXPECT_TRUE(client_->remove_collection(kConfigMaps, ns_, "test=kube-client"));
  EXPECT_TRUE(wait_until([&] { return informer.store().size() == 0; }));
}

TEST_F(KubeClient, OutdatedVersionIsExpiredOrServed) {
  // A version from the future is "too large": Expired, not a hang and not Unavailable.
  const auto future = client_->list(
      kConfigMaps, ns_, {.resource_version = "999999999999", .limit = 0},
      [](JsonObject&) -> base::Outcome { return {}; }, [] {});
  ASSERT_FALSE(future);
  EXPECT_TRUE(future.error().is(base::Code::kExpired)) << future.error().text();
}

TEST_F(KubeClient, ElectionHandsOver) {
  std::atomic<bool> first_leads = false;
  std::atomic<bool> second_leads = false;
  const auto options = [&](const char* identity) {
    return ElectionOptions{
        .ns = ns_, .name = "election", .identity = identity, .retry_period = std::chrono::milliseconds(100)};
  };
  Elector first(*client_, base::system_clock(), options("first"),
                {.started = [&] { first_leads = true; }, .lost = {}});
  Elector second(*client_, base::system_clock(), options("second"),
                 {.started = [&] { second_leads = true; }, .lost = {}});
  first.start();
  ASSERT_TRUE(wait_until([&] { return first_leads.load(); }));
  second.start();
  const auto renewals = [&] {
    const auto lease = client_->get(kLeases, ns_, "election");
    return lease ? (*lease)["spec"].value("renewTime", "") : std::string();
  };
  const auto before = renewals();
  ASSERT_TRUE(wait_until([&] { return renewals() != before; }));
  EXPECT_TRUE(first.leading());
  EXPECT_FALSE(second_leads);
  first.stop();
  ASSERT_TRUE(wait_until([&] { return second_leads.load(); }));
  EXPECT_FALSE(first.leading());
  EXPECT_TRUE(second.leading());
  second.stop();
}

TEST_F(KubeClient, WritesEvents) {
  const auto made = client_->create(kConfigMaps, ns_, config_map("subject"));
  ASSERT_TRUE(made);
  {
    EventRecorder recorder(*client_, "example.com/kube-client-test", "host-1");
    recorder.record({"v1", "ConfigMap", {ns_, "subject"}, (*made)["metadata"]["uid"]}, EventType::kWarning,
                    "Tested", "Testing", "a note");
  }
  std::vector<nlohmann::json> events;
  ASSERT_TRUE(wait_until([&] {
    events.clear();
    const auto listed = client_->list(
        kEvents, ns_, {},
        [&](JsonObject& object) -> base::Outcome {
          std::string_view raw;
          if (object.raw_json().get(raw)) return base::fail(base::Code::kMalformed, "raw");
          events.push_back(nlohmann::json::parse(raw));
          return {};
        },
        [&] { events.clear(); });
    return listed && events.size() == 1;
  }));
  EXPECT_EQ(events[0]["reason"], "Tested");
  EXPECT_EQ(events[0]["regarding"]["name"], "subject");
  EXPECT_EQ(events[0]["type"], "Warning");
}

}  // namespace kube::kube_client_test
