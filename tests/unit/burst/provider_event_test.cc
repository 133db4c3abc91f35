#include "burst/provider_event.h"

#include <gtest/gtest.h>

namespace burst::provider_event_test {

const EventNames kNames{.provider = "neocloud-eu",
                        .attempt = "train-x7k2",
                        .twin_uid = "twin-uid",
                        .remote_namespace = "neoburst",
                        .pod = "train",
                        .pod_uid = "pod-uid",
                        .ns = "ml",
                        .copies = {{"settings-abc", "settings"}}};

std::string told(bool warning, const std::string& reason, const std::string& message) {
  const auto event = event_for_owner({warning, reason, message}, kNames);
  return event ? (event->warning ? "W " : "N ") + event->reason + " " + event->message : "";
}

TEST(ProviderEvent, SpeaksOfTheHomePodAndNamesTheProvider) {
  EXPECT_EQ(
      told(true, "BackOff", "Back-off restarting failed container main in pod train-x7k2_neoburst(twin-uid)"),
      "W BackOff [neocloud-eu] Back-off restarting failed container main in pod train_ml(pod-uid)");
  EXPECT_EQ(told(true, "Failed", "Error: configmap \"settings-abc\" not found"),
            "W Failed [neocloud-eu] Error: configmap \"settings\" not found");
  EXPECT_EQ(told(true, "Evicted", "pod neoburst/train-x7k2 was evicted"),
            "W Evicted [neocloud-eu] pod ml/train was evicted");
  EXPECT_EQ(told(false, "Pulling", "Pulling image \"neoburst/app\""),
            "N Pulling [neocloud-eu] Pulling image \"neoburst/app\"")
      << "the namespace's name may be a common word";
}

TEST(ProviderEvent, LeavesOutWhatIsNoNews) {
  EXPECT_EQ(told(false, "Scheduled", "Successfully assigned neoburst/train-x7k2 to node"), "");
  EXPECT_EQ(told(false, "SandboxChanged", "x"), "");
  EXPECT_NE(told(false, "Killing", "Stopping container main"), "");
  EXPECT_NE(told(true, "AnythingElse", "x"), "");
  EXPECT_EQ(told(true, "FailedMount",
                 "MountVolume.SetUp failed for volume \"x\" : configmap \"train-x7k2-go\" not found"),
            "")
      << "it waits for its start: that is how it should be";
  EXPECT_EQ(told(true, "FailedMount", "Unable to attach or mount volumes: unmounted volumes=[neoburst-go]"),
            "");
  EXPECT_NE(told(true, "FailedMount", "configmap \"settings-abc\" not found"), "");
}

TEST(ProviderEvent, BoundsWhatTheProviderWrites) {
  EXPECT_EQ(told(true, "", "x"), "");
  EXPECT_EQ(told(true, " \n!", "x"), "");
  EXPECT_EQ(told(true, "Two words\n", "a\nb\x1b[31mc"), "W Twowords [neocloud-eu] a b [31mc");
  EXPECT_EQ(told(true, "R",
                 "a\xc2\x9b"
                 "31mb\xc2\xa0\xc3\x9f\xc2"),
            "W R [neocloud-eu] a 31mb\xc2\xa0\xc3\x9f\xc2")
      << "C1 is for terminals, too";
  const auto event = event_for_owner({true, std::string(500, 'R'), std::string(5000, 'm')}, kNames);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->reason.size(), 128u);
  EXPECT_EQ(event->message.size(), 1024u);
  std::string wide(1020 - 14, 'm');
  wide += "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";
  EXPECT_EQ(event_for_owner({true, "R", wide}, kNames)->message.back(), '\xac') << "no half characters";
  EXPECT_EQ(told(true, "R", "train-x7k2train-x7k2"), "W R [neocloud-eu] traintrain");
}

TEST(ProviderEvent, NamesThatContainEachOtherEnd) {
  EventNames names = kNames;
  names.pod = "train-x7k2-long";  // the replacement holds what is replaced
  EXPECT_EQ(event_for_owner({true, "R", "train-x7k2"}, names)->message, "[neocloud-eu] train-x7k2-long");
}

}  // namespace burst::provider_event_test
