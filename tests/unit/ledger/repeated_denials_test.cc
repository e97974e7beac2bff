// However often a caller is refused, few records say so, and they say exactly how often.
#include "ledger/repeated_denials.h"

#include <map>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::ledger {
namespace {

using namespace std::chrono_literals;
using Outcome = RepeatedDenials::Outcome;

/// What was written, by chain. Can be told to refuse.
class Chains {
 public:
  struct Kept {
    std::string chain;
    Record record;
    std::int64_t repeated() const {
      auto* count = record.extra.if_contains("repeated");
      return count == nullptr ? 0 : count->to_number<std::int64_t>();
    }
    std::string text(std::string_view key) const { return std::string(record.extra.at(key).as_string()); }
  };

  RepeatedDenials::Write writer() {
    return [this](const tenancy::TenantId* tenant, const Record& record) -> Status {
      MutexLock lock(mutex_);
      if (room_ == 0) return fail(ErrorCode::kUnavailable, "ledger.full", "the disk is full");
      --room_;
      kept_.push_back({tenant != nullptr ? tenant->str() : "_platform", record});
      return {};
    };
  }
  void leave_room_for(std::size_t records) {
    MutexLock lock(mutex_);
    room_ = records;
  }
  std::vector<Kept> kept() const {
    MutexLock lock(mutex_);
    return kept_;
  }
  std::vector<Kept> summaries() const {
    std::vector<Kept> out = kept();
    std::erase_if(out, [](const Kept& record) { return record.repeated() == 0; });
    return out;
  }
  /// Denials of a chain that its records account for.
  std::int64_t denials(std::string_view chain) const {
    std::int64_t sum = 0;
    for (const Kept& record : kept()) {
      if (record.chain == chain) sum += std::max<std::int64_t>(record.repeated(), 1);
    }
    return sum;
  }

 private:
  mutable Mutex mutex_;
  std::vector<Kept> kept_ BW_GUARDED_BY(mutex_);
  std::size_t room_ BW_GUARDED_BY(mutex_) = SIZE_MAX;
};

const tenancy::TenantId kAcme = tenancy::TenantId::parse("acme-corp").value();
const tenancy::TenantId kBeta = tenancy::TenantId::parse("beta-inc").value();

class RepeatedDenialsTest : public testing::Test {
 protected:
  Record denial(std::string_view principal = "token:tok_1", std::string_view action = "ask",
                std::string_view reason = "role.insufficient") const {
    Record record;
    record.time = clock_.wall();
    record.request_id = "req_1";
    record.principal = principal;
    record.action = action;
    record.resource = "document:1";
    record.decision = "deny";
    record.reason = reason;
    record.policy_revision = "roles-1";
    return record;
  }
  /// Adds it `times` over; how many were written in full.
  int add(int times, const Record& record, const tenancy::TenantId* tenant = &kAcme) {
    int in_full = 0;
    for (int i = 0; i < times; ++i) {
      auto outcome = denials_.add(tenant, record);
      EXPECT_TRUE(outcome);
      if (outcome && *outcome == Outcome::kInFull) ++in_full;
    }
    return in_full;
  }

