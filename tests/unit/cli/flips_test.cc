// Flips as people and programs read them.
#include "cli/flips.h"

#include <sstream>

#include <gtest/gtest.h>

namespace bailiwick::cli {
namespace {

json::object flip(std::int64_t times) {
  return {{"sequence", 871},
          {"times", times},
          {"kind", "operation"},
          {"subject", "token:tok_1"},
          {"action", "corpus.delete"},
          {"resource", ""},
          {"was", "allow"},
          {"was_reason", "role.owner"},
          {"now", "deny"},
          {"reason", "rule.no-deletes"}};
}

std::string printed(std::int64_t replayed, std::int64_t skipped, std::int64_t total, json::array flips,
                    Format format = Format::kTable) {
  std::ostringstream out;
  Context context;
  context.out = &out;
  context.format = format;
  print_with_replay(context, json::object{{"serial", 3},
                                          {"replay", json::object{{"replayed", replayed},
                                                                  {"skipped", skipped},
                                                                  {"flips_total", total},
                                                                  {"flips", std::move(flips)}}}});
  return out.str();
}

TEST(Flips, ASentenceAndATable) {
  EXPECT_EQ(
      printed(212, 0, 3, {flip(2), flip(1)}),
      "serial  3\n"
      "3 of 212 recorded decisions come out otherwise:\n"
      "RECORD  TIMES  SUBJECT      ACTION         RESOURCE  WAS    BY          NOW   BY\n"
      "871     2      token:tok_1  corpus.delete  -         allow  role.owner  deny  rule.no-deletes\n"
      "871     1      token:tok_1  corpus.delete  -         allow  role.owner  deny  rule.no-deletes\n");
}

TEST(Flips, WhatIsLeftOutIsSaid) {
  EXPECT_EQ(printed(212, 0, 0, {}), "serial  3\nnone of 212 recorded decisions comes out otherwise\n");
  EXPECT_EQ(printed(212, 7, 0, {}),
            "serial  3\nnone of 212 recorded decisions comes out otherwise; 7 could not be made again\n");
  std::string many = printed(900, 7, 300, {flip(1)});
  EXPECT_NE(
      many.find("300 of 900 recorded decisions come out otherwise; 7 could not be made again; the newest "
                "1 are listed:\n"),
      std::string::npos)
      << many;
}

TEST(Flips, WhoHearsOnlyHowManyHearsWhereTheyStand) {
  EXPECT_EQ(printed(212, 0, 3, {}),
            "serial  3\n3 of 212 recorded decisions come out otherwise; the tenant's ledger says which\n");
}

TEST(Flips, NothingOnRecordIsNothingToSay) {
  EXPECT_EQ(printed(0, 0, 0, {}), "serial  3\n");
}

TEST(Flips, ProgramsGetThemWhole) {
  json::value whole = parse_json(printed(212, 0, 2, {flip(2)}, Format::kJson)).value();
  EXPECT_EQ(whole.at("replay").at("flips").at(0).at("reason"), json::value("rule.no-deletes"));
}

TEST(Flips, AnAnswerWithoutThemIsPrintedAsEver) {
  std::ostringstream out;
  Context context;
  context.out = &out;
  print_with_replay(context, json::object{{"serial", 3}});
  EXPECT_EQ(out.str(), "serial  3\n");
}

}  // namespace
}  // namespace bailiwick::cli
