#include "operator/logs/log_keeper.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "fake_lists.h"
#include "support/manual_clock.h"
#include "support/wait.h"

namespace op::log_keeper_test {

using nlohmann::json;
using namespace std::chrono_literals;
using testing_support::wait_until;

namespace fs = std::filesystem;

const std::string kUid = "00000000-1111-2222-3333-00000000000";  // and a digit

/// A provider whose pods have logs, or that never answers.
struct FakeProvider {
  FakeProvider() {
    lists.on_stream = [this](const net::HttpRequest& request,
                             std::stop_token stop) -> std::optional<FakeLists::Stream> {
      if (request.target.find("/log?") == std::string::npos) return std::nullopt;
      std::unique_lock lock(mutex);
      targets.push_back(request.target);
      most_at_once = std::max(most_at_once, ++at_once);
      if (stalls) gone_on.wait_for(lock, stop, request.timeout, [this] { return !stalls; });
      --at_once;
      if (stalls) return base::fail(base::Code::kDeadline, "it stalls");
      if (failure) return base::fail(*failure, "as the test says");
      return FakeLists::text(log);
    };
  }
  template <typename Change>
  void change(Change change) {
    std::lock_guard lock(mutex);
    change();
    gone_on.notify_all();
  }
  std::size_t asked() {
    std::lock_guard lock(mutex);
    return targets.size();
  }

  FakeLists lists;
  std::mutex mutex;
  std::condition_variable_any gone_on;
  bool stalls = false;
  std::optional<base::Code> failure;
  std::string log = "2026-11-24T02:00:00Z hello\n";
  int at_once = 0;
  int most_at_once = 0;
  std::vector<std::string> targets;
};

class Keeper : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("neoburst-keeper-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    spool_ = std::make_unique<LogSpool>(folder_);
    for (int i = 0; i < 8; ++i) put_pod(i);
    client_ = home_api_.client();
    events_ = std::make_unique<kube::EventRecorder>(*client_, "test", "test");
    home_ = std::make_unique<Home>(*client_, clock_, *events_, "id");
    connect("good", good_);
    connect("stuck", stuck_);
    keeper_ = std::make_unique<LogKeeper>(*home_, clusters_, *spool_, [this](const auto&) { ++told_; });
    home_->pods.start();
    ASSERT_TRUE(wait_until("the pods", 20s, [&] { return home_->pods.synced(); }));
  }
  void TearDown() override {
    keeper_->stop();
    home_->stop();
    client_->stop();
    fs::remove_all(folder_);
  }
  void put_pod(int number) {
    home_api_.put(kube::kPods, {{"metadata",
                                 {{"namespace", "team"},
                                  {"name", "pod-" + std::to_string(number)},
                                  {"uid", kUid + std::to_string(number)}}},
                                {"spec",
                                 {{"nodeName", "neoburst-a"},
                                  {"initContainers", {{{"name", "setup"}}}},
                                  {"containers", {{{"name", "main"}}}}}},
                                {"status", {{"phase", "Succeeded"}}}});
  }
  void connect(const std::string& name, FakeProvider& provider) {
    clusters_.put(std::make_shared<RemoteCluster>(
        name, burst::NamespaceRule{"neoburst", ""}, provider.lists.client(), Permissions{}, "id",
        [](const std::string&, kube::Urgency) {}, [] {}));
  }
  static EndedTwin twin(int number, const std::string& provider, bool all_written = true) {
    return {.pod_uid = kUid + std::to_string(number),
            .pod = {"team", "pod-" + std::to_string(number)},
            .attempt = "twin-" + std::to_string(number),
            .provider = provider,
            .remote_namespace = "neoburst",
            .all_written = all_written};
  }
  bool wait_settled(const EndedTwin& twin) {
    return wait_until("the logs of " + twin.attempt, 20s, [&] { return keeper_->settled(twin); });
  }
  std::string kept(int number, const std::string& container = "main") {
    const auto log = spool_->read(kUid + std::to_string(number), container, {.timestamps = true});
    return log ? *log : log.error().text();
  }

  testing_support::ManualClock clock_;
  FakeLists home_api_;
  FakeProvider good_;
  FakeProvider stuck_;
  fs::path folder_;
  std::unique_ptr<LogSpool> spool_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<kube::EventRecorder> events_;
  std::unique_ptr<Home> home_;
  RemoteClusters clusters_;
  std::atomic<int> told_{0};
  std::unique_ptr<LogKeeper> keeper_;
};

