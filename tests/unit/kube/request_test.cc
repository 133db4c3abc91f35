#include "kube/core/request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kube/core/label_selector.h"
#include "kube/core/patch.h"

namespace kube::request_test {

TEST(Resource, MakesPaths) {
  EXPECT_EQ(kPods.path(), "/api/v1/pods");
  EXPECT_EQ(kPods.path("a"), "/api/v1/namespaces/a/pods");
  EXPECT_EQ(kPods.path("a", "b"), "/api/v1/namespaces/a/pods/b");
  EXPECT_EQ(kPods.path("a", "b", "status"), "/api/v1/namespaces/a/pods/b/status");
  EXPECT_EQ(kNodes.path("ignored", "n"), "/api/v1/nodes/n");
  EXPECT_EQ(kLeases.path("a", "b"), "/apis/coordination.k8s.io/v1/namespaces/a/leases/b");
  EXPECT_EQ(kSelfSubjectAccessReviews.path(), "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
  EXPECT_EQ(kPods.path("a", "../b?c#d"), "/api/v1/namespaces/a/pods/..%2Fb%3Fc%23d");
  EXPECT_EQ(kPods.api_version(), "v1");
  EXPECT_EQ(kLeases.api_version(), "coordination.k8s.io/v1");
}

TEST(Request, ListsInPages) {
  ListOptions options;
  options.resource_version = "0";
  options.label_selector = "a=b,c in (d)";
  auto request = list_request(kPods, "x", options);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target,
            "/api/v1/namespaces/x/pods?labelSelector=a%3Db%2Cc%20in%20%28d%29&limit=500&resourceVersion=0");
  options = {};
  options.resource_version = "7";
  options.continue_token = "t+/=";
  EXPECT_EQ(list_request(kNodes, "", options).target, "/api/v1/nodes?limit=500&continue=t%2B%2F%3D");
  options = {};
  options.limit = 0;
  EXPECT_EQ(list_request(kNodes, "", options).target, "/api/v1/nodes");
}

TEST(Request, Watches) {
  WatchOptions options;
  options.resource_version = "12";
  options.field_selector = "spec.nodeName=n";
  EXPECT_EQ(watch_request(kPods, "", options).target,
            "/api/v1/pods?watch=1&allowWatchBookmarks=true&fieldSelector=spec.nodeName%3Dn&resourceVersion=12"
            "&timeoutSeconds=300");
}

TEST(Request, ReadsOneObject) {
  EXPECT_EQ(get_request(kPods, "a", "p").target, "/api/v1/namespaces/a/pods/p");
  EXPECT_EQ(get_request(kPods, "a", "p", "12").target, "/api/v1/namespaces/a/pods/p?resourceVersion=12");
}

TEST(Request, AsksForMetadataOnly) {
  auto create = create_request(kPods, "a", "{}");
  EXPECT_EQ(net::find_header(create.headers, "accept"), "application/json");
  want_metadata_only(create);
  EXPECT_TRUE(net::find_header(create.headers, "accept").find("as=PartialObjectMetadata") !=
              std::string::npos);
  EXPECT_EQ(std::ranges::count(create.headers, "Accept", &net::Header::name), 1);
}

TEST(Request, HasUnknownFieldsRefused) {
  auto create = create_request(kPods, "a", "{}");
  refuse_unknown_fields(create);
  EXPECT_EQ(create.target, "/api/v1/namespaces/a/pods?fieldValidation=Strict");
}

TEST(Request, Writes) {
  auto create = create_request(kPods, "a", "{}", "eviction", "p");
  EXPECT_EQ(create.method, "POST");
  EXPECT_EQ(create.target, "/api/v1/namespaces/a/pods/p/eviction");
  EXPECT_EQ(net::find_header(create.headers, "content-type"), "application/json");
  EXPECT_EQ(update_request(kPods, "a", "p", "{}").method, "PUT");
  EXPECT_EQ(net::find_header(patch_request(kPods, "a", "p", PatchType::kMerge, "{}").headers, "content-type"),
            "application/merge-patch+json");
  auto patch = patch_request(kPods, "a", "p", PatchType::kJson, "[]", "status");
  EXPECT_EQ(net::find_header(patch.headers, "content-type"), "application/json-patch+json");
  EXPECT_EQ(patch.target, "/api/v1/namespaces/a/pods/p/status");
}

TEST(Request, DeletesWithPreconditions) {
  auto request = delete_request(
      kPods, "a", "p", {.grace_seconds = 0, .uid = "u", .resource_version = "5", .propagation = "Orphan"});
  EXPECT_EQ(request.method, "DELETE");
  const auto body = nlohmann::json::parse(request.body);
  EXPECT_EQ(body["gracePeriodSeconds"], 0);
  EXPECT_EQ(body["preconditions"]["uid"], "u");
  EXPECT_EQ(body["preconditions"]["resourceVersion"], "5");
  EXPECT_EQ(body["propagationPolicy"], "Orphan");
  const auto plain = nlohmann::json::parse(delete_request(kPods, "a", "p", {}).body);
  EXPECT_EQ(plain, (nlohmann::json{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}}));
  EXPECT_EQ(delete_collection_request(kPods, "a", "x=y", {}).target,
            "/api/v1/namespaces/a/pods?labelSelector=x%3Dy");
}

