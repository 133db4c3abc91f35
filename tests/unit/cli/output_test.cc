#include <gtest/gtest.h>

#include "cli/output/csv.h"
#include "cli/output/json_text.h"
#include "cli/output/plain_text.h"
#include "cli/output/table.h"

namespace cli::output_test {

TEST(PlainText, NothingDrawsOnTheScreen) {
  const std::pair<std::string, std::string> rows[] = {
      {"eu-north1", "eu-north1"},
      {"M\u00E4nts\u00E4l\u00E4 \u6771\u4EAC \U0001F680", "M\u00E4nts\u00E4l\u00E4 \u6771\u4EAC \U0001F680"},
      {"\x1b[2Jgone", "?[2Jgone"},
      {"two\nlines\tand\rmore", "two lines and more"},
      {std::string("a\0b", 3), "a?b"},
      {"\x7f\u009b1m", "??1m"},
      {"abc\u202Egpj", "abc?gpj"},
      {"\u2066x\u2069\u200F", "?x??"},
      {"\xff\xc3", "??"},
      {"\xc0\xaf", "??"},       // an overlong '/'
      {"\xed\xa0\x80", "???"},  // half a surrogate pair
      {"\xf5\x80\x80\x80", "????"},
      {"", ""}};
  for (const auto& [text, shown] : rows) {
    EXPECT_EQ(plain_text(text), shown);
    EXPECT_EQ(plain_text(plain_text(text)), shown);
  }
}

TEST(Table, AlignsByCharactersNotBytes) {
  Table table({{"NAME"}, {"FREE", true}, {"PLACE"}});
  table.add({"a", "8", "M\u00E4nts\u00E4l\u00E4"});
  table.add({"longer", "128", ""});
  table.add({"\x1b[31mred", "", "Oslo"});
  EXPECT_EQ(table.text(),
            "NAME       FREE   PLACE\n"
            "a             8   M\u00E4nts\u00E4l\u00E4\n"
            "longer      128   -\n"
            "?[31mred      -   Oslo\n");
}

TEST(Csv, QuotesAsRfc4180Says) {
  EXPECT_EQ(csv_line({"a", "b c", "d,e", "say \"x\"", "two\nlines", ""}),
            "a,b c,\"d,e\",\"say \"\"x\"\"\",two lines,\r\n");
}

TEST(Csv, NoFormulaReachesASpreadsheet) {
  const std::pair<const char*, const char*> rows[] = {{"=HYPERLINK(1)", "'=HYPERLINK(1)"},
                                                      {"+1", "'+1"},
                                                      {"@SUM(A1)", "'@SUM(A1)"},
                                                      {"-2+3", "'-2+3"},
                                                      {" =1", "' =1"},
                                                      {"\t=1", "' =1"},
                                                      {"=1,2", "\"'=1,2\""},
                                                      {"\uFF1D1", "'\uFF1D1"},
                                                      {"-77.5", "-77.5"},
                                                      {"2.95", "2.95"},
                                                      {"-", "'-"},
                                                      {"a=b", "a=b"}};
  for (const auto& [text, cell] : rows) EXPECT_EQ(csv_cell(text), cell);
}

TEST(JsonText, IsAsciiAndKeepsTheOrder) {
  EXPECT_EQ(json_text({{"b", "\u202E\x1b\xff"}, {"a", 1}}),
            "{\n  \"b\": \"\\u202e\\u001b\\ufffd\",\n  \"a\": 1\n}\n");
}

}  // namespace cli::output_test
