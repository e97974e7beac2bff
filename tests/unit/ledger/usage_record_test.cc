// What one record used: counted from every kind of record, and never more than it says.
#include "ledger/usage_record.h"

#include <gtest/gtest.h>

#include "ledger/record.h"
#include "metering/prices.h"

namespace bailiwick::ledger {
namespace {

Record request() {
  Record record;
  record.time = parse_rfc3339("2026-11-25T12:00:00Z").value();
  record.principal = "token:tok_1";
  record.action = "models.chat";
  record.decision = "allow";
  record.program = "blue";
  record.name_space = "lab";
  record.status = 200;
  return record;
}
std::optional<UsageRecord> read(const Record& record) {
  UsageRecord record_read{
      .time = WallTime::max(), .key = {.program = "of the record before"}, .totals = {.requests = 9}};
  auto used = read_usage(to_json(record, "acme-corp", 1), record_read);
  EXPECT_TRUE(used) << used.error().detail;
  return used.value_or(false) ? std::optional(record_read) : std::nullopt;
}

TEST(UsageOf, ACallOfAModelIsCountedByAllThatItNames) {
  Record record = request();
  record.provider = "cloud";
  record.model = "gpt \"4\"";
  record.input_tokens = 11;
  record.output_tokens = 7;
  record.cost = PicoDollars(1'230'000'000'001);
  record.passed_over = {{"another provider", "another model", "upstream.timeout"}};
  auto used = read(record);
  ASSERT_TRUE(used);
  EXPECT_EQ(used->time, record.time);
  EXPECT_EQ(used->key, (UsageKey{"blue", "lab", "token:tok_1", "models.chat", "cloud", "gpt \"4\""}));
  EXPECT_EQ(used->totals, (metering::UsageTotals{.requests = 1,
                                                 .input_tokens = 11,
                                                 .output_tokens = 7,
                                                 .cost = metering::Decimal::of(record.cost)}));
}

TEST(UsageOf, DenialsAndFailuresAreRequestsOfTheirKind) {
  Record denied = request();
  denied.decision = "deny";
  denied.status = 0;
  EXPECT_EQ(read(denied)->totals, (metering::UsageTotals{.requests = 1, .denied = 1}));
  denied.extra = {{"repeated", 117}};
  EXPECT_EQ(read(denied)->totals, (metering::UsageTotals{.requests = 117, .denied = 117}));
  Record failed = request();
  failed.status = 502;
  EXPECT_EQ(read(failed)->totals, (metering::UsageTotals{.requests = 1, .errors = 1}));
  failed.status = 404;
  EXPECT_EQ(read(failed)->totals, (metering::UsageTotals{.requests = 1}));
}

TEST(UsageOf, WhatAnUploadStored) {
  Record upload = request();
  upload.extra = {{"bytes", 900}, {"documents", 4}};
  EXPECT_EQ(read(upload)->totals, (metering::UsageTotals{.requests = 1, .documents = 4, .bytes = 900}));
}

TEST(UsageOf, WhatUsedNothingIsNothing) {
  for (RecordKind kind : {RecordKind::kLineage, RecordKind::kLifecycle, RecordKind::kBudget}) {
    Record record = request();
    record.kind = kind;
    record.extra = {{"granted_usd", "5"}};
    EXPECT_FALSE(read(record)) << name_of(kind);
  }
  Record paid = request();
  paid.kind = RecordKind::kLifecycle;
  paid.cost = PicoDollars(5);
  EXPECT_EQ(read(paid)->totals.cost.str(), "0.000000000005") << "money counts wherever it stands";
}

// A made-up program is refused, and does not become a row; otherwise a caller could make as many as it likes.
TEST(UsageOf, InventedNamesAreNotKept) {
  Record record = request();
  record.decision = "deny";
  record.reason = "program.unknown";
  EXPECT_EQ(read(record)->key, (UsageKey{"", "", "token:tok_1", "models.chat", "", ""}));
}

TEST(UsageOf, EveryAmountThatALedgerCanHoldIsRead) {
  for (std::int64_t pico : {std::int64_t{1}, std::int64_t{12}, PicoDollars::kPerDollar,
                            PicoDollars::largest().pico(), std::int64_t{-5}}) {
    Record record = request();
    record.cost = PicoDollars(pico);
    EXPECT_EQ(read(record)->totals.cost.units(), pico);
  }
  Record absurd = request();
  absurd.input_tokens = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(read(absurd)->totals.input_tokens, metering::kMostTokens);
}

TEST(UsageOf, WhatIsOfAnotherTypeOrNestedIsPassedOver) {
  UsageRecord used;
  auto whole = read_usage(
      R"({"cost_usd":"0.5","extra":{"documents":{"x":[1,{"bytes":7}]},"bytes":3},"input_tokens":"many","kind":"request",)"
      R"("model":"a\"\u00e9","output_tokens":4,"principal":7,"status":200,"timestamp":"2026-11-25T12:00:00Z"})",
      used);
  ASSERT_TRUE(whole.value_or(false));
  EXPECT_EQ(used.key.model, "a\"\u00e9");
  EXPECT_EQ(used.key.principal, "");
  EXPECT_EQ(used.totals,
            (metering::UsageTotals{.requests = 1,
                                   .output_tokens = 4,
                                   .bytes = 3,
                                   .cost = metering::Decimal::of(PicoDollars(500'000'000'000))}));
}

TEST(UsageOf, ALongRecordLeavesNothingForTheNext) {
  Record longest = request(), brief = request();
  longest.resource = std::string(1 << 20, 'x');
  longest.program = std::string(1000, 'p');
  EXPECT_EQ(read(longest)->key.program, longest.program);
  EXPECT_EQ(read(brief)->key.program, "blue");
}

TEST(UsageOf, DamageIsToldAndNotCountedAsNothing) {
  for (std::string_view bad : {"", "[]", "{\"kind\":\"request\"", R"({"kind":"request"})",
                               R"({"kind":"request","cost_usd":"1.x","timestamp":"2026-11-25T12:00:00Z"})",
                               R"({"kind":"request","timestamp":"yesterday"})"}) {
    UsageRecord none;
    auto used = read_usage(bad, none);
    ASSERT_FALSE(used) << bad;
    EXPECT_EQ(used.error().reason, "ledger.damaged");
  }
}

}  // namespace
}  // namespace bailiwick::ledger
