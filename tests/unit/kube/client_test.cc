#include "kube/client/client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "kube/client/list_page.h"
#include "kube/runtime/event_recorder.h"
#include "support/scripted_server.h"
#include "wait_until.h"

namespace kube::client_test {

/// Answers from a list, then 200 {}; records what came.
class FakeHttp : public net::HttpClient {
 public:
  struct Log {
    std::mutex mutex;
    std::vector<net::HttpRequest> requests;
    std::deque<net::HttpResponse> replies;
    std::size_t count() {
      std::lock_guard lock(mutex);
      return requests.size();
    }
  };
  explicit FakeHttp(std::shared_ptr<Log> log) : log_(std::move(log)) {}
  base::Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token stop) override {
    if (stop.stop_requested()) return base::fail(base::Code::kCancelled, "stopped");
    std::lock_guard lock(log_->mutex);
    log_->requests.push_back(request);
    if (log_->replies.empty()) return net::HttpResponse{200, {}, "{}"};
    auto reply = log_->replies.front();
    log_->replies.pop_front();
    return reply;
  }
  base::Result<std::unique_ptr<net::HttpStream>> open_stream(const net::HttpRequest&,
                                                             std::stop_token) override {
    return base::fail(base::Code::kInvalid, "no streams here");
  }

 private:
  std::shared_ptr<Log> log_;
};

class CountingToken : public TokenSource {
 public:
  base::Result<std::string> token() override { return "t" + std::to_string(generation_.load()); }
  void invalidate() override { ++generation_; }

 private:
  std::atomic<int> generation_{0};
};

struct Fixture {
  explicit Fixture(std::deque<net::HttpResponse> replies) : log(std::make_shared<FakeHttp::Log>()) {
    log->replies = std::move(replies);
    ClientConfig config;
    config.endpoint.path_prefix = "/base";
    config.token = std::make_shared<CountingToken>();
    client = std::make_unique<Client>(std::make_unique<FakeHttp>(log), config, "agent/1");
  }
  std::shared_ptr<FakeHttp::Log> log;
  std::unique_ptr<Client> client;
};

TEST(Client, AddsPrefixAndCredentials) {
  Fixture f({});
  ASSERT_TRUE(f.client->get(kPods, "a", "b"));
  const auto& request = f.log->requests.at(0);
  EXPECT_EQ(request.target, "/base/api/v1/namespaces/a/pods/b");
  EXPECT_EQ(net::find_header(request.headers, "authorization"), "Bearer t0");
  EXPECT_EQ(net::find_header(request.headers, "user-agent"), "agent/1");
}

TEST(Client, TheServersPathPrefixIsThereOnce) {
  testing_support::ScriptedServer server(
      {{testing_support::ReadRequest{}, testing_support::Send{testing_support::ok_reply("{}")}}});
  ClientConfig config;
  config.endpoint = {
      .tls = false, .host = "127.0.0.1", .port = server.port(), .path_prefix = "/clusters/c-1"};
  const auto client = Client::make(config, "agent/1");
  ASSERT_TRUE(client);
  ASSERT_TRUE((*client)->get(kPods, "a", "b"));
  EXPECT_TRUE(
      server.requests().at(0).starts_with("GET /clusters/c-1/api/v1/namespaces/a/pods/b HTTP/1.1\r\n"))
      << server.requests().at(0);
}

TEST(Client, RefreshesTheTokenOnce) {
  Fixture f({{401, {}, ""}, {200, {}, "{}"}, {401, {}, ""}, {401, {}, ""}});
  ASSERT_TRUE(f.client->get(kPods, "a", "b"));
  EXPECT_EQ(net::find_header(f.log->requests.at(1).headers, "authorization"), "Bearer t1");
  const auto refused = f.client->get(kPods, "a", "b");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(base::Code::kUnauthenticated));
  EXPECT_EQ(f.log->requests.size(), 4u);
}

TEST(Client, RemovingWhatIsGoneSucceeds) {
  Fixture f({{404, {}, ""}, {409, {}, R"({"kind":"Status","reason":"Conflict"})"}});
  EXPECT_TRUE(f.client->remove(kPods, "a", "b", {}));
  const auto conflict = f.client->remove(kPods, "a", "b", {});
  ASSERT_FALSE(conflict);
  EXPECT_TRUE(conflict.error().is(base::Code::kConflict));
}

TEST(Client, UpdatesByTheNameInTheObject) {
  Fixture f({});
  ASSERT_TRUE(f.client->update(kConfigMaps, {{"metadata", {{"name", "n"}, {"namespace", "x"}}}}, "status"));
  EXPECT_EQ(f.log->requests.at(0).target, "/base/api/v1/namespaces/x/configmaps/n/status");
  const auto nameless = f.client->update(kConfigMaps, nlohmann::json::object());
  ASSERT_FALSE(nameless);
  EXPECT_TRUE(nameless.error().is(base::Code::kInvalid));
}

TEST(Client, StopCancels) {
  Fixture f({});
  f.client->stop();
  const auto reply = f.client->get(kPods, "a", "b");
  ASSERT_FALSE(reply);
  EXPECT_TRUE(reply.error().is(base::Code::kCancelled));
}

TEST(Client, RefusesRepliesThatAreNoJson) {
  Fixture f({{200, {}, "<html>"}});
  const auto reply = f.client->version();
  ASSERT_FALSE(reply);
  EXPECT_TRUE(reply.error().is(base::Code::kMalformed));
}

