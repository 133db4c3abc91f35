#include "kube/runtime/informer.h"

#include <gtest/gtest.h>

#include <mutex>

#include "kube/core/node_record.h"
#include "support/scripted_server.h"
#include "wait_until.h"

namespace kube::informer_test {

using testing_support::Close;
using testing_support::ReadRequest;
using testing_support::Reset;
using testing_support::Script;
using testing_support::ScriptedServer;
using testing_support::Send;
using testing_support::Stall;

// One request per connection, so that the n-th script answers the n-th request.
std::string reply(int status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Type: application/json\r\nConnection: close\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
Script answers(std::string bytes) { return {ReadRequest{}, Send{std::move(bytes)}, Close{}}; }

const std::string kStreamHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
std::string chunk(const std::string& bytes) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + bytes + "\r\n";
}
const std::string kEnd = "0\r\n\r\n";

std::string object(const std::string& name, const std::string& uid, const std::string& version) {
  return R"({"metadata":{"name":")" + name + R"(","namespace":"x","uid":")" + uid +
         R"(","resourceVersion":")" + version + "\"}}";
}
std::string list(const std::string& version, const std::string& items, const std::string& token = "") {
  return R"({"kind":"ConfigMapList","metadata":{"resourceVersion":")" + version + R"(","continue":")" +
         token + R"("},"items":[)" + items + "]}";
}
std::string event(const std::string& type, const std::string& object_json) {
  return R"({"type":")" + type + R"(","object":)" + object_json + "}\n";
}
const Script kSilentWatch = {ReadRequest{}, Send{kStreamHead}, Stall{}};

