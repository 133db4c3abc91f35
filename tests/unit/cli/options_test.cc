#include "cli/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/failure.h"
#include "kube/core/resource.h"

namespace cli::options_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CommandLine parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "kubectl-neoburst");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  CommandLine line = parse_command_line(static_cast<int>(arguments.size()), arguments.data());
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return line;
}

TEST(Options, TheLineOfTheReadme) {
  const auto line = parse({"offers", "--gpu", "H100,H200", "--min-free", "8", "--country", "IT,FR",
                           "--country", "DE", "--near", "-33.87,151.21", "--max-price", "3.00", "--sort",
                           "price", "-o", "wide", "-n", "team"});
  const auto* offers = std::get_if<OfferFlags>(&line.command);
  ASSERT_NE(offers, nullptr);
  EXPECT_THAT(offers->gpus, ElementsAre("H100", "H200"));
  EXPECT_THAT(offers->countries, ElementsAre("IT", "FR", "DE"));
  EXPECT_EQ(offers->min_free, 8);
  EXPECT_EQ(offers->near, "-33.87,151.21");
  EXPECT_EQ(offers->max_price, "3.00");
  EXPECT_EQ(offers->format, OfferFormat::kWide);
  EXPECT_EQ(line.global.ns, "team");
}

TEST(Options, GlobalsGoBeforeAndAfterTheCommand) {
  const auto line =
      parse({"--context", "home", "cost", "-A", "--by", "country", "--format", "json", "--kubeconfig", "f"});
  const auto* cost = std::get_if<CostFlags>(&line.command);
  ASSERT_NE(cost, nullptr);
  EXPECT_TRUE(cost->all_namespaces);
  EXPECT_EQ(cost->by, CostGroup::kCountry);
  EXPECT_EQ(cost->format, CostFormat::kJson);
  EXPECT_EQ(line.global.context, "home");
  EXPECT_EQ(line.global.kubeconfig, "f");
}

TEST(Options, MistakesEndWithTwoAndHelpWithNone) {
  const std::vector<std::vector<const char*>> mistakes = {{},
                                                          {"buy"},
                                                          {"offers", "--sort", "colour"},
                                                          {"offers", "-o", "xml"},
                                                          {"offers", "--min-free", "-1"},
                                                          {"offers", "--min-free", "many"},
                                                          {"offers", "--max-distance", "0"},
                                                          {"offers", "H100"},
                                                          {"explain"},
                                                          {"explain", "a", "b", "c"},
                                                          {"cost", "--format", "pdf"},
                                                          {"cost", "--by", "colour"}};
  for (const auto& arguments : mistakes) {
    const auto line = parse(arguments);
    EXPECT_EQ(line.exit_code, kExitUsage) << testing::PrintToString(arguments);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(line.command));
  }
  for (const auto& arguments : std::vector<std::vector<const char*>>{
           {"--help"}, {"-h"}, {"offers", "--help"}, {"explain", "-h"}, {"cost", "--help"}}) {
    EXPECT_EQ(parse(arguments).exit_code, kExitOk);
  }
}

TEST(ExplainTarget, ManySpellings) {
  const std::pair<ExplainFlags, Subject> rows[] = {
      {{"pod/a", ""}, Subject::kPod},       {{"a", ""}, Subject::kPod},
      {{"pods", "a"}, Subject::kPod},       {{"claim/a", ""}, Subject::kClaim},
      {{"gpuclaim", "a"}, Subject::kClaim}, {{"gpucapacityclaims.neoburst.io/a", ""}, Subject::kClaim}};
  for (const auto& [flags, subject] : rows) {
    const auto target = read_target(flags);
    ASSERT_TRUE(target) << flags.first;
    EXPECT_EQ(target->subject, subject);
    EXPECT_EQ(target->name, "a");
  }
  for (const ExplainFlags& flags : {ExplainFlags{"node/a", ""}, ExplainFlags{"pod/", ""},
                                    ExplainFlags{"pod/a/b", ""}, ExplainFlags{"job", "a"}}) {
    EXPECT_FALSE(read_target(flags)) << flags.first;
  }
}

TEST(Failure, SaysWhatIsMissingAndHowToMendIt) {
  const kube::Resource offers{"neoburst.io", "v1alpha1", "gpuoffers", "GPUOffer", false};
  const FailedRequest list{"list", &offers, "", "", "https://home:6443", "admin"};
  const FailedRequest get{"get", &kube::kPods, "team", "a", "https://home:6443", ""};
  using base::Code;
  using base::Status;
  const std::tuple<FailedRequest, Code, const char*> rows[] = {
      {list, Code::kNotFound, "does not know gpuoffers.neoburst.io"},
      {list, Code::kNotFound, "kubectl apply --server-side -f crds/"},
      {list, Code::kForbidden, "you may not list gpuoffers.neoburst.io in the whole cluster"},
      {list, Code::kUnauthenticated, "https://home:6443 (context admin) does not accept your credentials"},
      {list, Code::kUnavailable, "no answer from the cluster at https://home:6443"},
      {get, Code::kNotFound, "pods \"a\" not found in namespace team"},
      {get, Code::kForbidden, "you may not get pods in namespace team"},
      {get, Code::kMalformed, "cannot get pods in namespace team: Malformed: x"}};
  for (const auto& [request, code, text] : rows) {
    EXPECT_THAT(explain_failure(request, Status{code, "x"}), HasSubstr(text));
  }
  EXPECT_TRUE(is_unknown_kind(list, {Code::kNotFound, ""}));
  EXPECT_FALSE(is_unknown_kind(get, {Code::kNotFound, ""}));
}

}  // namespace cli::options_test
