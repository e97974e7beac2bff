// What was used is the sum of the chain, exactly: however it is grouped, whatever the batches in which it was
// counted, and wherever the counting was cut off.
#include "ledger/usage_rollups.h"

#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/log.h"
#include "storage/sqlite/sqlite_store.h"
#include "support/permit_maker.h"
#include "support/temp_folder.h"

namespace bailiwick::ledger {
namespace {

using metering::Calendar;
using metering::UsageTotals;
using storage::TenantSession;
using tenancy::Action;
using testing_support::permit;
using usage_store::Grouping;
using Time = Grouping::Time;

WallTime at(std::string_view text) {
  return parse_rfc3339(text).value();
}
metering::Days days(std::string_view first, std::string_view last) {
  return {metering::parse_days(first)->first, metering::parse_days(last)->last};
}
const metering::Days kAllDays = days("2026-01", "2026-12");

/// Where a transaction ends as if the process had died.
enum class Death { kNone, kBefore, kInside, kAfterCommit };

/// A store whose next transaction may be cut off.
class MortalStore final : public storage::TenantStore {
 public:
  explicit MortalStore(const std::filesystem::path& folder)
      : inner_(storage::open_sqlite_tenant_store({.folder = folder, .migrations = usage_store::migrations()})
                   .value()) {}
  std::atomic<Death> next = Death::kNone;

 protected:
  Result<std::unique_ptr<TenantSession>> open_session(const tenancy::TenantScope& scope) override {
    TRY(auto session, inner_->open(permit<Action::kLedgerRead>(scope.tenant().view())));
    return std::make_unique<Session>(std::move(session), next);
  }

 private:
  class Session final : public TenantSession {
   public:
    Session(std::unique_ptr<TenantSession> inner, std::atomic<Death>& next)
        : inner_(std::move(inner)), next_(next) {}
    Result<std::vector<storage::Row>> query(storage::TenantSql sql, storage::Params params) override {
      return inner_->query(sql, params);
    }
    bailiwick::Status each(storage::TenantSql sql, storage::Params params,
                           const std::function<Next(const storage::Row&)>& row) override {
      return inner_->each(sql, params, row);
    }
    Result<std::int64_t> execute(storage::TenantSql sql, storage::Params params) override {
      return inner_->execute(sql, params);
    }
    bailiwick::Status transaction(const std::function<bailiwick::Status()>& work) override {
      const Death death = next_.exchange(Death::kNone);
      auto dead = [] { return fail(ErrorCode::kUnavailable, "test.died", "the process died"); };
      if (death == Death::kBefore) return dead();
      CHECK_OK(inner_->transaction([&]() -> bailiwick::Status {
        CHECK_OK(work());
        return death == Death::kInside ? bailiwick::Status(dead()) : bailiwick::Status();
      }));
      return death == Death::kAfterCommit ? bailiwick::Status(dead()) : bailiwick::Status();
    }

   private:
    std::unique_ptr<TenantSession> inner_;
    std::atomic<Death>& next_;
  };

