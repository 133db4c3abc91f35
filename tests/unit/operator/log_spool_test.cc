#include "operator/logs/log_spool.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/time_text.h"
#include "operator/logs/log_tail.h"

namespace op::log_spool_test {

namespace fs = std::filesystem;
using base::Code;

constexpr const char* kUid = "0f0f0f0f-1111-2222-3333-444444444444";
constexpr const char* kOther = "0e0e0e0e-1111-2222-3333-444444444444";

const std::string kLog =
    "2026-11-24T02:00:00.5Z one\n"
    "2026-11-24T02:00:01.5Z two\n"
    "2026-11-24T02:00:02.123456789Z three\n";

class Spool : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("neoburst-spool-" + std::to_string(getpid()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string read(const LogSpool& spool, const LogQuery& query = {}) {
    const auto text = spool.read(kUid, "main", query);
    return text ? *text : text.error().text();
  }
  fs::path folder_;
};

TEST_F(Spool, KeepsALogAcrossARestart) {
  EXPECT_TRUE(LogSpool(folder_).save(kUid, "main", kLog));
  const LogSpool spool(folder_);
  EXPECT_TRUE(spool.has(kUid, "main"));
  EXPECT_FALSE(spool.has(kUid, "side"));
  EXPECT_FALSE(spool.has(kOther, "main"));
  EXPECT_EQ(read(spool), "one\ntwo\nthree\n");
  EXPECT_EQ(read(spool, {.timestamps = true}), kLog);
}

TEST_F(Spool, AnEmptyLogIsALog) {
  LogSpool spool(folder_);
  ASSERT_TRUE(spool.save(kUid, "main", ""));
  EXPECT_TRUE(spool.has(kUid, "main"));
  EXPECT_EQ(read(spool), "");
}

TEST_F(Spool, OnlyTheOwnerMayRead) {
  LogSpool spool(folder_);
  ASSERT_TRUE(spool.save(kUid, "main", kLog));
  struct stat info {};
  ASSERT_EQ(::stat((folder_ / kUid / "main.log").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat((folder_ / kUid).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(Spool, ALongLogKeepsItsLastWholeLines) {
  LogSpool spool(folder_);
  std::string log;
  for (int i = 0; log.size() < 3 * LogSpool::kLogBytes; ++i)
    log += "2026-11-24T02:00:00Z line " + std::to_string(i) + "\n";
  ASSERT_TRUE(spool.save(kUid, "main", log));
  const std::string kept = read(spool, {.timestamps = true});
  EXPECT_LE(kept.size(), LogSpool::kLogBytes);
  EXPECT_GT(kept.size(), LogSpool::kLogBytes - 40);
  EXPECT_TRUE(kept.starts_with("2026-11-24T02:00:00Z line "));
  EXPECT_TRUE(log.ends_with(kept));
}

TEST_F(Spool, NoNameLeadsOutOfTheFolder) {
  LogSpool spool(folder_);
  for (const char* name : {"..", "../x", "a/b", "", ".", "a.log", "a\n", "a b"}) {
    EXPECT_EQ(spool.save(kUid, name, kLog).error().code, Code::kInvalid) << name;
    EXPECT_EQ(spool.save(name, "main", kLog).error().code, Code::kInvalid) << name;
    EXPECT_EQ(spool.read(kUid, name, {}).error().code, Code::kNotFound) << name;
    EXPECT_FALSE(spool.has(name, "main")) << name;
    spool.remove(name);
  }
  EXPECT_TRUE(fs::is_empty(folder_));
  EXPECT_TRUE(fs::exists(folder_));
}

TEST_F(Spool, GoesWithItsPod) {
  LogSpool spool(folder_);
  ASSERT_TRUE(spool.save(kUid, "main", kLog));
  ASSERT_TRUE(spool.save(kOther, "main", kLog));
  spool.remove(kUid);
  EXPECT_FALSE(spool.has(kUid, "main"));
  EXPECT_FALSE(fs::exists(folder_ / kUid));
  EXPECT_TRUE(spool.has(kOther, "main"));
}

TEST_F(Spool, AtTheStartOnlyOurOwnLeftoversGo) {
  LogSpool spool(folder_);
  ASSERT_TRUE(spool.save(kUid, "main", kLog));
  ASSERT_TRUE(spool.save(kOther, "main", kLog));
  std::ofstream(folder_ / kUid / "side.new") << "cut off by a crash";
  fs::create_directory(folder_ / "lost+found");
  std::ofstream(folder_ / "readme") << "somebody's";
  spool.keep_only({kOther});
  EXPECT_FALSE(fs::exists(folder_ / kUid));
  EXPECT_TRUE(spool.has(kOther, "main"));
  EXPECT_TRUE(fs::exists(folder_ / "lost+found"));
  EXPECT_TRUE(fs::exists(folder_ / "readme"));
}

TEST_F(Spool, TheOldestMakeRoomForTheNewest) {
  const auto uid = [](int i) { return "0f0f0f0f-1111-2222-3333-44444444444" + std::to_string(i); };
  const std::string log(1000, 'x');
  const auto age = [&](int i, int minutes) {
    fs::last_write_time(folder_ / uid(i), fs::file_time_type::clock::now() - std::chrono::minutes(minutes));
  };
  {
    LogSpool spool(folder_, 4000);
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(spool.save(uid(i), "main", log));
      age(i, 10 - i);
    }
    EXPECT_TRUE(spool.has(uid(0), "main")) << "they fit";
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(spool.save(uid(3), "main", log));
    age(3, 7);
    EXPECT_TRUE(spool.has(uid(0), "main")) << "written over is not written twice";
  }
  LogSpool spool(folder_, 4000);  // which counts what is there
  ASSERT_TRUE(spool.save(uid(4), "main", log));
  EXPECT_FALSE(spool.has(uid(0), "main"));
  EXPECT_FALSE(spool.has(uid(1), "main")) << "some room is left";
  for (int i = 2; i < 5; ++i) EXPECT_TRUE(spool.has(uid(i), "main")) << i;
  spool.remove(uid(2));
  ASSERT_TRUE(spool.save(uid(5), "main", log));
  EXPECT_TRUE(spool.has(uid(3), "main"));
}

TEST_F(Spool, AFolderThatCannotBeKeepsNothingAndStopsNothing) {
  std::ofstream(folder_) << "a file, no folder";
  LogSpool spool(folder_ / "logs");
  EXPECT_FALSE(spool.enabled());
  EXPECT_TRUE(spool.save(kUid, "main", kLog));
  EXPECT_FALSE(spool.has(kUid, "main"));
  LogSpool off("");
  EXPECT_FALSE(off.enabled());
  EXPECT_EQ(off.read(kUid, "main", {}).error().code, Code::kNotFound);
}

TEST(SelectLog, CutsAsAKubeletDoes) {
  const auto since = *base::parse_time("2026-11-24T02:00:01.5Z");
  const struct {
    const char* what;
    LogQuery query;
    const char* text;
  } cases[] = {
      {"all", {}, "one\ntwo\nthree\n"},
      {"tail", {.tail_lines = 2}, "two\nthree\n"},
      {"tail of more than there is", {.tail_lines = 9}, "one\ntwo\nthree\n"},
      {"tail of nothing", {.tail_lines = 0}, ""},
      {"since, which itself counts", {.since = since}, "two\nthree\n"},
      {"since and tail", {.tail_lines = 1, .since = since}, "three\n"},
      {"since later", {.since = since + std::chrono::hours(1)}, ""},
      {"limit", {.limit_bytes = 6}, "one\ntw"},
      {"limit counts what is sent", {.timestamps = true, .limit_bytes = 28}, "2026-11-24T02:00:00.5Z one\n2"},
      {"no limit", {.limit_bytes = 1'000'000}, "one\ntwo\nthree\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(select_log(kLog, c.query), c.text) << c.what;
}

TEST(SelectLog, LinesWithoutATimeGoWithTheLineBefore) {
  const std::string log =
      "2026-11-24T02:00:00Z first\nsecond of first\n2026-11-24T02:00:05Z last, unfinished";
  EXPECT_EQ(select_log(log, {}), "first\nsecond of first\nlast, unfinished");
  EXPECT_EQ(select_log(log, {.since = *base::parse_time("2026-11-24T02:00:01Z")}), "last, unfinished");
  EXPECT_EQ(select_log("no time at all\n", {.tail_lines = 1}), "no time at all\n");
}

TEST(LogTail, HoldsTheEndInBoundedMemory) {
  LogTail tail(10);
  EXPECT_EQ(tail.text(), "");
  tail.append("ab\n");
  EXPECT_EQ(tail.text(), "ab\n");
  for (int i = 0; i < 1000; ++i) tail.append("12345\n");
  EXPECT_EQ(tail.text(), "12345\n");
  EXPECT_EQ(tail_of(std::string(100, 'x') + "\nend\n", 10), "end\n");
  EXPECT_EQ(tail_of(std::string(100, 'x'), 10), std::string(10, 'x')) << "one line longer than all";
  EXPECT_EQ(tail_of("0123456789", 10), "0123456789");
}

}  // namespace op::log_spool_test
