// What the ledger holds becomes questions that can be asked again: grouped, bounded, and what cannot be is
// counted.
#include "bundles/ledger_decisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bundles/recorded_json.h"
#include "identity/token_service.h"
#include "identity/token_store.h"
#include "ledger/record.h"
#include "storage/sqlite/sqlite_store.h"
#include "support/permit_maker.h"
#include "support/temp_folder.h"

namespace bailiwick::bundles {
namespace {

using tenancy::Action, tenancy::Role;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// A ledger that holds one chain, which may be damaged.
class OneChain final : public ledger::Ledger {
 public:
  Status append_budget(std::string_view, std::string_view, PicoDollars) override { return {}; }
  Status append_budget_alert(std::string_view, std::string_view, int, PicoDollars, PicoDollars) override {
    return {};
  }
  Status each_budget(
      const std::function<void(std::string_view, std::string_view, PicoDollars)>&) const override {
    return {};
  }
  void when_on_disk(std::move_only_function<void(Status)> told) override { told({}); }
  std::chrono::milliseconds sync_lag() const override { return {}; }
  Status close() override { return {}; }

  std::vector<std::string> payloads;
  bool damaged = false;
  mutable std::size_t visited = 0;

 protected:
  class Reader final : public ledger::ChainReader {
   public:
    explicit Reader(const OneChain& chain) : chain_(chain) {}
    ledger::Head head() const override { return {chain_.payloads.size(), ""}; }
    Status each(std::uint64_t from, const std::function<bool(const ledger::Entry&)>& visit) const override {
      if (chain_.damaged) return fail(ErrorCode::kInternal, "ledger.damaged", "segment 3: offset 17");
      for (std::uint64_t sequence = from; sequence <= chain_.payloads.size(); ++sequence) {
        ++chain_.visited;
        if (!visit({sequence, chain_.payloads[sequence - 1], {}, {}})) break;
      }
      return {};
    }

   private:
    const OneChain& chain_;
  };
  Status write(std::string_view, std::span<const ledger::Record>, Durability, tenancy::Footprint*) override {
    return {};
  }
  std::unique_ptr<ledger::ChainReader> open_reader(std::string_view chain) const override {
    EXPECT_EQ(chain, "acme-corp");
    return std::make_unique<Reader>(*this);
  }
};

class LedgerDecisionsTest : public testing::Test {
 protected:
  LedgerDecisionsTest() {
    store_ = storage::open_sqlite_platform_store(
                 {.folder = folder_.path(), .migrations = identity::token_migrations()})
                 .value();
    keep("tok_1", Role::kOwner);
    keep("tok_2", Role::kOperator);
  }

  void keep(std::string id, Role role, std::vector<std::string> scopes = {}) {
    identity::Token token;
    auto principal = std::make_shared<tenancy::Principal>();
    principal->subject = "token:" + id;
    principal->tenant = tenant_;
    principal->bindings = {{role, {}, {}}};
    principal->scopes = std::move(scopes);
    token.id = std::move(id);
    token.hash.fill(static_cast<unsigned char>(++made_));
    token.principal = principal;
    ASSERT_TRUE(identity::token_store::insert(*store_, token));
  }
  static ledger::Record call(std::string principal = "token:tok_1", std::string action = "ask") {
    ledger::Record record;
    record.time = parse_rfc3339("2026-11-25T12:00:00Z").value();
    record.principal = std::move(principal);
    record.action = std::move(action);
    record.decision = "allow";
    record.reason = "role.owner";
    record.status = 200;
    record.latency_us = 12;
    return record;
  }
  static ledger::Record denial(std::string reason) {
    ledger::Record record = call();
    record.decision = "deny";
    record.reason = std::move(reason);
    record.status = 0;
    record.latency_us = -1;
    return record;
  }
  static ledger::Record evaluations(const std::string& list) {
    ledger::Record record = call("token:tok_1", "access.evaluate");
    record.extra_text = R"({"evaluations":[)" + list + R"(],"revision":"r"})";
    return record;
  }
  void add(const ledger::Record& record) {
    ledger_.payloads.push_back(ledger::to_json(record, "acme-corp", ledger_.payloads.size() + 1));
  }
  Result<Recorded> read(std::size_t limit = 1000) {
    auto permits = [](const tenancy::TenantId& tenant) {
      return testing_support::permit<Action::kLedgerRead>(tenant.view());
    };
    return LedgerDecisions(*store_, ledger_, permits, limit).latest(tenant_);
  }
  Recorded latest(std::size_t limit = 1000) {
    auto recorded = read(limit);
    EXPECT_TRUE(recorded) << recorded.error().message;
    return recorded ? std::move(*recorded) : Recorded{};
  }

