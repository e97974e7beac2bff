#include "bundles/trial_frames.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::bundles {
namespace {

Trial sample() {
  return {.tenant = "acme",
          .place = "tenants/acme/",
          .files = {{"tenant.yaml", std::string("a\0b\n", 4)}, {"tests/t.yaml", ""}},
          .guardrails = {{"g.cedar", "permit"}}};
}

TEST(TrialFrames, ATrialArrivesAsItWasSent) {
  auto arrived = decode_trial(encode_trial(sample()));
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->tenant, "acme");
  EXPECT_EQ(arrived->place, "tenants/acme/");
  EXPECT_EQ(arrived->files, sample().files);
  EXPECT_EQ(arrived->guardrails, sample().guardrails);
}

// A trial that was cut anywhere, or has something behind it, is none.
TEST(TrialFrames, HalfATrialIsNone) {
  std::string whole = encode_trial(sample());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_trial(whole.substr(0, size))) << size;
  EXPECT_FALSE(decode_trial(whole + "x"));
}

// Problems past the most that are told are counted; the rest arrive.
TEST(TrialFrames, AReportIsBounded) {
  TrialReport many{.tests = 3, .problems = {}};
  for (int i = 0; i < 100'000; ++i)
    many.problems.push_back({"tenants/acme/tests/t.yaml:2:3", std::string(2000, 'x')});
  auto told = decode_report(encode_report(many), sample());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->tests, 3);
  ASSERT_EQ(told->problems.size(), 201u);
  EXPECT_EQ(told->problems.back().message, "and 99800 more");
  EXPECT_EQ(told->problems.front().where, "tenants/acme/tests/t.yaml:2:3");
}

RC_GTEST_PROP(TrialFramesProperty, AnyBytesAreAnswered, (const std::string& bytes)) {
  (void)decode_trial("BWT1" + bytes);
  std::string length(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) length[i] = static_cast<char>(bytes.size() >> (8 * i));
  auto report = decode_report(length + bytes, sample());
  if (report) RC_ASSERT(report->problems.size() <= 201u);
}

// Whatever a child says of a place, one of this bundle's files is named.
RC_GTEST_PROP(TrialFramesProperty, PlacesAreOfTheBundle, (const std::string& path, int line)) {
  TrialReport report{.tests = 0, .problems = {}};
  std::string where = "tenants/acme/" + path + ":" + std::to_string(line) + ":1";
  for (char& c : where) c = static_cast<char>(c & 0x7f);
  report.problems.push_back({where, "m"});
  auto told = decode_report(encode_report(report), sample());
  if (!told) return;  // a NUL, which no JSON of ours holds
  const std::string& named = told->problems.at(0).where;
  bool ours =
      named.starts_with("tenants/acme/tenant.yaml:") || named.starts_with("tenants/acme/tests/t.yaml:");
  RC_ASSERT(ours);
}

}  // namespace
}  // namespace bailiwick::bundles
