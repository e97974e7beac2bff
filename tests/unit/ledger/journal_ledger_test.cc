// The journal on disk: restarts, torn tails, damage, full disks, sealing and a killed process.
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "ledger/segment_index.h"
#include "ledger/verify.h"
#include "support/permit_maker.h"
#include "support/temp_folder.h"

namespace bailiwick::ledger {
namespace {

using tenancy::Action;
using testing_support::permit;

const SystemClock kClock;

class JournalLedgerTest : public testing::Test {
 protected:
  LedgerOptions options() const { return {.folder = folder_ / "ledger", .segment_bytes = segment_bytes_}; }
  void open() { ledger_ = open_ledger(options(), kClock).value(); }
  void reopen() {
    ledger_ = nullptr;
    open();
  }
  static Status append(Ledger& ledger, std::string_view tenant, std::string_view text) {
    Record record;
    record.resource = std::string(text);
    return ledger.append(permit<Action::kModelsChat>(tenant), {&record, 1});
  }
  void append(int count, std::string_view tenant = "acme-corp") {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(append(*ledger_, tenant, fmt::format("r{}", i)));
  }
  /// What an auditor would find.
  static VerifyReport verify(const Ledger& ledger, std::string_view tenant) {
    std::string lines;
    auto reader = ledger.reader(permit<Action::kLedgerRead>(tenant));
    Status read = reader->each(1, [&](const Entry& entry) {
      lines += to_export_line(entry) + "\n";
      return true;
    });
    EXPECT_TRUE(read) << read.error().message;
    std::istringstream in(lines);
    VerifyReport report = verify_export(in, std::nullopt).value();
    EXPECT_TRUE(report.problems.empty()) << to_string(report.problems);
    return report;
  }
  /// How many records the chain has; the reader's head must agree with what was read.
  std::uint64_t records(std::string_view tenant = "acme-corp") {
    VerifyReport report = verify(*ledger_, tenant);
    EXPECT_EQ(report.head.sequence, ledger_->reader(permit<Action::kLedgerRead>(tenant))->head().sequence);
    return report.records;
  }