  ManualClock clock_{parse_rfc3339("2026-11-25T12:00:00Z").value()};
  Chains chains_;
  RepeatedDenials denials_{clock_, chains_.writer(), {.in_full = 3, .kinds_per_chain = 4, .kinds = 6}};
};

TEST_F(RepeatedDenialsTest, TheFirstOfAWindowAreWrittenAsTheyAre) {
  EXPECT_EQ(add(3, denial()), 3);
  ASSERT_EQ(chains_.kept().size(), 3u);
  EXPECT_EQ(to_json(chains_.kept()[2].record, "acme-corp", 1), to_json(denial(), "acme-corp", 1));
  clock_.advance(2s);
  ASSERT_TRUE(denials_.sweep());
  EXPECT_EQ(chains_.kept().size(), 3u) << "nothing was counted, so there is nothing to sum up";
  EXPECT_EQ(denials_.counted(), 0u);
}

TEST_F(RepeatedDenialsTest, TheRestIsOneRecordThatSaysHowManyAndWhen) {
  add(3, denial());
  clock_.advance(100ms);
  EXPECT_EQ(add(1, denial()), 0);
  clock_.advance(200ms);
  EXPECT_EQ(add(40, denial()), 0);
  ASSERT_TRUE(denials_.sweep());
  EXPECT_EQ(chains_.kept().size(), 3u) << "its window is still open";
  clock_.advance(700ms);
  ASSERT_TRUE(denials_.sweep());
  ASSERT_EQ(chains_.kept().size(), 4u);
  auto summary = chains_.kept().back();
  EXPECT_EQ(summary.chain, "acme-corp");
  EXPECT_EQ(to_json(summary.record, "acme-corp", 4),
            R"({"action":"ask","decision":"deny","extra":{"first_time":"2026-11-25T12:00:00.100000Z",)"
            R"("last_time":"2026-11-25T12:00:00.300000Z","repeated":41},"kind":"request",)"
            R"("policy_revision":"roles-1","principal":"token:tok_1","reason":"role.insufficient",)"
            R"("sequence":4,"tenant_id":"acme-corp","timestamp":"2026-11-25T12:00:01.000000Z"})");
  EXPECT_EQ(denials_.counted(), 41u);
  ASSERT_TRUE(denials_.flush());
  EXPECT_EQ(chains_.kept().size(), 4u) << "a count is written once";
}

TEST_F(RepeatedDenialsTest, TheNextDenialClosesAWindowThatHasEnded) {
  add(5, denial());
  clock_.advance(1s);
  EXPECT_EQ(add(5, denial()), 3) << "a new window, whose first are written again";
  ASSERT_EQ(chains_.summaries().size(), 1u);
  EXPECT_EQ(chains_.kept()[3].repeated(), 2) << "the sum stands before what came later";
  ASSERT_TRUE(denials_.flush());
  EXPECT_EQ(chains_.denials("acme-corp"), 10);
}

// One kind does not hide another, and no chain another.
TEST_F(RepeatedDenialsTest, KindsAndChainsAreCountedApart) {
  Record newer_rules = denial();
  newer_rules.policy_revision = "roles-2";
  EXPECT_EQ(add(4, denial()), 3);
  EXPECT_EQ(add(4, denial("token:tok_2")), 3);
  EXPECT_EQ(add(4, denial("token:tok_1", "retrieve")), 3);
  EXPECT_EQ(add(4, newer_rules), 3);
  EXPECT_EQ(add(4, denial(), &kBeta), 3);
  EXPECT_EQ(add(4, denial(), nullptr), 3);
  ASSERT_TRUE(denials_.flush());
  EXPECT_EQ(chains_.summaries().size(), 6u);
  EXPECT_EQ(chains_.denials("acme-corp"), 16);
  EXPECT_EQ(chains_.denials("beta-inc"), 4);
  EXPECT_EQ(chains_.denials("_platform"), 4);
}

// Past its share a chain's further kinds fall into one; none is lost, and a neighbour still has room.
TEST_F(RepeatedDenialsTest, TheTableIsBounded) {
  for (int i = 0; i < 100; ++i) add(5, denial(fmt::format("token:tok_{}", i)));
  EXPECT_EQ(chains_.kept().size(), 4u * 3 + 3) << "four kinds and the rest, three of each in full";
  EXPECT_EQ(add(5, denial(), &kBeta), 3);
  add(5, denial("token:tok_2"), &kBeta);
  add(5, denial("token:tok_3"), &kBeta);
  ASSERT_TRUE(denials_.flush());
  EXPECT_EQ(chains_.denials("acme-corp"), 500);
  EXPECT_EQ(chains_.denials("beta-inc"), 15);
  std::map<std::string, std::int64_t> collapsed;
  for (const auto& summary : chains_.summaries()) {
    if (summary.record.reason != "denials.collapsed") continue;
    EXPECT_EQ(summary.record.principal + summary.record.action, "");
    EXPECT_EQ(summary.record.decision, "deny");
    collapsed[summary.chain] += summary.repeated();
  }
  EXPECT_EQ(collapsed, (std::map<std::string, std::int64_t>{{"acme-corp", 96 * 5 - 3}, {"beta-inc", 2}}));
  add(4, denial("token:tok_99"));
  ASSERT_TRUE(denials_.flush());
  EXPECT_EQ(chains_.summaries().back().record.principal, "token:tok_99") << "a closed window gives room back";
}

TEST_F(RepeatedDenialsTest, AFlushEndsEveryWindow) {
  add(5, denial());
  add(7, denial(), &kBeta);
  ASSERT_TRUE(denials_.flush());
  EXPECT_EQ(chains_.denials("acme-corp"), 5);
  EXPECT_EQ(chains_.denials("beta-inc"), 7);
}

// The window is measured, not read off the calendar; the times of a summary are in order all the same.
TEST_F(RepeatedDenialsTest, ACalendarThatJumpsChangesNoCount) {
  add(4, denial());
  clock_.jump_wall(-2h);
  EXPECT_EQ(add(4, denial()), 0) << "still the same window";
  clock_.jump_wall(5h);
  EXPECT_EQ(add(4, denial()), 0);
  clock_.jump_wall(-3h);
  clock_.advance(1s);
  ASSERT_TRUE(denials_.sweep());
  ASSERT_EQ(chains_.summaries().size(), 1u);
  EXPECT_EQ(chains_.summaries()[0].repeated(), 9);
  EXPECT_EQ(chains_.summaries()[0].text("first_time"), "2026-11-25T10:00:00.000000Z");
  EXPECT_EQ(chains_.summaries()[0].text("last_time"), "2026-11-25T15:00:00.000000Z");
}

TEST_F(RepeatedDenialsTest, WhatCannotBeWrittenIsAnErrorAndNotCounted) {
  chains_.leave_room_for(0);
  EXPECT_EQ(denials_.add(&kAcme, denial()).error().reason, "ledger.full");
  chains_.leave_room_for(2);
  add(2, denial());
  EXPECT_FALSE(denials_.add(&kAcme, denial()));
  chains_.leave_room_for(100);
  EXPECT_EQ(add(3, denial()), 1) << "three in full, whatever failed between them";
  ASSERT_TRUE(denials_.flush());
  EXPECT_EQ(chains_.denials("acme-corp"), 5);
}

// Counts wait for the disk to have room again; none is written twice.
TEST_F(RepeatedDenialsTest, ACountThatCannotBeWrittenIsKept) {
  add(5, denial("token:tok_1"));
  add(6, denial("token:tok_2"));
  clock_.advance(1s);
  chains_.leave_room_for(1);
  EXPECT_EQ(denials_.sweep().error().reason, "ledger.full");
  EXPECT_EQ(denials_.sweep().error().reason, "ledger.full");
  EXPECT_FALSE(denials_.add(&kAcme, denial("token:tok_1"))) << "no new window over an unwritten one";
  chains_.leave_room_for(100);
  add(1, denial("token:tok_1"));
  ASSERT_TRUE(denials_.flush());
  EXPECT_EQ(chains_.denials("acme-corp"), 12);
  EXPECT_EQ(chains_.summaries().size(), 2u);
}

TEST_F(RepeatedDenialsTest, ThreadsCountToTheUnit) {
  constexpr int kThreads = 4, kEach = 2'000;
  std::atomic<int> in_full = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        const tenancy::TenantId* tenants[] = {&kAcme, &kBeta, nullptr};
        for (int i = 0; i < kEach; ++i) {
          in_full += add(1, denial(fmt::format("token:tok_{}", i % 7)), tenants[(thread + i) % 3]);
          if (i % 50 == 0) clock_.advance(97ms);
          if (i % 70 == 0) EXPECT_TRUE(denials_.sweep());
        }
      });
    }
  }
  ASSERT_TRUE(denials_.flush());
  EXPECT_EQ(chains_.denials("acme-corp") + chains_.denials("beta-inc") + chains_.denials("_platform"),
            kThreads * kEach);
  EXPECT_EQ(static_cast<std::int64_t>(denials_.counted()) + in_full, kThreads * kEach);
  EXPECT_GT(chains_.summaries().size(), 3u);
}

