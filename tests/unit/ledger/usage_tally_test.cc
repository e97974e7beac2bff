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

void written(UsageTally& tally, const Record& record, std::uint64_t sequence) {
  tally.add({&record, 1}, {sequence, {}});
}
Status read_again(UsageTally& tally, const Record& record, std::uint64_t sequence) {
  return tally.add_written(to_json(record, "acme-corp", sequence), {sequence, {}});
}

RC_GTEST_PROP(UsageTallyProperty, WrittenOrReadItIsTheSame, ()) {
  UsageTally tally({}), read({});
  for (std::uint64_t left = *rc::gen::inRange<std::uint64_t>(0, 40), sequence = 1; left > 0;
       --left, ++sequence) {
    Record record = any_record();
    written(tally, record, sequence);
    if (tally.end().sequence != sequence) {
      RC_ASSERT(!is_counted_unread(record));
      break;
    }
    RC_ASSERT(read_again(read, record, sequence).has_value());
    RC_ASSERT(tally.sums() == read.sums());
  }
}

TEST(UsageTally, ARequestThatSaysMoreThanUsualClosesIt) {
  Record plain, extra, text, odd, lineage;
  extra.extra = lineage.extra = {{"documents", 1}};
  text.extra_text = R"({"documents":1})";
  odd.model = "a\"b";
  lineage.kind = RecordKind::kLineage;
  for (const Record& record : {extra, text, odd}) {
    UsageTally tally({});
    written(tally, plain, 1);
    written(tally, record, 2);
    written(tally, plain, 3);
    EXPECT_EQ(tally.end().sequence, 1u) << "and stays as it was";
    EXPECT_EQ(tally.sums().begin()->second.requests, 1);
  }
  UsageTally tally({});
  const Record together[] = {plain, lineage, lineage};
  tally.add(together, {3, {}});
  EXPECT_EQ(tally.end().sequence, 3u) << "what is no request counts nothing of its extra";
  const Record spoiled[] = {plain, extra};
  tally.add(spoiled, {5, {}});
  EXPECT_EQ(tally.end().sequence, 3u);
  EXPECT_EQ(tally.sums().begin()->second.requests, 1) << "all of an append or none of it";
}

Record of_model(int number) {
  Record record;
  record.model = "m" + std::to_string(number);
  return record;
}

TEST(UsageTally, MemoryIsBoundedHoweverManyNamesThereAre) {
  UsageTally tally({});
  for (int i = 0; i < 1000; ++i) written(tally, of_model(i % 64), static_cast<std::uint64_t>(i + 1));
  EXPECT_EQ(tally.end().sequence, 1000u) << "as many as there may be, again and again";
  written(tally, of_model(64), 1001);
  EXPECT_EQ(tally.end().sequence, 1000u);
  EXPECT_EQ(tally.sums().size(), 64u);
}

TEST(UsageTally, AllTalliesShareTheirSpace) {
  TallySpace space;
  {
    UsageTally first({}, &space);
    written(first, of_model(1), 1);
    space.take(TallySpace::kMostSums - 1);
    EXPECT_FALSE(space.is_left());
    UsageTally moved = std::move(first), second({}, &space);
    written(moved, of_model(1), 2);
    written(second, of_model(1), 1);
    EXPECT_EQ(moved.end().sequence, 2u);
    EXPECT_EQ(second.end().sequence, 0u);
  }
  EXPECT_TRUE(space.is_left()) << "given back once";
  space.take(1);
  EXPECT_FALSE(space.is_left());
}

}  // namespace
}  // namespace bailiwick::ledger
