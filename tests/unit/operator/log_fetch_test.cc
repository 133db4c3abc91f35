#include "operator/logs/log_fetch.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/scripted_server.h"

namespace op::log_fetch_test {

using base::Code;
using testing_support::Close;
using testing_support::ReadRequest;
using testing_support::Script;
using testing_support::ScriptedServer;
using testing_support::Send;
using testing_support::Stall;

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string chunk(const std::string& text) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}

base::Result<std::string> fetch(ScriptedServer& server,
                                std::chrono::milliseconds patience = std::chrono::seconds(20),
                                std::stop_token stop = {}) {
  kube::ClientConfig config;
  config.endpoint = *net::parse_endpoint(server.url());
  const auto client = *kube::Client::make(config, "test/1");
  return fetch_log_tail(*client, {"remote", "twin-1", "main"}, 1000, patience, stop);
}

TEST(FetchLogTail, AsksForTheEndWithTimes) {
  ScriptedServer server(
      {{ReadRequest{}, Send{kHead + chunk("2026-11-24T02:00:00Z hello\n") + chunk("")}, Close{}}});
  const auto log = fetch(server);
  ASSERT_TRUE(log) << log.error().text();
  EXPECT_EQ(*log, "2026-11-24T02:00:00Z hello\n");
  EXPECT_TRUE(server.requests()[0].starts_with(
      "GET /api/v1/namespaces/remote/pods/twin-1/log?container=main&timestamps=true&tailLines=46 "
      "HTTP/1.1\r\n"))
      << server.requests()[0];
}

/// A log of `lines` lines of 30 bytes.
std::string log_of(int lines) {
  std::string log;
  for (int i = 0; i < lines; ++i) {
    char line[40];
    std::snprintf(line, sizeof line, "2026-11-24T02:00:00Z %08d\n", i);
    log += line;
  }
  return log;
}
Script answers(const std::string& log) {
  return {ReadRequest{}, Send{kHead + chunk(log) + chunk("")}, Close{}};
}
std::string lines_asked_for(const std::string& request) {
  const auto begin = request.find("tailLines=") + 10;
  return request.substr(begin, request.find(' ', begin) - begin);
}
base::Result<std::string> fetch_much(ScriptedServer& server) {
  kube::ClientConfig config;
  config.endpoint = *net::parse_endpoint(server.url());
  const auto client = *kube::Client::make(config, "test/1");
  return fetch_log_tail(*client, {"remote", "twin-1", "main"}, 256u << 10, std::chrono::seconds(20), {});
}

TEST(FetchLogTail, MoreLinesAreAskedForOnlyWhereTheyAreShort) {
  ScriptedServer whole({answers(log_of(1400))});
  EXPECT_EQ(*fetch_much(whole), log_of(1400));
  ASSERT_EQ(whole.requests().size(), 1u) << "that was all of it";
  EXPECT_EQ(lines_asked_for(whole.requests()[0]), "1500");

  ScriptedServer more({answers(log_of(1500)), answers(log_of(6000)), answers(log_of(7000))});
  const auto found = fetch_much(more);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(*found, log_of(7000));
  ASSERT_EQ(more.requests().size(), 3u);
  EXPECT_EQ(lines_asked_for(more.requests()[1]), "6000");
  EXPECT_EQ(lines_asked_for(more.requests()[2]), "11916") << "no more can be needed";

  ScriptedServer enough({answers(std::string(300u << 10, 'x') + "\n" + log_of(1499))});
  EXPECT_TRUE(fetch_much(enough));
  EXPECT_EQ(enough.requests().size(), 1u) << "long lines fill what is kept";
}

TEST(FetchLogTail, AShorterEndIsBetterThanNone) {
  ScriptedServer server({answers(log_of(1500)), {ReadRequest{}, Send{kHead + chunk(log_of(9))}, Close{}}});
  const auto found = fetch_much(server);
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(*found, log_of(1500));
}

TEST(FetchLogTail, WhateverIsSentTheEndFits) {
  std::string sent = kHead;
  for (int i = 0; i < 300; ++i) sent += chunk(std::string(997, 'x') + "ab\n");
  sent += chunk("the end\n") + chunk("");
  ScriptedServer server({{ReadRequest{}, Send{sent}, Close{}}});
  const auto log = fetch(server);
  ASSERT_TRUE(log) << log.error().text();
  EXPECT_LE(log->size(), 1000u);
  EXPECT_TRUE(log->ends_with("the end\n"));
}

TEST(FetchLogTail, FailuresSayWhatToDo) {
  const struct {
    const char* reply;
    Code code;
  } cases[] = {{"HTTP/1.1 404 Not Found", Code::kNotFound},
               {"HTTP/1.1 400 Bad Request", Code::kInvalid},
               {"HTTP/1.1 403 Forbidden", Code::kForbidden},
               {"HTTP/1.1 500 Internal Server Error", Code::kUnavailable}};
  for (const auto& c : cases) {
    ScriptedServer server(
        {{ReadRequest{}, Send{std::string(c.reply) + "\r\nContent-Length: 0\r\n\r\n"}, Close{}}});
    const auto log = fetch(server);
    ASSERT_FALSE(log) << c.reply;
    EXPECT_EQ(log.error().code, c.code) << c.reply;
  }
  ScriptedServer cut({{ReadRequest{}, Send{kHead + chunk("half a ")}, Close{}}});
  const auto half = fetch(cut);
  ASSERT_FALSE(half) << "half a log is not taken for a whole one";
  EXPECT_EQ(half.error().code, Code::kUnavailable);
}

TEST(FetchLogTail, AProviderThatStallsIsLeft) {
  ScriptedServer server({{ReadRequest{}, Send{kHead + chunk("a line\n")}, Stall{}}});
  const auto late = fetch(server, std::chrono::milliseconds(200));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kDeadline);
  std::stop_source stop;
  const std::jthread stopping([&] {
    (void)server.wait_for_requests(2);
    stop.request_stop();
  });
  const auto stopped = fetch(server, std::chrono::seconds(60), stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::kCancelled);
}

}  // namespace op::log_fetch_test