struct ReplyRow {
  int status;
  const char* body;
  base::Code code;
  const char* message;
};

TEST(CheckReply, TellsFailuresApart) {
  const ReplyRow rows[] = {
      {400, R"({"kind":"Status","reason":"BadRequest","message":"bad"})", base::Code::kInvalid, "bad"},
      {401, "", base::Code::kUnauthenticated, "HTTP 401"},
      {403, R"({"kind":"Status","reason":"Forbidden","message":"no"})", base::Code::kForbidden, "no"},
      {404, "404 page not found", base::Code::kNotFound, "HTTP 404"},
      {409, R"({"kind":"Status","reason":"AlreadyExists","message":"x exists"})", base::Code::kAlreadyExists,
       "x exists"},
      {409, R"({"kind":"Status","reason":"Conflict","message":"changed"})", base::Code::kConflict, "changed"},
      {409, "<html>", base::Code::kConflict, "HTTP 409"},
      {410, R"({"kind":"Status","reason":"Expired"})", base::Code::kExpired, "HTTP 410 (Expired)"},
      {422, R"({"kind":"Status","reason":"Invalid","message":"field"})", base::Code::kInvalid, "field"},
      {429, "", base::Code::kThrottled, "HTTP 429"},
      {500, "{\"kind\":\"Status\",\"message\":\"half", base::Code::kUnavailable, "HTTP 500"},
      {503, "[1,2]", base::Code::kUnavailable, "HTTP 503"},
      {503, "{\"message\":\"of a proxy\"}", base::Code::kUnavailable, "HTTP 503"},
      {504, R"({"kind":"Status","message":"slow"})", base::Code::kDeadline, "slow"},
      {504,
       R"({"kind":"Status","message":"new","details":{"causes":[{"reason":"ResourceVersionTooLarge"}]}})",
       base::Code::kExpired, "new"},
      {302, "", base::Code::kUnavailable, "HTTP 302"},
      {500, "\xff\xfe\x00", base::Code::kUnavailable, "HTTP 500"}};
  for (const auto& row : rows) {
    const auto outcome = check_reply({row.status, {}, row.body});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(base::to_string(outcome.error().code), base::to_string(row.code)) << row.body;
    EXPECT_EQ(outcome.error().message, row.message);
  }
  EXPECT_TRUE(check_reply({200, {}, "anything"}));
  EXPECT_TRUE(check_reply({201, {}, ""}));
}

TEST(CheckReply, ReadsRetryAfter) {
  const auto from_header = check_reply({429, {{"retry-after", "7"}}, ""});
  EXPECT_EQ(from_header.error().retry_after, std::chrono::seconds(7));
  const auto from_body = check_reply({429, {}, R"({"kind":"Status","details":{"retryAfterSeconds":3}})"});
  EXPECT_EQ(from_body.error().retry_after, std::chrono::seconds(3));
  for (const char* odd : {"", "-1", "soon", "1.5", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    EXPECT_FALSE(check_reply({503, {{"Retry-After", odd}}, ""}).error().retry_after) << odd;
  }
  EXPECT_EQ(check_reply({503, {{"Retry-After", "86400"}}, ""}).error().retry_after,
            std::chrono::seconds(300));
}

TEST(CheckReply, BoundsTheMessage) {
  const std::string message(5000, 'x');
  const auto outcome = check_reply({422, {}, R"({"kind":"Status","message":")" + message + "\"}"});
  EXPECT_EQ(outcome.error().message.size(), 1027u);
}

TEST(LabelSelector, MatchesAsUpstream) {
  using Op = LabelSelector::Operator;
  const StringMap labels = {{"app", "a"}, {"tier", "x"}};
  struct Row {
    LabelSelector::Requirement requirement;
    bool want;
  };
  const Row rows[] = {{{"app", Op::kIn, {"b", "a"}}, true},  {{"app", Op::kIn, {"b"}}, false},
                      {{"no", Op::kIn, {"a"}}, false},       {{"app", Op::kNotIn, {"a"}}, false},
                      {{"app", Op::kNotIn, {"b"}}, true},    {{"no", Op::kNotIn, {"a"}}, true},
                      {{"tier", Op::kExists, {}}, true},     {{"no", Op::kExists, {}}, false},
                      {{"no", Op::kDoesNotExist, {}}, true}, {{"app", Op::kDoesNotExist, {}}, false}};
  for (const auto& row : rows) {
    EXPECT_EQ(LabelSelector{{row.requirement}}.matches(labels), row.want) << row.requirement.key;
  }
  EXPECT_TRUE(LabelSelector{}.matches(labels));
  EXPECT_TRUE(LabelSelector{}.matches({}));
  EXPECT_FALSE((LabelSelector{{rows[0].requirement, rows[1].requirement}}.matches(labels)));
}

TEST(JsonPatch, BuildsOperations) {
  JsonPatch patch;
  patch.test("/a", "1")
      .add("/b/-", {{"k", 2}})
      .replace("/c", nullptr)
      .remove("/d/" + JsonPatch::escape("x/y~z"));
  EXPECT_EQ(patch.body(),
            R"([{"op":"test","path":"/a","value":"1"},{"op":"add","path":"/b/-","value":{"k":2}},)"
            R"({"op":"replace","path":"/c","value":null},{"op":"remove","path":"/d/x~1y~0z"}])");
}

}  // namespace kube::request_test