/// One step of a history: a denial, the passing of time, a sweep, or a change of the room on the disk.
struct Step {
  int chain = 0, principal = 0, what = 0, amount = 0;
};

// In every history: the records of each chain account for its denials, no more and no less, and no window
// wrote more than its share.
RC_GTEST_FIXTURE_PROP(RepeatedDenialsTest, EveryHistoryAddsUp, ()) {
  auto steps = *rc::gen::container<std::vector<Step>>(
      rc::gen::build<Step>(rc::gen::set(&Step::chain, rc::gen::inRange(0, 3)),
                           rc::gen::set(&Step::principal, rc::gen::inRange(0, 6)),
                           rc::gen::set(&Step::what, rc::gen::inRange(0, 12)),
                           rc::gen::set(&Step::amount, rc::gen::inRange(0, 30))));
  const tenancy::TenantId* tenants[] = {&kAcme, &kBeta, nullptr};
  const std::string_view names[] = {"acme-corp", "beta-inc", "_platform"};
  std::array<std::int64_t, 3> denied{};
  std::size_t windows = 3;
  for (const Step& step : steps) {
    auto chain = static_cast<std::size_t>(step.chain);
    if (step.what == 0) {
      clock_.advance(step.amount * 100ms);
      windows += 3;
    } else if (step.what == 1) {
      (void)denials_.sweep();
    } else if (step.what == 2) {
      chains_.leave_room_for(step.amount < 10 ? static_cast<std::size_t>(step.amount) : SIZE_MAX);
    } else if (step.what == 3) {
      clock_.jump_wall((step.amount - 15) * 1min);
    } else {
      for (int i = 0; i < step.amount; ++i) {
        if (denials_.add(tenants[chain], denial(fmt::format("token:tok_{}", step.principal))))
          ++denied[chain];
      }
    }
  }
  chains_.leave_room_for(SIZE_MAX);
  RC_ASSERT(denials_.flush().has_value());
  for (std::size_t chain = 0; chain < 3; ++chain) RC_ASSERT(chains_.denials(names[chain]) == denied[chain]);
  RC_ASSERT(chains_.kept().size() <= windows * 5 * (3 + 1));
}

}  // namespace
}  // namespace bailiwick::ledger
