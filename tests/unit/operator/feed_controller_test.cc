#include "operator/feeds/feed_controller.h"

#include <gtest/gtest.h>

#include <atomic>

#include "support/replies.h"
#include "support/scripted_server.h"
#include "support/wait.h"

namespace op::feed_controller_test {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing_support::documented_reply;
using testing_support::Issued;
using testing_support::ok_reply;
using testing_support::ReadRequest;
using testing_support::Script;
using testing_support::ScriptedServer;
using testing_support::Send;
using testing_support::Stall;
using testing_support::TestAuthority;
using testing_support::wait_until;

constexpr seconds kLong{20};

const TestAuthority& authority() {
  static const TestAuthority ca("Feed CA");
  return ca;
}

const Issued& certificate() {
  static const Issued issued = authority().issue({.alt_names = "IP:127.0.0.1"});
  return issued;
}

Script good() { return {ReadRequest{}, Send{ok_reply(documented_reply("lambda-instance-types.json"))}}; }
Script bad() { return {ReadRequest{}, Send{"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"}}; }

/// A controller with providers and keys of the test's making, impatient so that tests are soon over.
class Feeds {
 public:
  Feeds()
      : controller({.providers = [this] { return providers(); },
                    .read_key = [this](const api::FeedSpec&) { return read_key(); }},
                   base::system_clock(), table, [this](const std::string&) { ++changes; },
                   {.limits = {.apart = milliseconds(0)}, .first_retry = milliseconds(5)}) {}
  ~Feeds() { controller.stop(); }

  /// Gives provider `name` a feed at `server`, or changes it.
  void feed(const std::string& name, const ScriptedServer& server,
            const std::function<void(api::ProviderRecord&)>& change = {}) {
    auto record = std::make_shared<api::ProviderRecord>();
    record->meta.name = name;
    record->feed.emplace();
    record->feed->url = server.url();
    record->feed->ca_bundle = authority().ca_pem();
    record->feed->secret = {"neoburst-system", "lambda"};
    record->feed->secret_key = "apiKey";
    record->feed->interval = milliseconds(10);
    if (change) change(*record);
    {
      const std::lock_guard lock(mutex_);
      providers_[name] = std::move(record);
    }
    controller.providers_changed();
  }
  void forget(const std::string& name) {
    {
      const std::lock_guard lock(mutex_);
      providers_.erase(name);
    }
    controller.providers_changed();
  }
  void key(std::variant<std::string, Trouble> value) {
    const std::lock_guard lock(mutex_);
    key_ = std::move(value);
  }
  bool has_prices(const std::string& name) {
    const auto state = table.find(name);
    return state && state->snapshot;
  }
  std::string reason(const std::string& name) {
    const auto state = table.find(name);
    return state ? state->trouble.reason : "";
  }

  FeedTable table;
  std::atomic<int> changes = 0;