  std::filesystem::path segment(std::uint64_t number) { return segment_path(folder_ / "ledger", number); }
  std::string bytes_of(std::uint64_t number) { return read_file(segment(number), 1 << 26).value(); }
  void overwrite(std::uint64_t number, std::size_t offset, std::string_view bytes) {
    std::fstream file(segment(number), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  /// Waits until the background has written the index of `number`.
  bool sealed(std::uint64_t number) {
    for (int i = 0; i < 500 && !std::filesystem::exists(index_path(folder_ / "ledger", number)); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return std::filesystem::exists(index_path(folder_ / "ledger", number));
  }

  testing_support::TempFolder folder_;
  std::size_t segment_bytes_ = 16 << 10;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(JournalLedgerTest, ChainsGoOnAcrossSegmentsAndRestarts) {
  open();
  for (int round = 1; round <= 3; ++round) {
    append(100);
    append(50, "beta-inc");
    EXPECT_EQ(records(), 100u * round);
    EXPECT_EQ(records("beta-inc"), 50u * round);
    reopen();
  }
  EXPECT_GT(std::filesystem::file_size(segment(5)), 0u) << "the test is about several segments";
  EXPECT_EQ(records(), 300u);
}

TEST_F(JournalLedgerTest, RecordsOfOneAppendLandTogether) {
  open();
  std::vector<Record> three(3);
  ASSERT_TRUE(ledger_->append(permit<Action::kAsk>("acme-corp"), three));
  EXPECT_EQ(records(), 3u);
}

TEST_F(JournalLedgerTest, AReaderBeginsAnywhereAndStopsWhenTold) {
  open();
  std::vector<Record> three(3);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(ledger_->append(permit<Action::kAsk>("acme-corp"), three));
  auto reader = ledger_->reader(permit<Action::kLedgerRead>("acme-corp"));
  for (std::uint64_t from : {1u, 2u, 3u, 4u, 95u, 180u}) {
    std::vector<std::uint64_t> seen;
    ASSERT_TRUE(reader->each(
        from, [&](const Entry& entry) { return seen.push_back(entry.sequence), seen.size() < 2; }));
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen[0], from);
    EXPECT_EQ(seen.size(), from == 180 ? 1u : 2u);
  }
  ASSERT_TRUE(reader->each(181, [](const Entry&) { return ADD_FAILURE(), true; }));
}

/// All that an index says, tables included.
std::string described(const std::filesystem::path& folder, const SegmentIndex& index) {
  std::string text = fmt::format("segment {} ends at {}\n", index.segment, index.end);
  for (const auto& [chain, stretch] : index.chains) {
    text += fmt::format("{} {}-{} {} {} {} {}:", chain, stretch.first, stretch.last,
                        to_rfc3339(stretch.first_time), to_rfc3339(stretch.last_time),
                        crypto::to_hex(stretch.last_hash), stretch.frame_count);
    auto frames = stretch.frames.empty() ? read_table(folder, stretch).value() : stretch.frames;
    for (const FrameRef& frame : frames) text += fmt::format(" {}@{}", frame.sequence, frame.offset);
    text += "\n";
  }
  for (const Grant& grant : index.grants)
    text += fmt::format("{} {} {} {}\n", grant.tenant, grant.window, grant.granted.to_decimal(),
                        to_rfc3339(grant.time));
  return text;
}

// A segment is sealed from what memory knows of it; a start without the index reads the segment instead.
TEST_F(JournalLedgerTest, AnIndexSaysWhatAScanOfItsSegmentFinds) {
  open();
  for (int round = 0; round < 4; ++round) {
    append(60);
    append(25, "beta-inc");
    ASSERT_TRUE(ledger_->append_budget(round % 2 == 0 ? "acme-corp" : "globex",
                                       fmt::format("day:2026-11-0{}", round + 1), PicoDollars(round)));
    append(25, "zeta-llc");
    reopen();  // what was written before is found by a scan then
  }
  append(100);
  const std::filesystem::path folder = folder_ / "ledger";
  ASSERT_TRUE(sealed(6));
  std::size_t grants = 0;
  for (std::uint64_t number = 1; number <= 6; ++number) {
    const std::string bytes = bytes_of(number);
    SegmentIndex read = read_index(folder, number).value();
    EXPECT_EQ(described(folder, read), described(folder, build_index(number, bytes)));
    grants += read.grants.size();
  }
  EXPECT_EQ(grants, 4u);
}

// An index without the grant would have the budget forget money that was spent.
TEST_F(JournalLedgerTest, ASegmentWithADamagedGrantIsNotSealedAndTheNextStartRefusesIt) {
  open();
  append(1);
  ASSERT_TRUE(ledger_->append_budget("acme-corp", "day:2026-11-25", PicoDollars(7)));
  const std::size_t at = bytes_of(1).find("granted_usd");
  ASSERT_NE(at, std::string::npos);
  overwrite(1, at, "X");
  append(200);
  ASSERT_TRUE(sealed(2)) << "the others are";
  EXPECT_FALSE(std::filesystem::exists(index_path(folder_ / "ledger", 1)));
  ledger_ = nullptr;
  auto again = open_ledger(options(), kClock);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "ledger.damaged");
}

TEST_F(JournalLedgerTest, TheLastGrantsAreKnownAfterARestart) {
  open();
  ASSERT_TRUE(ledger_->append_budget("acme-corp", "day:2026-11-25", PicoDollars::dollars(1)));
  ASSERT_TRUE(ledger_->append_budget("acme-corp", "month:2026-11", PicoDollars::dollars(5)));
  append(200);  // the first grants are in a sealed segment now
  ASSERT_TRUE(sealed(1));
  ASSERT_TRUE(ledger_->append_budget("acme-corp", "day:2026-11-25", PicoDollars::parse("2.5").value()));
  for (int round = 0; round < 2; ++round) {
    std::string all;
    ASSERT_TRUE(ledger_->each_budget([&](auto tenant, auto window, PicoDollars granted) {
      all += fmt::format("{} {} {};", tenant, window, granted.to_decimal());
    }));
    EXPECT_EQ(all, "acme-corp day:2026-11-25 2.5;acme-corp month:2026-11 5;");
    reopen();
  }
  EXPECT_EQ(records(), 203u);
}

TEST_F(JournalLedgerTest, ATornTailIsCutAndTheChainGoesOn) {
  open();
  append(5);
  ledger_ = nullptr;
  // A record that was being copied when the process died: half a frame behind the last one.
  std::size_t end = scan_frames(bytes_of(1), [](std::size_t, const Frame&) { return true; });
  std::string last = bytes_of(1).substr(kSegmentHeaderBytes, 150);
  overwrite(1, end, last);
  open();
  EXPECT_EQ(records(), 5u);
  append(1);
  reopen();
  EXPECT_EQ(records(), 6u);
}

TEST_F(JournalLedgerTest, DamageThatIsNoTearIsNamed) {
  open();
  append(5);
  ledger_ = nullptr;
  std::vector<std::size_t> offsets;
  scan_frames(bytes_of(1), [&](std::size_t offset, const Frame&) { return offsets.push_back(offset), true; });
  overwrite(1, offsets[2] + 70, "X");
  Error error = open_ledger(options(), kClock).error();
  EXPECT_EQ(error.reason, "ledger.damaged");
  EXPECT_NE(error.message.find(fmt::format("offset {}", offsets[2])), std::string::npos) << error.message;
}

TEST_F(JournalLedgerTest, AMissingSegmentIsNamed) {
  open();
  append(300);
  ledger_ = nullptr;
  std::filesystem::remove(segment(2));
  EXPECT_NE(open_ledger(options(), kClock).error().message.find("journal-000000000002.seg"),
            std::string::npos);
}

TEST_F(JournalLedgerTest, DamageInASealedSegmentIsFoundWhenItIsRead) {
  open();
  append(300);
  ASSERT_TRUE(sealed(1));
  overwrite(1, kSegmentHeaderBytes + 70, "X");
  auto reader = ledger_->reader(permit<Action::kLedgerRead>("acme-corp"));
  EXPECT_EQ(reader->each(1, [](const Entry&) { return true; }).error().reason, "ledger.damaged");
}

TEST_F(JournalLedgerTest, ALostOrBrokenIndexIsBuiltAgain) {
  open();
  append(300);
  ASSERT_TRUE(sealed(1));
  ASSERT_TRUE(sealed(2));
  ledger_ = nullptr;
  std::filesystem::remove(index_path(folder_ / "ledger", 1));
  ASSERT_TRUE(write_file_atomically(index_path(folder_ / "ledger", 2), "rubbish"));
  open();
  EXPECT_EQ(records(), 300u);
  EXPECT_TRUE(sealed(1));
  reopen();
  EXPECT_EQ(records(), 300u);
}

TEST_F(JournalLedgerTest, TwoProcessesDoNotShareAFolder) {
  open();
  EXPECT_EQ(open_ledger(options(), kClock).error().reason, "ledger.in_use");
}

TEST_F(JournalLedgerTest, AClosedLedgerTakesNothing) {
  open();
  append(1);
  ASSERT_TRUE(ledger_->close());
  EXPECT_EQ(append(*ledger_, "acme-corp", "late").error().reason, "ledger.closed");
  EXPECT_TRUE(ledger_->close());
  EXPECT_EQ(ledger_->sync_lag().count(), 0);
}

TEST_F(JournalLedgerTest, WhatIsWrittenReachesTheDiskSoon) {
  open();
  append(1);
  for (int i = 0; i < 500 && ledger_->sync_lag().count() > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_EQ(ledger_->sync_lag().count(), 0);
  Record record;
  ASSERT_TRUE(ledger_->append_durable(permit<Action::kTenantsUpdate>("acme-corp"), {&record, 1}));
  EXPECT_EQ(records(), 2u);
}

TEST_F(JournalLedgerTest, WhoAsksIsToldOnceWhatIsWrittenIsOnDisk) {
  open();
  constexpr int kAsking = 200;
  std::atomic<int> told = 0;
  for (int i = 0; i < kAsking; ++i) {
    append(1);
    ledger_->when_on_disk([&](const Status& outcome) { told += outcome.has_value() ? 1 : 1000; });
  }
  for (int i = 0; i < 5000 && told < kAsking; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(told, kAsking);
  ledger_->when_on_disk([&](const Status& outcome) { told += outcome.has_value() ? 1 : 1000; });
  EXPECT_EQ(told, kAsking + 1) << "nothing is waited for";
  append(1);
  ledger_->when_on_disk([&](const Status&) { ++told; });
  ASSERT_TRUE(ledger_->close());
  EXPECT_EQ(told, kAsking + 2) << "the last of all at the end";
}

TEST_F(JournalLedgerTest, ARecordWithoutATimeGetsThatOfItsAppend) {
  open();
  WallTime before = kClock.wall();
  append(1);
  auto reader = ledger_->reader(permit<Action::kLedgerRead>("acme-corp"));
  ASSERT_TRUE(reader->each(1, [&](const Entry& entry) {
    auto text = std::string(parse_json_object(entry.payload).value()["timestamp"].as_string());
    EXPECT_GE(parse_rfc3339(text).value(), before);
    return true;
  }));
}

// Order is that of the chain, whatever the clock says; and a clock that is ahead at a start forgets no money.
TEST_F(JournalLedgerTest, AClockThatJumpsBreaksNoChainAndForgetsNoGrant) {
  using namespace std::chrono_literals;
  ManualClock clock(parse_rfc3339("2026-11-25T12:00:00Z").value());
  std::string grants;
  for (auto jump : {0h, -24h, 365 * 24h, -364 * 24h}) {
    clock.jump_wall(jump);
    ledger_ = nullptr;
    ledger_ = open_ledger(options(), clock).value();
    append(1);
    grants.clear();
    ASSERT_TRUE(ledger_->each_budget([&](auto, auto window, PicoDollars granted) {
      grants += fmt::format("{} {};", window, granted.to_decimal());
    }));
    if (jump != 0h) EXPECT_EQ(grants, "day:2026-11-25 1;") << jump.count();
    ASSERT_TRUE(ledger_->append_budget("acme-corp", "day:2026-11-25", PicoDollars::dollars(1)));
  }
  EXPECT_EQ(records(), 8u);
  std::vector<std::string> days;
  auto reader = ledger_->reader(permit<Action::kLedgerRead>("acme-corp"));
  ASSERT_TRUE(reader->each(1, [&](const Entry& entry) {
    std::string time(parse_json_object(entry.payload).value()["timestamp"].as_string());
    days.push_back(time.substr(0, 10));
    return true;
  }));
  EXPECT_EQ(days, (std::vector<std::string>{"2026-11-25", "2026-11-25", "2026-11-24", "2026-11-24",
                                            "2027-11-24", "2027-11-24", "2026-11-25", "2026-11-25"}));
}

TEST_F(JournalLedgerTest, AFullDiskRefusesAndTheServiceRecovers) {
  // A limit on the size of files stands in for the disk: no new segment can be allocated.
  open();
  append(1);
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small{8 << 10, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  std::uint64_t taken = 1;
  Status outcome;
  while ((outcome = append(*ledger_, "acme-corp", "x")) && taken < 10'000) ++taken;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(outcome.error().reason, "ledger.full");
  EXPECT_EQ(records(), taken) << "what was refused is not in the chain";
  append(1);
  EXPECT_EQ(records(), taken + 1);
  reopen();
  EXPECT_EQ(records(), taken + 1);
}

TEST_F(JournalLedgerTest, ThreadsOnSeveralChainsKeepEveryChainWhole) {
  segment_bytes_ = 64 << 10;
  open();
  constexpr int kThreads = 4, kChains = 3, kEach = 300;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kEach; ++i) {
          std::string tenant = fmt::format("tenant-{}", (thread + i) % kChains);
          EXPECT_TRUE(append(*ledger_, tenant, fmt::format("{}-{}", thread, i)));
          if (i % 100 == 0) verify(*ledger_, tenant);
        }
      });
    }
  }
  for (int round = 0; round < 2; ++round) {
    std::uint64_t total = 0;
    for (int chain = 0; chain < kChains; ++chain) total += records(fmt::format("tenant-{}", chain));
    EXPECT_EQ(total, kThreads * kEach);
    reopen();
  }
}

/// Appends until it is killed, telling the parent of each record once it was acknowledged.
[[noreturn]] void append_until_killed(const LedgerOptions& options, int acknowledgements) {
  auto ledger = open_ledger(options, kClock);
  auto chat = permit<Action::kModelsChat>("acme-corp");
  for (std::uint32_t i = 0; ledger; ++i) {
    Record record;
    record.resource = fmt::format("r{}", i);
    if (!(*ledger)->append(chat, {&record, 1}) || ::write(acknowledgements, "+", 1) != 1) break;
  }
  ::_exit(1);
}

TEST_F(JournalLedgerTest, AKilledProcessLosesNoAcknowledgedRecord) {
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 20; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) append_until_killed(options(), pipe[1]);
    ::close(pipe[1]);
    // Each round dies at another moment: after some first records, and a little later.
    char some[4096];
    ssize_t got = ::read(pipe[0], some, 1);
    ASSERT_EQ(got, 1) << "the child could not append";
    std::this_thread::sleep_for(std::chrono::microseconds(500 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (; got > 0; got = ::read(pipe[0], some, sizeof some)) acknowledged += static_cast<std::uint64_t>(got);
    ::close(pipe[0]);
    open();
    // One record may have landed in each round without its acknowledgement being read.
    std::uint64_t kept = records();
    EXPECT_GE(kept, acknowledged);
    EXPECT_LE(kept, acknowledged + static_cast<std::uint64_t>(round) + 1);
    ledger_ = nullptr;
  }
  EXPECT_GT(acknowledged, 20u);
}

}  // namespace
}  // namespace bailiwick::ledger