  testing_support::TempFolder folder_;
  std::unique_ptr<storage::PlatformStore> store_;
  tenancy::TenantId tenant_ = tenancy::TenantId::parse("acme-corp").value();
  OneChain ledger_;
  int made_ = 0;
};

TEST_F(LedgerDecisionsTest, AnEmptyChainHasNone) {
  EXPECT_THAT(latest().decisions, SizeIs(0));
}

TEST_F(LedgerDecisionsTest, EqualQuestionsAnsweredAlikeAreOne) {
  for (int i = 0; i < 10'000; ++i) add(call());
  Recorded recorded = latest(10'000);
  ASSERT_THAT(recorded.decisions, SizeIs(1));
  EXPECT_EQ(recorded.decisions[0].sequence, 10'000) << "the newest";
  EXPECT_EQ(recorded.decisions[0].times, 10'000);
  EXPECT_EQ(recorded.decisions[0].was, Decided::kAllow);
  EXPECT_EQ(recorded.decisions[0].reason, "role.owner");
  const auto& past = std::get<identity::PastQuestion>(recorded.decisions[0].question);
  EXPECT_EQ(past.principal->bindings.at(0).role, Role::kOwner);
  EXPECT_EQ(past.action, Action::kAsk);
}

TEST_F(LedgerDecisionsTest, WhateverPolicyCouldTellApartIsApart) {
  add(call());
  add(call("token:tok_2"));
  add(call("token:tok_1", "retrieve"));
  add(denial("rule.no-asks"));
  ledger::Record other = call();
  other.resource = "document:default/a";
  add(other);
  other = call();
  other.program = "qa";
  add(other);
  other = call();
  other.name_space = "wards";
  add(other);
  other = call();
  other.time += std::chrono::minutes(15);
  add(other);
  other.time += std::chrono::minutes(14);
  add(other);
  Recorded recorded = latest();
  ASSERT_THAT(recorded.decisions, SizeIs(8));
  EXPECT_EQ(recorded.decisions[0].times, 2) << "within one quarter of an hour";
  for (std::size_t i = 1; i < recorded.decisions.size(); ++i)
    EXPECT_LT(recorded.decisions[i].sequence, recorded.decisions[i - 1].sequence) << "newest first";
}

TEST_F(LedgerDecisionsTest, WhatPolicyDidNotDecideIsNoDecision) {
  ledger::Record record = call();
  record.reason = "budget.daily";
  add(record);
  record = call();
  record.kind = ledger::RecordKind::kLineage;
  add(record);
  record.kind = ledger::RecordKind::kLifecycle;
  add(record);
  Recorded recorded = latest();
  EXPECT_THAT(recorded.decisions, SizeIs(0));
  EXPECT_EQ(recorded.skipped, 0);
}

TEST_F(LedgerDecisionsTest, WhatCannotBeAskedAgainIsCounted) {
  ledger::Record counted = denial("rule.no-asks");
  counted.extra = {{"repeated", 40}};
  add(counted);
  add(call("token:tok_unknown"));
  add(call("system:canary"));
  add(call("token:tok_1", "fly"));
  ledger::Record late = denial("rule.not-to-the-us");
  late.status = 403;
  late.latency_us = 900;
  add(late);
  EXPECT_EQ(latest().skipped, 5);
  EXPECT_THAT(latest().decisions, SizeIs(0));
}

constexpr const char* kSign =
    R"({"action":{"name":"sign"},"decision":true,"policy":"author-signs","resource":{"id":"c","type":"Chart"},)"
    R"("subject":{"id":"ada","type":"User"}})";

TEST_F(LedgerDecisionsTest, EvaluationsAreQuestionsOfTheirOwn) {
  std::string denied = kSign;
  denied.replace(denied.find("true,\"policy\":\"author-signs\""), 28, "false");
  add(evaluations(std::string(kSign) + "," + kSign + "," + denied));
  add(evaluations(kSign));
  Recorded recorded = latest();
  ASSERT_THAT(recorded.decisions, SizeIs(3));
  EXPECT_EQ(recorded.decisions[0].times, 2) << "access.evaluate itself";
  EXPECT_EQ(recorded.decisions[1].times, 3);
  EXPECT_EQ(recorded.decisions[1].reason, "author-signs");
  EXPECT_EQ(
      std::get<RecordedEvaluation>(recorded.decisions[1].question).request,
      R"({"action":{"name":"sign"},"resource":{"id":"c","type":"Chart"},"subject":{"id":"ada","type":"User"}})");
  EXPECT_EQ(recorded.decisions[2].was, Decided::kDeny);
  EXPECT_EQ(recorded.decisions[2].reason, kNoPermit);
}

TEST_F(LedgerDecisionsTest, EvaluationsThatAreNotWholeAreSkipped) {
  for (
      const char* part :
      {R"({"decision":true,"sha256":"ab"})", R"({"decision":false,"fault":"expected an object"})",
       R"({"action":{"name":"a"},"context_sha256":"ab","decision":true,"resource":{"type":"R"},"subject":{"type":"U"}})",
       R"({"action":{"name":"a"},"decision":true,"resource":{"properties_sha256":"ab","type":"R"},"subject":{"type":"U"}})",
       R"({"action":{"name":"a","properties_sha256":"ab"},"decision":true,"resource":{"type":"R"},"subject":{"type":"U"}})"})
    add(evaluations(part));
  Recorded recorded = latest();
  EXPECT_THAT(recorded.decisions, SizeIs(1)) << "access.evaluate itself";
  EXPECT_EQ(recorded.skipped, 5);
}

TEST_F(LedgerDecisionsTest, TheLastOfThemAreTaken) {
  for (int i = 0; i < 6000; ++i) {
    ledger::Record record = call();
    record.resource = "document:default/" + std::to_string(i);
    add(record);
  }
  Recorded recorded = latest(2500);
  ASSERT_THAT(recorded.decisions, SizeIs(2500));
  EXPECT_EQ(recorded.decisions.front().sequence, 6000);
  EXPECT_EQ(recorded.decisions.back().sequence, 3501);
}

// Other records lie between decisions, and are passed over; but not without end.
TEST_F(LedgerDecisionsTest, ItLooksBackTenTimesAsFar) {
  ledger::Record lineage = call();
  lineage.kind = ledger::RecordKind::kLineage;
  add(call());
  for (int i = 0; i < 8; ++i) add(lineage);
  EXPECT_THAT(latest(1).decisions, SizeIs(1));
  for (int i = 0; i < 100'000; ++i) ledger_.payloads.push_back(ledger_.payloads.back());
  ledger_.visited = 0;
  EXPECT_THAT(latest(1000).decisions, SizeIs(0));
  EXPECT_EQ(ledger_.visited, 10'000u);
}

TEST_F(LedgerDecisionsTest, WhatIsLargeIsSkipped) {
  ledger::Record record = call();
  record.resource = std::string(kMaxDecisionBytes, 'x');
  add(record);
  for (int i = 0; i < 400; ++i) {
    record.resource = std::to_string(i) + std::string(kMaxDecisionBytes / 2, 'x');
    add(record);
  }
  Recorded recorded = latest();
  std::size_t bytes = 0;
  for (const RecordedDecision& decision : recorded.decisions) bytes += to_json(decision).size();
  EXPECT_LT(bytes, kMaxRecordedBytes + kMaxDecisionBytes);
  EXPECT_GT(recorded.decisions.size(), 100u);
  EXPECT_EQ(recorded.decisions.size() + static_cast<std::size_t>(recorded.skipped), 401u);
}

// Neither a damaged chain nor a record that is none is passed over.
TEST_F(LedgerDecisionsTest, AChainThatCannotBeReadIsAnError) {
  add(call());
  ledger_.damaged = true;
  auto refused = read();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(refused.error().reason, "bundle.decisions_unreadable");
  EXPECT_THAT(refused.error().message, HasSubstr("segment 3: offset 17"));
  EXPECT_THAT(refused.error().message, HasSubstr("bundles.replay_decisions: 0"));
  ledger_.damaged = false;
  ledger_.payloads.emplace_back("{");
  EXPECT_EQ(read().error().reason, "bundle.decisions_unreadable");
}

}  // namespace
}  // namespace bailiwick::bundles