TEST(ListPage, TakesBothOrdersAndSkipsMalformedItems) {
  for (
      std::string body :
      {R"({"metadata":{"resourceVersion":"5","continue":"c"},"items":[{"a":1},{"bad":{"x":[1]}},7,{"a":2}]})",
       R"({"items":[{"a":1},{"bad":{"x":[1]}},7,{"a":2}],"metadata":{"continue":"c","resourceVersion":"5"}})"}) {
    std::int64_t sum = 0;
    const auto page = read_list_page(body, [&](JsonObject& object) {
      return for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
        if (key == "bad") return base::fail(base::Code::kMalformed, "bad");
        auto number = read_int(value);
        if (number) sum += *number;
        return {};
      });
    });
    ASSERT_TRUE(page) << page.error().text();
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(page->resource_version, "5");
    EXPECT_EQ(page->continue_token, "c");
  }
}

TEST(ListPage, RefusesWhatIsNoListAndPassesFailuresOn) {
  const auto ignore = [](JsonObject&) -> base::Outcome { return {}; };
  for (std::string body : {"", "[]", "{}", R"({"items":{}})", R"({"items":[{}]", R"({"items":[{},)"}) {
    const auto page = read_list_page(body, ignore);
    ASSERT_FALSE(page) << body;
    EXPECT_TRUE(page.error().is(base::Code::kMalformed));
  }
  std::string null_items = R"({"items":null,"metadata":{"resourceVersion":"1"}})";
  EXPECT_TRUE(read_list_page(null_items, ignore));
  std::string body = R"({"items":[{}]})";
  const auto ended = read_list_page(
      body, [](JsonObject&) -> base::Outcome { return base::fail(base::Code::kCancelled, ""); });
  ASSERT_FALSE(ended);
  EXPECT_TRUE(ended.error().is(base::Code::kCancelled));
}

TEST(EventRecorder, WritesOnceWhatIsEqual) {
  Fixture f({{503, {}, ""}});
  {
    EventRecorder recorder(*f.client, "example.com/c", "host-1");
    const EventRef pod{"v1", "Pod", {"x", "p"}, "u1"};
    recorder.record(pod, EventType::kWarning, "Failed", "Placing", std::string(2000, 'n'));
    recorder.record(pod, EventType::kWarning, "Failed", "Placing", std::string(2000, 'n'));
    recorder.record({"v1", "Node", {"", "n"}, ""}, EventType::kNormal, "Seen", "", "note");
    ASSERT_TRUE(wait_until([&] { return f.log->count() >= 3; }));  // the first one is tried twice
  }
  ASSERT_EQ(f.log->requests.size(), 3u);
  EXPECT_EQ(f.log->requests[0].body, f.log->requests[1].body);
  EXPECT_EQ(f.log->requests[0].target, "/base/apis/events.k8s.io/v1/namespaces/x/events");
  const auto event = nlohmann::json::parse(f.log->requests[0].body);
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["reason"], "Failed");
  EXPECT_EQ(event["action"], "Placing");
  EXPECT_EQ(event["reportingController"], "example.com/c");
  EXPECT_EQ(event["reportingInstance"], "host-1");
  EXPECT_EQ(event["note"].get<std::string>().size(), 1024u);
  EXPECT_EQ(event["regarding"]["uid"], "u1");
  EXPECT_EQ(event["metadata"]["name"].get<std::string>().rfind("p.", 0), 0u);
  EXPECT_EQ(event["eventTime"].get<std::string>().size(), 27u);
  EXPECT_EQ(f.log->requests[2].target, "/base/apis/events.k8s.io/v1/namespaces/default/events");
  const auto of_node = nlohmann::json::parse(f.log->requests[2].body);
  EXPECT_FALSE(of_node["regarding"].contains("namespace"));
  EXPECT_EQ(of_node["action"], "Seen");
}

TEST(EventRecorder, ASeriesIsOneEventWhoeverWritesIt) {
  // Created; then it exists already, so that only the count is written.
  Fixture f({{200, {}, "{}"},
             {409, {}, R"({"kind":"Status","reason":"AlreadyExists","code":409})"},
             {200, {}, "{}"}});
  {
    EventRecorder recorder(*f.client, "c", "i");
    const EventRef pod{"v1", "Pod", {"x", "p"}, "u1"};
    recorder.record_series(pod, EventType::kWarning, "BackOff", "Provider", "note", "abc", 1);
    recorder.record_series(pod, EventType::kWarning, "BackOff", "Provider", "note", "abc", 5);
    ASSERT_TRUE(wait_until([&] { return f.log->count() >= 3; }));
  }
  ASSERT_EQ(f.log->requests.size(), 3u);
  const auto first = nlohmann::json::parse(f.log->requests[0].body);
  EXPECT_EQ(first["metadata"]["name"], "p.abc");
  EXPECT_FALSE(first.contains("series"));
  EXPECT_EQ(f.log->requests[1].method, "POST");
  EXPECT_EQ(f.log->requests[2].method, "PATCH");
  EXPECT_EQ(f.log->requests[2].target, "/base/apis/events.k8s.io/v1/namespaces/x/events/p.abc");
  EXPECT_EQ(nlohmann::json::parse(f.log->requests[2].body)["series"]["count"], 5);
}

TEST(EventRecorder, NeverBlocksAndDropsWhatIsTooMuch) {
  Fixture f({});
  EventRecorder recorder(*f.client, "c", "i");
  for (int i = 0; i < 5000; ++i) {
    recorder.record({"v1", "Pod", {"x", "p" + std::to_string(i)}, ""}, EventType::kNormal, "R", "A", "n");
  }
  EXPECT_TRUE(wait_until([&] { return f.log->count() > 0; }));
}

}  // namespace kube::client_test
