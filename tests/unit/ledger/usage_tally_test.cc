// What is added up as it is written is what reading it again adds up to.
#include "ledger/usage_tally.h"

#include <rapidcheck/gtest.h>

#include "ledger/record.h"

namespace bailiwick::ledger {
namespace {

Record any_record() {
  auto any_of = [](std::vector<std::string> texts) { return *rc::gen::elementOf(std::move(texts)); };
  Record record;
  record.kind = *rc::gen::element(RecordKind::kRequest, RecordKind::kLineage, RecordKind::kLifecycle);
  record.time = WallTime(std::chrono::minutes(*rc::gen::inRange(0, 60)));
  record.principal = any_of({"token:tok_1", "token:tok_2", ""});
  record.action = any_of({"models.chat", "corpus.add"});
  record.program = any_of({"", "blue"});
  record.name_space = any_of({"", "lab"});
  record.decision = any_of({"allow", "deny"});
  record.reason = any_of({"role.operator", "program.unknown", "namespace.unknown"});
  record.model = any_of({"", "gpt-4o-mini", "odd \"name\"", "caf\xc3\xa9"});
  record.provider = any_of({"", "cloud"});
  record.status = *rc::gen::element(0, 200, 404, 500, 503);
  record.input_tokens = *rc::gen::element<std::int64_t>(-1, 0, 17, std::numeric_limits<std::int64_t>::max());
  record.output_tokens = *rc::gen::element<std::int64_t>(-1, 0, 5);
  record.cost = PicoDollars(*rc::gen::element<std::int64_t>(0, 1, -3, 1'230'000'000'001));
  if (*rc::gen::inRange(0, 8) == 0) record.extra = {{"repeated", 3}, {"documents", 2}};
  return record;
}

Status read_again(UsageTally& tally, const Record& record) {
  return tally.add_written(to_json(record, "acme-corp", 1));
}

RC_GTEST_PROP(UsageTallyProperty, WrittenOrReadItIsTheSame, ()) {
  UsageTally written({}), read({});
  for (int i = *rc::gen::inRange(0, 40); i > 0; --i) {
    Record record = any_record();
    if (!written.add(record)) {
      RC_ASSERT(!is_counted_unread(record));
      RC_ASSERT(read_again(written, record).has_value());
    }
    RC_ASSERT(read_again(read, record).has_value());
  }
  RC_ASSERT(written.sums() == read.sums());
}

TEST(UsageTally, WhatSaysMoreThanUsualHasToBeRead) {
  Record plain;
  EXPECT_TRUE(UsageTally({}).add(plain));
  Record extra = plain, text = plain, odd = plain;
  extra.extra = {{"documents", 1}};
  text.extra_text = R"({"documents":1})";
  odd.model = "a\"b";
  for (const Record& record : {extra, text, odd}) EXPECT_FALSE(UsageTally({}).add(record));
}

TEST(UsageTally, MemoryIsBoundedHoweverManyNamesThereAre) {
  UsageTally tally({});
  Record record;
  int added = 0;
  for (record.model = "m0"; added < 1000 && tally.add(record); record.model = "m" + std::to_string(added))
    ++added;
  EXPECT_EQ(added, 64);
}

}  // namespace
}  // namespace bailiwick::ledger