/// An informer of ConfigMaps against a script, and what its handler was told: "+name/uid", "~name/uid",
/// "-name/uid".
class InformerTest : public ::testing::Test {
 protected:
  void run(std::vector<Script> scripts, std::chrono::seconds stall = std::chrono::seconds(150)) {
    server_ = std::make_unique<ScriptedServer>(std::move(scripts));
    ClientConfig config;
    config.endpoint = *net::parse_endpoint(server_->url());
    client_ = *Client::make(config, "test/1");
    InformerOptions options{.resource = kConfigMaps};
    options.stall_timeout = stall;
    informer_ = std::make_unique<Informer<MetaRecord>>(*client_, options, decode_meta);
    informer_->on_change([this](const Change<MetaRecord>& change) {
      const char sign = !change.before ? '+' : change.after ? '~' : '-';
      std::lock_guard lock(mutex_);
      told_.push_back(sign + change.any().meta.name + "/" + change.any().meta.uid);
    });
    informer_->start();
  }
  void TearDown() override {
    if (informer_) informer_->stop();
  }
  std::vector<std::string> told() {
    std::lock_guard lock(mutex_);
    return told_;
  }
  bool wait_told(std::vector<std::string> want) {
    const bool came = wait_until([&] { return told().size() >= want.size(); });
    auto got = told();
    std::sort(got.begin(), got.end());
    std::sort(want.begin(), want.end());
    EXPECT_EQ(got, want);
    return came;
  }
  std::string request_line(std::size_t n) {
    EXPECT_TRUE(server_->wait_for_requests(n + 1));
    const auto requests = server_->requests();
    if (requests.size() <= n) return "";
    return requests[n].substr(0, requests[n].find("\r\n"));
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  std::unique_ptr<ScriptedServer> server_;
  std::unique_ptr<Client> client_;
  std::mutex mutex_;
  std::vector<std::string> told_;
  std::unique_ptr<Informer<MetaRecord>> informer_;  // last: its handler uses the members above
};

TEST_F(InformerTest, ReadsPagesThenWatches) {
  run({answers(reply(200, list("10", object("a", "1", "3") + "," + object("b", "2", "4"), "next"))),
       answers(
           reply(200, R"({"items":[)" + object("c", "3", "5") + R"(],"metadata":{"resourceVersion":"10"}})")),
       {ReadRequest{}, Send{kStreamHead + chunk(event("ADDED", object("d", "4", "11")))}, Stall{}}});
  ASSERT_TRUE(wait_told({"+a/1", "+b/2", "+c/3", "+d/4"}));
  EXPECT_TRUE(informer_->synced());
  EXPECT_EQ(informer_->store().size(), 4u);
  EXPECT_EQ(informer_->store().get({"x", "c"})->meta.uid, "3");
  EXPECT_EQ(informer_->loop().last_error(), "");
  EXPECT_TRUE(has(request_line(0), "/api/v1/configmaps?limit=500&resourceVersion=0"));
  EXPECT_TRUE(has(request_line(1), "limit=500&continue=next"));
  EXPECT_FALSE(has(request_line(1), "resourceVersion"));
  EXPECT_TRUE(has(request_line(2), "watch=1&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds="));
  EXPECT_TRUE(has(server_->requests()[0], "User-Agent: test/1"));
}

TEST_F(InformerTest, ExpiredBetweenPagesStartsOverConsistently) {
  run({answers(reply(200, list("10", object("gone", "1", "3"), "next"))),
       answers(reply(410, R"({"kind":"Status","reason":"Expired","code":410})")),
       answers(reply(200, list("20", object("a", "2", "4")))), kSilentWatch});
  ASSERT_TRUE(wait_told({"+a/2"}));
  EXPECT_FALSE(has(request_line(2), "resourceVersion"));
  EXPECT_FALSE(has(request_line(2), "continue"));
  EXPECT_TRUE(has(request_line(3), "resourceVersion=20"));
}

TEST_F(InformerTest, RelistAfterErrorEventSynthesisesDeletions) {
  run({answers(reply(200, list("10", object("a", "1", "3") + "," + object("b", "2", "4") + "," +
                                         object("c", "3", "5")))),
       answers(
           kStreamHead +
           chunk(event("MODIFIED", object("a", "1", "11")) +
                 event("ERROR", R"({"kind":"Status","code":410,"reason":"Expired","message":"too old"})")) +
           kEnd),
       answers(reply(200, list("20", object("a", "1", "11") + "," + object("c", "33", "12")))),
       kSilentWatch});
  // a is unchanged, b vanished, c was made anew under its name.
  ASSERT_TRUE(wait_told({"+a/1", "+b/2", "+c/3", "~a/1", "-b/2", "-c/3", "+c/33"}));
  EXPECT_TRUE(has(request_line(2), "/configmaps?resourceVersion=11 "));
  EXPECT_TRUE(has(request_line(3), "resourceVersion=20"));
}

TEST_F(InformerTest, ExpiredWatchRelistsAndExpiredRelistReadsConsistently) {
  const auto gone = answers(reply(410, R"({"kind":"Status","reason":"Expired"})"));
  run({answers(reply(200, list("10", ""))), gone, gone,
       answers(reply(200, list("30", object("a", "1", "25")))), kSilentWatch});
  ASSERT_TRUE(wait_told({"+a/1"}));
  EXPECT_TRUE(has(request_line(1), "watch=1"));
  EXPECT_TRUE(has(request_line(2), "resourceVersion=10"));
  EXPECT_TRUE(has(request_line(3), "/configmaps?limit=500 "));
}

TEST_F(InformerTest, ThrottledWatchResumesWithoutRelisting) {
  run({answers(reply(200, list("10", ""))), answers(reply(429, "", "Retry-After: 1\r\n")), kSilentWatch});
  EXPECT_TRUE(has(request_line(2), "watch=1&allowWatchBookmarks=true&resourceVersion=10"));
}

TEST_F(InformerTest, CutWithinAnEventResumesFromTheLastWholeOne) {
  const std::string second = event("ADDED", object("b", "2", "12"));
  run({answers(reply(200, list("10", ""))),
       {ReadRequest{},
        Send{kStreamHead + chunk(event("ADDED", object("a", "1", "11")) + second.substr(0, 20))}, Reset{}},
       {ReadRequest{}, Send{kStreamHead + chunk(second.substr(0, 30)) + chunk(second.substr(30))}, Stall{}}});
  ASSERT_TRUE(wait_told({"+a/1", "+b/2"}));
  EXPECT_TRUE(has(request_line(2), "resourceVersion=11"));
}

TEST_F(InformerTest, SkipsGarbageAndKeepsItsProgress) {
  run({answers(reply(200, list("10", R"({"metadata":{"name":7}},"text",)" + object("a", "1", "3")))),
       answers(kStreamHead +
               chunk("garbage\n\n" + event("ADDED", R"({"metadata":{"name":5,"resourceVersion":"14"}})")) +
               kEnd),
       {ReadRequest{}, Send{kStreamHead + chunk(event("ADDED", object("b", "2", "15")))}, Stall{}}});
  ASSERT_TRUE(wait_told({"+a/1", "+b/2"}));
  EXPECT_TRUE(has(request_line(2), "resourceVersion=14"));
}

TEST_F(InformerTest, StalledWatchIsOpenedAgainWithoutRelisting) {
  run({answers(reply(200, list("10", object("a", "1", "3")))), kSilentWatch, kSilentWatch},
      std::chrono::seconds(1));
  EXPECT_TRUE(has(request_line(2), "watch=1&allowWatchBookmarks=true&resourceVersion=10"));
  EXPECT_EQ(told().size(), 1u);
}

TEST_F(InformerTest, ResumesFromTheBookmark) {
  run({answers(reply(200, list("10", object("a", "1", "3")))),
       answers(kStreamHead +
               chunk(event("BOOKMARK", R"({"kind":"ConfigMap","metadata":{"resourceVersion":"40"}})")) +
               kEnd),
       {ReadRequest{}, Send{kStreamHead + chunk(event("DELETED", object("a", "1", "41")))}, Stall{}}});
  ASSERT_TRUE(wait_told({"+a/1", "-a/1"}));
  EXPECT_TRUE(has(request_line(2), "resourceVersion=40"));
  EXPECT_EQ(informer_->store().size(), 0u);
}

TEST_F(InformerTest, NewUidUnderTheSameNameIsDeletionAndAddition) {
  run({answers(reply(200, list("10", object("a", "1", "3")))),
       {ReadRequest{},
        Send{kStreamHead + chunk(event("MODIFIED", object("a", "1", "3")) +  // repeated: not told
                                 event("MODIFIED", object("a", "2", "12")))},
        Stall{}}});
  ASSERT_TRUE(wait_told({"+a/1", "-a/1", "+a/2"}));
}

TEST_F(InformerTest, FailedListIsTriedAgainAndNotHalfShown) {
  run({answers(reply(200, list("10", object("half", "1", "3"), "next"))), answers(reply(503, "")),
       answers(reply(200, list("11", object("a", "2", "4")))), kSilentWatch});
  ASSERT_TRUE(wait_told({"+a/2"}));
  EXPECT_EQ(informer_->store().size(), 1u);
}

TEST_F(InformerTest, StopsWhileAListHangs) {
  run({{ReadRequest{}, Stall{}}});
  ASSERT_TRUE(server_->wait_for_requests(1));
  informer_->stop();
  EXPECT_FALSE(informer_->synced());
  informer_->stop();
}

}  // namespace kube::informer_test