TEST_F(Keeper, BringsTheLogsOfEachContainerHomeAndTells) {
  keeper_->start();
  EXPECT_FALSE(keeper_->settled(twin(0, "good")));
  ASSERT_TRUE(wait_until("to be told", 20s, [&] { return told_ == 1; }));
  EXPECT_TRUE(keeper_->settled(twin(0, "good")));
  EXPECT_EQ(kept(0), good_.log);
  EXPECT_EQ(kept(0, "setup"), good_.log);
}

TEST_F(Keeper, AProviderThatStallsHoldsItsTwinsAMinuteAndThoseOfNobodyElse) {
  stuck_.stalls = true;
  keeper_->start();
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(keeper_->settled(twin(i, "stuck")));
  ASSERT_TRUE(wait_until("the provider to be asked", 20s, [&] { return stuck_.asked() > 0; }));
  EXPECT_FALSE(keeper_->settled(twin(6, "good")));
  EXPECT_TRUE(wait_settled(twin(6, "good")));
  EXPECT_EQ(kept(6), good_.log);
  clock_.advance(LogKeeper::kPatience - 1s);
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(keeper_->settled(twin(i, "stuck"))) << i;
  clock_.advance(1s);
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(keeper_->settled(twin(i, "stuck"))) << i;
    EXPECT_FALSE(keeper_->fetching("twin-" + std::to_string(i)));
  }
  EXPECT_EQ(stuck_.most_at_once, 1) << "one that stalls is not asked for all at once";
}

TEST_F(Keeper, AFailureIsTriedAgainAndARefusalIsNot) {
  good_.failure = base::Code::kUnavailable;
  keeper_->start();
  EXPECT_FALSE(keeper_->settled(twin(0, "good")));
  ASSERT_TRUE(wait_until("a first try", 20s, [&] { return good_.asked() > 0; }));
  EXPECT_FALSE(keeper_->settled(twin(0, "good")));
  good_.change([&] { good_.failure.reset(); });
  // Its time comes by the clock.
  ASSERT_TRUE(wait_until("a second try", 20s, [&] {
    clock_.advance(10ms);
    return keeper_->settled(twin(0, "good"));
  }));
  EXPECT_EQ(kept(0), good_.log);
  stuck_.failure = base::Code::kForbidden;
  EXPECT_FALSE(keeper_->settled(twin(1, "stuck")));
  EXPECT_TRUE(wait_settled(twin(1, "stuck")));
  EXPECT_EQ(stuck_.asked(), 1u);
}

TEST_F(Keeper, WhatATwinWroteUntilItsEndTakesThePlaceOfWhatItHadWritten) {
  keeper_->start();
  const std::string so_far = good_.log;
  EXPECT_TRUE(wait_settled(twin(0, "good", false)));
  EXPECT_EQ(kept(0), so_far);
  const std::string all = so_far + "2026-11-24T02:00:09Z bye\n";
  good_.change([&] { good_.log = all; });
  EXPECT_TRUE(keeper_->settled(twin(0, "good", false))) << "what it writes meanwhile is not asked for again";
  EXPECT_FALSE(keeper_->settled(twin(0, "good", true)));
  EXPECT_TRUE(wait_settled(twin(0, "good", true)));
  EXPECT_EQ(kept(0), all);
  // The next one went before it could be asked: what there is stays.
  EXPECT_TRUE(wait_settled(twin(1, "good", false)));
  good_.change([&] { good_.failure = base::Code::kNotFound; });
  EXPECT_TRUE(wait_settled(twin(1, "good", true)));
  EXPECT_EQ(kept(1), all);
}

TEST_F(Keeper, LogsGoWithTheirPod) {
  ASSERT_TRUE(spool_->save(kUid + "9", "main", "of a pod that went while nobody led\n"));
  home_api_.remove(kube::kPods, "team", "pod-7");
  ASSERT_TRUE(wait_until("the pod to go", 20s, [&] { return home_->pods.store().all().size() == 7; }));
  EXPECT_TRUE(spool_->has(kUid + "9", "main"));
  keeper_->start();
  EXPECT_FALSE(spool_->has(kUid + "9", "main"));
  EXPECT_TRUE(wait_settled(twin(0, "good")));
  EXPECT_TRUE(wait_settled(twin(1, "good")));
  home_api_.remove(kube::kPods, "team", "pod-0");
  EXPECT_TRUE(wait_until("the log to go", 20s, [&] { return !spool_->has(kUid + "0", "main"); }));
  EXPECT_EQ(kept(1), good_.log);
  EXPECT_TRUE(wait_settled(twin(7, "good"))) << "nothing is kept for a pod that is not there";
  EXPECT_FALSE(spool_->has(kUid + "7", "main"));
}

}  // namespace op::log_keeper_test