 private:
  std::vector<std::shared_ptr<const api::ProviderRecord>> providers() {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const api::ProviderRecord>> out;
    for (const auto& [name, record] : providers_) out.push_back(record);
    return out;
  }
  base::Result<std::variant<std::string, Trouble>> read_key() {
    const std::lock_guard lock(mutex_);
    return key_;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const api::ProviderRecord>> providers_;
  std::variant<std::string, Trouble> key_ = "a-key\n";

 public:
  FeedController controller;  // last: its thread uses the members above
};

TEST(FeedController, AFailingFeedKeepsItsPricesAndRecovers) {
  Script recovering = good();
  recovering.insert(recovering.begin() + 1, Stall{});
  ScriptedServer server({good(), bad(), recovering, {ReadRequest{}, Stall{}}}, certificate());
  Feeds feeds;
  feeds.feed("lambda", server);
  feeds.controller.start();
  ASSERT_TRUE(wait_until("a failure", kLong, [&] { return feeds.reason("lambda") == "FeedFailed"; }));
  EXPECT_TRUE(feeds.has_prices("lambda"));
  server.release();
  ASSERT_TRUE(wait_until("recovery", kLong, [&] { return feeds.reason("lambda").empty(); }));
  EXPECT_TRUE(feeds.has_prices("lambda"));
  ASSERT_TRUE(server.wait_for_requests(4)) << "it goes on asking";
  EXPECT_EQ(feeds.changes, 3) << "prices, failure, recovery";
}

TEST(FeedController, PricesThatCannotBeRenewedGrowStaleAndStay) {
  const ScriptedServer server({good(), bad()}, certificate());
  Feeds feeds;
  feeds.feed("lambda", server, [](api::ProviderRecord& record) { record.feed->max_age = milliseconds(20); });
  feeds.controller.start();
  ASSERT_TRUE(wait_until("stale", kLong, [&] {
    const auto state = feeds.table.find("lambda");
    return state && state->stale;
  }));
  EXPECT_TRUE(feeds.has_prices("lambda"));
}

TEST(FeedController, AReplacedKeyIsUsedAtTheNextPoll) {
  const Script refused{ReadRequest{}, Send{"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"}};
  Script held = refused;
  held.insert(held.begin() + 1, Stall{});
  ScriptedServer server({refused, held, good()}, certificate());
  Feeds feeds;
  feeds.feed("lambda", server);
  feeds.controller.start();
  ASSERT_TRUE(wait_until("refusal", kLong, [&] { return feeds.reason("lambda") == "FeedKeyRejected"; }));
  EXPECT_EQ(feeds.table.find("lambda")->trouble.message.find("a-key"), std::string::npos);
  feeds.key("another-key");
  server.release();
  ASSERT_TRUE(wait_until("prices", kLong, [&] { return feeds.has_prices("lambda"); }));
  EXPECT_NE(server.requests().front().find("Authorization: Bearer a-key\r\n"), std::string::npos);
  ASSERT_TRUE(wait_until("the new key", kLong, [&] {
    return server.requests().back().find("Authorization: Bearer another-key\r\n") != std::string::npos;
  }));
}

TEST(FeedController, WithoutAUsableKeyNothingIsSent) {
  const ScriptedServer server({good()}, certificate());
  Feeds feeds;
  feeds.key(Trouble{"SecretNotFound", "Secret neoburst-system/lambda does not exist"});
  feeds.feed("lambda", server);
  feeds.controller.start();
  ASSERT_TRUE(wait_until("the reason", kLong, [&] { return feeds.reason("lambda") == "SecretNotFound"; }));
  for (const char* key : {"", " \n", "two\nlines", "bell\a"}) {
    feeds.key(Trouble{"SecretNotFound", "gone"});
    ASSERT_TRUE(wait_until("the reason", kLong, [&] { return feeds.reason("lambda") == "SecretNotFound"; }));
    feeds.key(key);
    ASSERT_TRUE(wait_until("the reason", kLong, [&] { return feeds.reason("lambda") == "FeedKeyInvalid"; }))
        << key;
  }
  EXPECT_EQ(server.connections(), 0u);
}

TEST(FeedController, AzureWithoutRegionsSaysSo) {
  const ScriptedServer server({good()}, certificate());
  Feeds feeds;
  feeds.feed("azure", server, [](api::ProviderRecord& record) {
    record.feed->type = api::FeedType::kAzureRetail;
    record.feed->secret = {};
  });
  feeds.controller.start();
  ASSERT_TRUE(wait_until("the reason", kLong, [&] { return feeds.reason("azure") == "FeedInvalid"; }));
  EXPECT_EQ(server.connections(), 0u);
}

TEST(FeedController, ProvidersComeAndGo) {
  const ScriptedServer server({good()}, certificate());
  Feeds feeds;
  feeds.controller.start();
  feeds.feed("lambda", server, [](api::ProviderRecord& record) { record.feed->interval = hours(1); });
  ASSERT_TRUE(wait_until("prices", kLong, [&] { return feeds.has_prices("lambda"); }));
  feeds.feed("other", server, [](api::ProviderRecord& record) { record.feed->interval = hours(1); });
  ASSERT_TRUE(wait_until("prices", kLong, [&] { return feeds.has_prices("other"); }));
  feeds.forget("lambda");
  ASSERT_TRUE(wait_until("its end", kLong, [&] { return !feeds.table.find("lambda"); }));
  EXPECT_TRUE(feeds.has_prices("other"));
  feeds.feed("other", server, [](api::ProviderRecord& record) { record.feed.reset(); });
  ASSERT_TRUE(wait_until("its end", kLong, [&] { return !feeds.table.find("other"); }));
}

TEST(FeedController, AHungFeedDoesNotHoldUpTheEnd) {
  const ScriptedServer server({{ReadRequest{}, Stall{}}}, certificate());
  Feeds feeds;
  feeds.feed("lambda", server);
  feeds.controller.start();
  ASSERT_TRUE(server.wait_for_requests(1));
  feeds.controller.stop();
  EXPECT_FALSE(feeds.table.find("lambda")) << "an end is no failure of the feed";
}

}  // namespace op::feed_controller_test