  std::unique_ptr<storage::TenantStore> inner_;
};

const SystemClock kClock;

/// A ledger, a store and what counts one into the other; any of it can be started anew.
class Rig {
 public:
  explicit Rig(std::string tenant = "acme-corp") : tenant_(std::move(tenant)) {
    set_log_sink([](std::string_view) {});
    open_journal();
    open_store();
  }
  ~Rig() { set_log_sink(nullptr); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  void open_store() {
    rollups_ = nullptr;
    store = std::make_unique<MortalStore>(folder_.path() / "data");
    count_into_store();
  }
  /// The journal of another folder: of another chain.
  void open_journal(std::string_view name = "journal") {
    ledger = nullptr;
    ledger = open_ledger({.folder = folder_ / name, .segment_bytes = 64 << 10}, kClock).value();
    if (store != nullptr) count_into_store();
  }
  void append(const Record& record) {
    ASSERT_TRUE(ledger->append(permit<Action::kModelsChat>(tenant_), std::span(&record, 1)));
  }
  Result<UsageProgress> advance(std::uint64_t most = UsageRollups::kMostWaiting) {
    return rollups_->advance(permit<Action::kLedgerRead>(tenant_), zone, most);
  }
  Result<UsageReport> report(const Grouping& grouping = {}, metering::Days range = kAllDays) {
    return rollups_->report(permit<Action::kUsageRead>(tenant_), zone, range, grouping);
  }
  std::uint64_t head() const { return ledger->reader(permit<Action::kLedgerRead>(tenant_))->head().sequence; }
  UsageRollups& rollups() { return *rollups_; }

 private:
  /// Waiting for the disk would be most of the time; where folders can be in memory, they are.
  static bool prefer_memory() {
    return std::filesystem::is_directory("/dev/shm") && ::setenv("TMPDIR", "/dev/shm", 0) == 0;
  }
  const bool in_memory_ = prefer_memory();
  testing_support::TempFolder folder_;

 public:
  std::string zone = "UTC";
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<MortalStore> store;

 private:
  void count_into_store() {
    rollups_ = std::make_unique<UsageRollups>(*store, *ledger, [](const tenancy::TenantId& tenant) {
      return permit<Action::kLedgerRead>(tenant.view());
    });
  }
  std::string tenant_;
  std::unique_ptr<UsageRollups> rollups_;
};

Record chat(std::string_view time, std::int64_t tokens = 1) {
  Record record;
  record.time = at(time);
  record.principal = "token:tok_1";
  record.action = "models.chat";
  record.decision = "allow";
  record.provider = "cloud";
  record.model = "gpt";
  record.input_tokens = tokens;
  record.output_tokens = 0;
  record.cost = PicoDollars(tokens);
  return record;
}

std::string lines(const UsageReport& report) {
  std::string text;
  for (const usage_store::Row& row : report.rows)
    text += fmt::format("{} {}\n", row.time, row.totals.input_tokens);
  return text;
}

TEST(UsageRollups, AReportCountsUpToThePresentHead) {
  Rig rig;
  EXPECT_TRUE(rig.report()->rows.empty());
  EXPECT_EQ(rig.report()->total, UsageTotals());
  rig.append(chat("2026-11-25T12:00:00Z", 5));
  EXPECT_EQ(rig.report()->total.input_tokens, 5);
  rig.append(chat("2026-11-25T12:20:00Z", 7));
  auto report = rig.report();
  EXPECT_EQ(report->total.input_tokens, 12);
  EXPECT_EQ(report->through, 2u);
  EXPECT_EQ(rig.report()->total.requests, 2) << "asking again counts nothing again";
}

TEST(UsageRollups, WhatCouldNotBeAddedUpAsItWasWrittenIsRead) {
  Rig rig;
  Record upload = chat("2026-11-25T12:00:00Z", 3);
  upload.extra = {{"documents", 2}};
  for (int i = 0; i < 3; ++i) {
    rig.append(chat("2026-11-25T12:00:00Z", 10));
    rig.append(upload);
    rig.append(chat("2026-11-25T12:20:00Z", 7));
    rig.append(chat("2026-11-25T12:20:00Z", 7));
    rig.append(chat("2026-11-25T12:40:00Z", 7));
  }
  ASSERT_TRUE(rig.advance(1)) << "into the middle of what was added up";
  auto report = rig.report();
  EXPECT_EQ(report->through, 15u);
  EXPECT_EQ(report->total.input_tokens, 3 * (10 + 3 + 7 + 7 + 7));
  EXPECT_EQ(report->total.documents, 6);
}

TEST(UsageRollups, WhatTheLedgerAddedUpIsTakenOnce) {
  Rig rig;
  auto reader = [&] { return rig.ledger->reader(permit<Action::kLedgerRead>("acme-corp")); };
  EXPECT_EQ(reader()->tallied_from(), std::nullopt);
  for (int i = 0; i < 3; ++i) rig.append(chat("2026-11-25T12:00:00Z"));
  EXPECT_EQ(reader()->tallied_from(), 0u);
  auto tally = reader()->take_tally(0);
  ASSERT_TRUE(tally);
  EXPECT_EQ(tally->end().sequence, 3u);
  EXPECT_EQ(tally->sums().size(), 1u);
  EXPECT_FALSE(reader()->take_tally(0));
  rig.append(chat("2026-11-25T12:00:00Z"));
  EXPECT_EQ(reader()->tallied_from(), 3u);
  EXPECT_FALSE(reader()->take_tally(2)) << "record 3 is missing there";
  EXPECT_FALSE(reader()->take_tally(4)) << "record 4 would count twice";
  EXPECT_EQ(reader()->tallied_from(), std::nullopt);
  EXPECT_EQ(rig.report()->total.requests, 4) << "nothing is lost: it is read";
  Record upload = chat("2026-11-25T12:00:00Z");
  upload.extra = {{"documents", 1}};
  rig.append(upload);
  EXPECT_EQ(reader()->tallied_from(), std::nullopt) << "it has to be read";
  rig.append(chat("2026-11-25T12:00:00Z"));
  EXPECT_EQ(reader()->tallied_from(), 5u) << "and what is behind it has not";
  EXPECT_EQ(rig.report()->total.requests, 6);
}

TEST(UsageRollups, HoursAndDaysAreTheTenants) {
  Rig rig;
  rig.zone = "Asia/Kathmandu";  // +05:45
  for (auto [time, tokens] : {std::pair{"2026-11-25T18:14:59Z", 1},
                              {"2026-11-25T18:15:00Z", 10},
                              {"2026-11-25T19:14:59.999999Z", 100},
                              {"2026-11-30T18:15:00Z", 1000}})
    rig.append(chat(time, tokens));
  EXPECT_EQ(lines(*rig.report({.time = Time::kHour})),
            "2026-11-25T23:00+05:45 1\n2026-11-26T00:00+05:45 110\n2026-12-01T00:00+05:45 1000\n");
  EXPECT_EQ(lines(*rig.report({.time = Time::kDay})), "2026-11-25 1\n2026-11-26 110\n2026-12-01 1000\n");
  EXPECT_EQ(lines(*rig.report({.time = Time::kMonth})), "2026-11 111\n2026-12 1000\n");
  EXPECT_EQ(rig.report({}, days("2026-11-26", "2026-11-26"))->total.input_tokens, 110);
  EXPECT_EQ(rig.report({.time = Time::kHour}, days("2026-11-25", "2026-11-25"))->total.input_tokens, 1);
  for (Time time : {Time::kDay, Time::kHour})
    EXPECT_EQ(rig.report({.time = time}, days("0000-01", "9999-12"))->total.input_tokens, 1111);
}

TEST(UsageRollups, AnHourThatDaylightSavingRepeatsIsTwo) {
  Rig rig;
  rig.zone = "Europe/Berlin";
  for (auto [time, tokens] : {std::pair{"2026-10-25T00:30:00Z", 1}, {"2026-10-25T01:30:00Z", 2}})
    rig.append(chat(time, tokens));
  EXPECT_EQ(lines(*rig.report({.time = Time::kHour})),
            "2026-10-25T02:00+02:00 1\n2026-10-25T02:00+01:00 2\n");
}

// A tenant that moves has its days cut anew, from what was counted already.
TEST(UsageRollups, AnotherTimeZoneCutsTheDaysAgain) {
  Rig rig;
  rig.append(chat("2026-11-25T23:30:00Z", 1));
  rig.append(chat("2026-12-31T23:30:00Z", 2));
  EXPECT_EQ(lines(*rig.report({.time = Time::kDay})), "2026-11-25 1\n2026-12-31 2\n");
  rig.zone = "Asia/Tokyo";
  EXPECT_EQ(lines(*rig.report({.time = Time::kDay}, days("2026-01", "2027-12"))),
            "2026-11-26 1\n2027-01-01 2\n");
  rig.append(chat("2026-11-25T23:40:00Z", 4));
  rig.zone = "UTC";
  EXPECT_EQ(lines(*rig.report({.time = Time::kDay})), "2026-11-25 5\n2026-12-31 2\n");
}

// A power failure may take the end of the journal after it was counted, and new records take its numbers.
TEST(UsageRollups, AChainThatIsNoLongerTheOneThatWasCountedIsCountedAnew) {
  Rig rig;
  for (int i = 0; i < 5; ++i) rig.append(chat("2026-11-25T12:00:00Z", 100));
  EXPECT_EQ(rig.report()->total.input_tokens, 500);
  rig.open_journal("shorter");
  rig.append(chat("2026-11-25T12:00:00Z", 1));
  EXPECT_EQ(rig.report()->total.input_tokens, 1);
  rig.open_journal("as-long");
  rig.append(chat("2026-11-25T12:00:00Z", 2));
  EXPECT_EQ(rig.report()->total.input_tokens, 2);
  rig.open_journal("longer");
  for (int i = 0; i < 3; ++i) rig.append(chat("2026-11-25T12:00:00Z", 3));
  EXPECT_EQ(rig.report()->total.input_tokens, 9);
}

TEST(UsageRollups, MoneyPast64BitsIsExact) {
  Rig rig;
  Record dear = chat("2026-11-25T12:00:00Z");
  dear.cost = PicoDollars::largest();
  for (int i = 0; i < 3; ++i) rig.append(dear);
  EXPECT_EQ(rig.report()->total.cost.str(), "27670116.110564327421");
}

TEST(UsageRollups, SeveralCountersAtOnceCountOnce) {
  Rig rig;
  for (int i = 0; i < 200; ++i) rig.append(chat("2026-11-25T12:00:00Z"));
  rig.open_journal();  // so that they are read, in parts
  std::vector<std::jthread> counters;
  for (int i = 0; i < 4; ++i) {
    counters.emplace_back([&rig] {
      for (int part = 0; part < 20; ++part) ASSERT_TRUE(rig.advance(7));
    });
  }
  counters.clear();
  EXPECT_EQ(rig.report()->total.requests, 200);
}

TEST(UsageRollups, WhatIsWrittenWhileOthersCountIsCountedOnce) {
  constexpr int kRecords = 600;
  Rig rig;
  std::atomic<bool> written = false;
  std::vector<std::jthread> counters;
  for (int i = 0; i < 3; ++i) {
    counters.emplace_back([&rig, &written, i] {
      while (!written) ASSERT_TRUE(i == 0 ? rig.report().has_value() : rig.advance(5).has_value());
    });
  }
  for (int i = 0; i < kRecords; ++i) {
    Record record = chat("2026-11-25T12:00:00Z");
    if (i % 7 == 0) record.extra = {{"documents", 1}};
    if (i % 11 == 0) record.model = "odd \"name\"";
    rig.append(record);
  }
  written = true;
  counters.clear();
  auto report = rig.report();
  EXPECT_EQ(report->total.requests, kRecords);
  EXPECT_EQ(report->total.input_tokens, kRecords);
  EXPECT_EQ(report->total.documents, (kRecords + 6) / 7);
  EXPECT_EQ(report->through, static_cast<std::uint64_t>(kRecords));
}

TEST(UsageRollups, NothingOfANeighbourIsCounted) {
  Rig rig;
  rig.append(chat("2026-11-25T12:00:00Z"));
  Record theirs = chat("2026-11-25T12:00:00Z", 1000);
  theirs.model = "canary";
  ASSERT_TRUE(rig.ledger->append(permit<Action::kModelsChat>("beta-inc"), std::span(&theirs, 1)));
  EXPECT_EQ(rig.report()->total.input_tokens, 1);
  auto beta = rig.rollups().report(permit<Action::kUsageRead>("beta-inc"), "UTC", kAllDays, {.model = true});
  ASSERT_EQ(beta->rows.size(), 1u);
  EXPECT_EQ(beta->rows[0].key.model, "canary");
  EXPECT_EQ(beta->total.input_tokens, 1000);
}

TEST(UsageRollups, ALongWayBehindIsToldAndCaughtUp) {
  Rig rig;
  for (int i = 0; i < 10; ++i) rig.append(chat("2026-11-25T12:00:00Z"));
  rig.open_journal();  // what was added up died with the process
  auto progress = rig.advance(4);
  EXPECT_EQ(progress->counted, 4u);
  EXPECT_EQ(progress->head, 10u);
  rig.append(chat("2026-11-25T12:00:00Z"));
  EXPECT_EQ(rig.advance(100)->counted, 11u);
  EXPECT_EQ(rig.report()->total.requests, 11);
}

/// What is drawn for one record.
struct Drawn {
  std::int64_t seconds = 0;
  int who = 0, what = 0, kind = 0;
  std::int64_t tokens = 0, pico = 0;
};
Record record_of(const Drawn& drawn) {
  constexpr std::string_view kNames[] = {"", "a", "b"};
  Record record;
  record.time =
      at("2026-10-01T00:00:00Z") + std::chrono::seconds(drawn.seconds) + std::chrono::microseconds(999'999);
  record.principal = fmt::format("token:tok_{}", drawn.who);
  record.program = kNames[drawn.who % 3];
  record.name_space = kNames[drawn.what % 3];
  record.action = drawn.what % 2 == 0 ? "ask" : "models.chat";
  record.decision = "allow";
  record.status = drawn.kind == 3 ? 503 : 200;
  if (drawn.kind == 0) {
    record.kind = RecordKind::kLineage;
    record.extra = {{"documents", drawn.tokens}};
  }
  if (drawn.kind == 1) {
    record.decision = "deny";
    record.extra = {{"repeated", drawn.tokens + 1}};
  }
  if (drawn.kind < 2) return record;
  record.provider = kNames[drawn.what % 3];
  record.model = fmt::format("m{}", drawn.what);
  record.input_tokens = drawn.tokens;
  record.output_tokens = drawn.tokens / 2;
  record.cost = PicoDollars(drawn.pico);
  return record;
}

/// One row by itself: what the report must say, worked out from the record and nothing else.
using Expected = std::map<std::pair<std::string, UsageKey>, UsageTotals>;
void expect(Expected& expected, const Record& record, const Calendar& calendar, const Grouping& grouping) {
  if (record.kind != RecordKind::kRequest) return;
  const std::string day = metering::day_text(calendar.at(metering::Span::kDay, record.time).ordinal);
  const std::string time = grouping.time == Time::kHour    ? calendar.hour_at(record.time).name
                           : grouping.time == Time::kDay   ? day
                           : grouping.time == Time::kMonth ? day.substr(0, 7)
                                                           : "";
  UsageKey key{.program = grouping.program ? record.program : "",
               .name_space = grouping.name_space ? record.name_space : "",
               .principal = grouping.principal ? record.principal : "",
               .operation = grouping.operation ? record.action : "",
               .provider = grouping.provider ? record.provider : "",
               .model = grouping.model ? record.model : ""};
  UsageTotals& totals = expected[{time, std::move(key)}];
  const json::value* repeated = record.extra.if_contains("repeated");
  const std::int64_t times = repeated == nullptr ? 1 : repeated->to_number<std::int64_t>();
  totals.requests += times;
  if (record.decision == "deny") totals.denied += times;
  if (record.status >= 500) totals.errors += times;
  totals.input_tokens += std::max<std::int64_t>(record.input_tokens, 0);
  totals.output_tokens += std::max<std::int64_t>(record.output_tokens, 0);
  totals.cost += metering::Decimal::of(record.cost);
}

rc::Gen<Drawn> drawn_record() {
  return rc::gen::build<Drawn>(
      rc::gen::set(&Drawn::seconds, rc::gen::inRange<std::int64_t>(0, 36 * 86'400)),
      rc::gen::set(&Drawn::who, rc::gen::inRange(0, 4)), rc::gen::set(&Drawn::what, rc::gen::inRange(0, 6)),
      rc::gen::set(&Drawn::kind, rc::gen::inRange(0, 6)),
      rc::gen::set(&Drawn::tokens, rc::gen::inRange<std::int64_t>(0, 1'000'000)),
      rc::gen::set(&Drawn::pico,
                   rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max())));
}

Grouping drawn_grouping() {
  auto coin = [] { return *rc::gen::arbitrary<bool>(); };
  return {.time = *rc::gen::element(Time::kNone, Time::kMonth, Time::kDay, Time::kHour),
          .program = coin(),
          .name_space = coin(),
          .principal = coin(),
          .operation = coin(),
          .provider = coin(),
          .model = coin()};
}

void check(Rig& rig, const std::vector<Record>& records, const Grouping& grouping) {
  auto report = rig.report(grouping);
  RC_ASSERT(report.has_value());
  RC_ASSERT(report->through == records.size());
  Expected expected, found;
  UsageTotals total;
  const Calendar calendar = Calendar::in(rig.zone).value();
  for (const Record& record : records) expect(expected, record, calendar, grouping);
  for (const auto& [place, totals] : expected) total += totals;
  for (const usage_store::Row& row : report->rows) found[{row.time, row.key}] = row.totals;
  RC_ASSERT(found.size() == report->rows.size());
  RC_ASSERT(found == expected);
  RC_ASSERT(report->total == total);
}

// Appends, counts in parts, dies at any moment, starts again, and moves between time zones.
RC_GTEST_PROP(UsageRollupsProperty, EveryGroupingIsTheSumOfTheLedger, ()) {
  Rig rig;
  std::vector<Record> records;
  for (int step = *rc::gen::inRange(1, 8); step > 0; --step) {
    for (const Drawn& drawn : *rc::gen::container<std::vector<Drawn>>(drawn_record())) {
      records.push_back(record_of(drawn));
      rig.append(records.back());
    }
    rig.zone = *rc::gen::element<std::string>("Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe");
    rig.store->next =
        *rc::gen::element(Death::kNone, Death::kNone, Death::kBefore, Death::kInside, Death::kAfterCommit);
    (void)rig.advance(*rc::gen::inRange<std::uint64_t>(0, 40));
    if (*rc::gen::inRange(0, 4) == 0) rig.open_store();
    rig.store->next = Death::kNone;
  }
  for (int i = 0; i < 4; ++i) check(rig, records, drawn_grouping());
}

}  // namespace
}  // namespace bailiwick::ledger
