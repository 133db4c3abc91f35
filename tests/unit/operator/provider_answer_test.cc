#include "operator/kubelet/provider_answer.h"

#include <gtest/gtest.h>

namespace op::provider_answer_test {

const TwinNames kNames{.provider = "acme", .twin = "train-1a2b3c", .pod = "train"};

net::ServerReply said(int status, std::string body) {
  return answer_without_stream(kNames, net::HttpResponse{.status = status, .body = std::move(body)});
}

std::string status_object(const std::string& message) {
  return R"({"kind":"Status","status":"Failure","message":")" + message + R"("})";
}

TEST(ProviderAnswer, SpeaksOfThePodWhereTheProviderSpeaksOfTheTwin) {
  const auto reply = said(
      400,
      status_object(R"(container \"main\" in pod \"train-1a2b3c\" is waiting to start: PodInitializing)"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.content_type, "text/plain");
  EXPECT_EQ(reply.body, R"(container "main" in pod "train" is waiting to start: PodInitializing)");
  EXPECT_EQ(said(404, "pods train-1a2b3c not found\n").body, "pods train not found");
  EXPECT_EQ(said(500, "").status, 500);
}

TEST(ProviderAnswer, CredentialsThatAreRefusedAreOurFault) {
  const auto forbidden = said(403, status_object("User x cannot create resource pods/exec"));
  EXPECT_EQ(forbidden.status, 500);
  EXPECT_EQ(
      forbidden.body,
      "provider acme does not allow it: User x cannot create resource pods/exec; docs/provider-access.yaml "
      "lists what to grant");
  EXPECT_EQ(said(401, "Unauthorized").status, 500);
}

TEST(ProviderAnswer, NoAnswerIsUnavailable) {
  const auto reply =
      answer_without_stream(kNames, base::fail(base::Code::kDeadline, "10.0.0.1:443: no answer in time"));
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body, "provider acme cannot be asked: 10.0.0.1:443: no answer in time");
}

TEST(ProviderAnswer, TheKeptLogStandsInForAProviderThatGivesNone) {
  const auto due = [](int status, bool ended) {
    return is_kept_log_due(net::HttpResponse{.status = status}, ended);
  };
  EXPECT_TRUE(due(404, true));
  EXPECT_TRUE(due(404, false));
  for (const int status : {401, 403, 500, 503}) {
    EXPECT_TRUE(due(status, true)) << status;
    EXPECT_FALSE(due(status, false)) << status << ": it may go on, and what is kept would be old";
  }
  EXPECT_FALSE(due(400, true)) << "what is wrong with the request stays wrong";
  const base::Result<net::HttpResponse> silent = base::fail(base::Code::kUnavailable, "no route");
  EXPECT_TRUE(is_kept_log_due(silent, true));
  EXPECT_FALSE(is_kept_log_due(silent, false));
}

TEST(ProviderAnswer, WhatAProviderSaysIsBoundedAndPrintable) {
  EXPECT_EQ(said(400, "a\x1b[31mb").body, "a [31mb");
  EXPECT_EQ(said(400, std::string(100'000, 'x')).body.size(), 4096u);
  EXPECT_EQ(said(400, R"({"message": 7})").body, R"({"message": 7})");
  EXPECT_EQ(said(200, "ok").status, 502);
  EXPECT_EQ(said(302, "").status, 502);
}

}  // namespace op::provider_answer_test
