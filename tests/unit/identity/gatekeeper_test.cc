// The door, truth table by truth table: who is let in, who is turned away with which answer, and what is
// recorded.
#include "identity/gatekeeper.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "policy/rule_files.h"
#include "policy/rules.h"
#include "support/gate_rig.h"

namespace bailiwick::identity {
namespace {

using tenancy::Action, tenancy::Reach, tenancy::Role;
using testing_support::GateRig;
using TenantStatus = snapshot::TenantStatus;

class GatekeeperTest : public testing::Test {
 protected:
  GatekeeperTest() {
    rig_.tenant("acme-corp");
    rig_.tenant("beta-inc");
    rig_.credential("operator", "acme-corp", Role::kOperator);
    rig_.credential("viewer", "acme-corp", Role::kViewer);
    rig_.credential("owner", "acme-corp", Role::kOwner);
    rig_.credential("root", "", Role::kPlatformAdmin);
  }

  template <Action A>
  Result<Grant<A>> admit(std::string_view credential, std::vector<std::string_view> tenants = {}) {
    return admit<A>(
        Presented{.credential = credential, .tenants = std::move(tenants), .request_id = "req_1"});
  }
  template <Action A>
  Result<Grant<A>> admit(const Presented& presented) {
    return rig_.gatekeeper.admit<A>(presented);
  }
  /// `allow`, or `code reason`, as a caller sees it.
  template <Action A>
  std::string answer(std::string_view credential, std::vector<std::string_view> tenants = {}) {
    return line(admit<A>(credential, std::move(tenants)));
  }
  template <class T>
  static std::string line(const Result<T>& result) {
    if (result) return "allow";
    switch (result.error().code) {
      case ErrorCode::kInvalid:
        return "400 " + result.error().reason;
      case ErrorCode::kUnauthenticated:
        return "401 " + result.error().reason;
      case ErrorCode::kForbidden:
        return "403 " + result.error().reason;
      case ErrorCode::kNotFound:
        return "404 " + result.error().reason;
      case ErrorCode::kUnavailable:
        return "503 " + result.error().reason;
      default:
        return result.error().reason;
    }
  }

  GateRig rig_;
};

// The edge has credentials looked up before it asks; that decides nothing.
TEST_F(GatekeeperTest, ACredentialThatWasLookedUpBeforeIsAnsweredAlike) {
  for (std::string_view sent : {"operator", "viewer", "root", "nobody", ""}) {
    Presented early{.credential = sent, .tenants = {"acme-corp"}, .request_id = "req_1"};
    rig_.gatekeeper.expect(early.credential);
    EXPECT_EQ(line(admit<Action::kAsk>(early)), answer<Action::kAsk>(sent, {"acme-corp"})) << sent;
    rig_.gatekeeper.look_up(early.credential);
    for (int again = 0; again < 2; ++again)
      EXPECT_EQ(line(admit<Action::kAsk>(early)), answer<Action::kAsk>(sent, {"acme-corp"})) << sent;
  }
}

TEST_F(GatekeeperTest, AGoodCredentialGetsAPermitForItsOwnTenant) {
  auto grant = admit<Action::kAsk>("operator");
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->permit.tenant().str(), "acme-corp");
  EXPECT_EQ(grant->permit.principal().subject, "token:tok_operator");
  EXPECT_EQ(grant->permit.policy_revision(), "roles-1");
  EXPECT_EQ(grant->reason, "role.operator");
  EXPECT_EQ(grant->snapshot, rig_.tenants.find("acme-corp"));
  EXPECT_EQ(grant->permit.scope().footprint(), &rig_.tenants.place_of("acme-corp")->footprint);
  EXPECT_TRUE(rig_.ledger.kept().empty()) << "what is allowed is recorded with what it did, by the edge";
}

// A credential may be known before its tenant is, and sees each state of the tenant at once.
TEST_F(GatekeeperTest, ATenantThatComesLaterIsFound) {
  rig_.credential("early", "late-corp", Role::kOperator);
  EXPECT_EQ(answer<Action::kAsk>("early"), "403 tenant.unknown");
  rig_.tenant("late-corp");
  EXPECT_EQ(answer<Action::kAsk>("early"), "allow");
  rig_.tenant("late-corp", TenantStatus::kSuspended);
  EXPECT_EQ(answer<Action::kAsk>("early"), "403 tenant.suspended");
  rig_.tenant("late-corp");
  EXPECT_EQ(answer<Action::kAsk>("early"), "allow");
}

// No, wrong, expired and revoked credentials all get the same answer and leave no trace in anyone's chain.
TEST_F(GatekeeperTest, BadCredentialsAreToldNothing) {
  rig_.credential("late", "acme-corp", {{.role = Role::kOwner}}, {}, rig_.clock.wall());
  std::set<std::string> messages;
  for (std::string_view bad : {"", "nonsense", "late", "operator ", "OPERATOR", "tok_operator"}) {
    auto refused = admit<Action::kAsk>(bad, {"beta-inc"});
    EXPECT_EQ(line(refused), "401 credential.invalid") << bad;
    messages.insert(refused.error().message);
  }
  EXPECT_EQ(messages.size(), 1u);
  EXPECT_TRUE(rig_.ledger.kept().empty());
}

TEST_F(GatekeeperTest, ATokenEndsAtItsMoment) {
  rig_.credential("brief", "acme-corp", {{.role = Role::kViewer}}, {},
                  rig_.clock.wall() + std::chrono::hours(1));
  EXPECT_EQ(answer<Action::kWhoAmI>("brief"), "allow");
  rig_.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(answer<Action::kWhoAmI>("brief"), "401 credential.invalid");
}

// 401 before 403 before 400: rows are credential × named tenants, columns a content, management and platform
// action.
TEST_F(GatekeeperTest, TruthTable) {
  struct RowOfTable {
    std::string_view credential;
    std::vector<std::string_view> tenants;
    std::string content, management, platform;
  };
  const std::string kMismatch = "403 tenant.mismatch", kRole = "403 role.insufficient";
  const RowOfTable kTable[] = {
      {"", {}, "401 credential.invalid", "401 credential.invalid", "401 credential.invalid"},
      {"", {"acme-corp"}, "401 credential.invalid", "401 credential.invalid", "401 credential.invalid"},
      {"owner", {}, "allow", "allow", kRole},
      {"owner", {"acme-corp"}, "allow", "allow", kRole},
      {"owner", {"acme-corp", "acme-corp"}, "allow", "allow", kRole},
      {"owner", {"beta-inc"}, kMismatch, kMismatch, kMismatch},
      {"owner", {"no-such-tenant"}, kMismatch, kMismatch, kMismatch},
      {"owner", {"../acme-corp"}, kMismatch, kMismatch, kMismatch},
      {"owner", {"ACME-CORP"}, kMismatch, kMismatch, kMismatch},
      {"owner", {"acme-corp", "beta-inc"}, kMismatch, kMismatch, kMismatch},
      {"owner", {"beta-inc", "acme-corp"}, kMismatch, kMismatch, kMismatch},
      {"viewer", {}, kRole, kRole, kRole},
      {"viewer", {"beta-inc"}, kMismatch, kMismatch, kMismatch},
      {"root", {}, "403 platform_admin.no_content", "400 tenant.missing", "allow"},
      {"root", {"acme-corp"}, "403 platform_admin.no_content", "allow", "allow"},
      {"root", {"acme-corp", "beta-inc"}, kMismatch, kMismatch, kMismatch},
      {"root", {"no-such-tenant"}, "403 platform_admin.no_content", "404 tenant.not_found", "allow"},
  };
  for (const RowOfTable& row : kTable) {
    std::string named;
    for (std::string_view tenant : row.tenants) named += " " + std::string(tenant);
    EXPECT_EQ(answer<Action::kAsk>(row.credential, row.tenants), row.content) << row.credential << named;
    EXPECT_EQ(answer<Action::kTenantsUpdate>(row.credential, row.tenants), row.management)
        << row.credential << named;
    EXPECT_EQ(answer<Action::kTenantsCreate>(row.credential, row.tenants), row.platform)
        << row.credential << named;
  }
}

// A foreign name is answered the same whether that tenant lives, sleeps or never was.
TEST_F(GatekeeperTest, AForeignNameIsNotLookedUp) {
  rig_.tenant("gone-ltd", TenantStatus::kArchived);
  std::set<std::string> answers;
  for (std::string_view foreign : {"beta-inc", "gone-ltd", "no-such-tenant", "_platform"}) {
    auto refused = admit<Action::kAsk>("operator", {foreign});
    ASSERT_FALSE(refused);
    answers.insert(line(refused) + refused.error().message + refused.error().detail);
  }
  EXPECT_EQ(answers.size(), 1u);
  for (const auto& kept : rig_.ledger.kept()) {
    EXPECT_EQ(kept.chain, "acme-corp") << "the neighbour's chain stays untouched";
    EXPECT_EQ(ledger::to_json(kept.record, kept.chain, 1).find("beta-inc"), std::string::npos);
  }
}

TEST_F(GatekeeperTest, OnlyAnActiveTenantWorks) {
  const std::pair<TenantStatus, std::string> kStates[] = {
      {TenantStatus::kPending, "403 tenant.pending"},
      {TenantStatus::kSuspended, "403 tenant.suspended"},
      {TenantStatus::kTerminating, "403 tenant.terminating"},
      {TenantStatus::kArchived, "403 tenant.archived"},
      {TenantStatus::kActive, "allow"}};
  for (const auto& [status, wanted] : kStates) {
    rig_.tenant("acme-corp", status);
    EXPECT_EQ(answer<Action::kAsk>("owner"), wanted);
    EXPECT_EQ(answer<Action::kTenantsResume>("owner").starts_with("403"), true) << "no tenant resumes itself";
    EXPECT_EQ(answer<Action::kTenantsGet>("root", {"acme-corp"}), "allow")
        << "its manager sees it in every state";
    EXPECT_EQ(answer<Action::kTenantsResume>("root", {"acme-corp"}), "allow");
  }
  rig_.credential("orphan", "never-loaded", Role::kOwner);
  EXPECT_EQ(answer<Action::kAsk>("orphan"), "403 tenant.unknown");
}

// Every denial of a known principal is in the chain of its own tenant; the platform admin's in the
// platform's.
TEST_F(GatekeeperTest, DenialsAreRecorded) {
  answer<Action::kAsk>("viewer");
  EXPECT_EQ(rig_.ledger.last(), "acme-corp deny ask role.insufficient");
  auto record = rig_.ledger.kept().back().record;
  EXPECT_EQ(record.principal, "token:tok_viewer");
  EXPECT_EQ(record.request_id, "req_1");
  EXPECT_EQ(record.policy_revision, "roles-1");
  EXPECT_EQ(record.time, rig_.clock.wall());
  answer<Action::kAsk>("operator", {"beta-inc"});
  EXPECT_EQ(rig_.ledger.last(), "acme-corp deny ask tenant.mismatch");
  answer<Action::kAsk>("root", {"acme-corp"});
  EXPECT_EQ(rig_.ledger.last(), "_platform deny ask platform_admin.no_content");
  rig_.tenant("acme-corp", TenantStatus::kSuspended);
  answer<Action::kAsk>("operator");
  EXPECT_EQ(rig_.ledger.last(), "acme-corp deny ask tenant.suspended");
}

// Repeating itself, a caller fills neither the ledger nor the log; how often it was refused stays exact.
TEST_F(GatekeeperTest, RepeatedDenialsAreCounted) {
  for (int i = 0; i < 500; ++i) EXPECT_EQ(answer<Action::kAsk>("viewer"), "403 role.insufficient");
  EXPECT_EQ(rig_.ledger.kept().size(), 8u);
  answer<Action::kAsk>("operator", {"beta-inc"});
  EXPECT_EQ(rig_.ledger.last(), "acme-corp deny ask tenant.mismatch") << "another one's is not hidden by it";
  rig_.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(rig_.gatekeeper.sweep_denials());
  ASSERT_EQ(rig_.ledger.kept().size(), 10u);
  auto record = rig_.ledger.kept().back().record;
  EXPECT_EQ(rig_.ledger.last(), "acme-corp deny ask role.insufficient");
  EXPECT_EQ(record.principal, "token:tok_viewer");
  EXPECT_EQ(record.policy_revision, "roles-1");
  EXPECT_EQ(record.extra.at("repeated").to_number<int>(), 492);
  EXPECT_EQ(rig_.gatekeeper.counted_denials(), 492u);
  std::string log = rig_.log();
  EXPECT_EQ(std::ranges::count(log, '\n'), 10) << "a line for each record";
  EXPECT_NE(log.find("\"times\":492"), std::string::npos) << log;
}

TEST_F(GatekeeperTest, CountedDenialsAreFlushed) {
  for (int i = 0; i < 20; ++i) answer<Action::kAsk>("root", {"acme-corp"});
  ASSERT_TRUE(rig_.gatekeeper.flush_denials());
  EXPECT_EQ(rig_.ledger.kept().size(), 9u);
  EXPECT_EQ(rig_.ledger.last(), "_platform deny ask platform_admin.no_content");
}

// What cannot be recorded is not answered as if it had been.
TEST_F(GatekeeperTest, ADenialThatCannotBeRecordedIsAnError) {
  rig_.ledger.full = true;
  EXPECT_EQ(answer<Action::kAsk>("viewer"), "503 ledger.full");
}

TEST_F(GatekeeperTest, ProgramsAreDeclaredOnes) {
  rig_.credential("blue", "acme-corp", {GateRig::in_program(Role::kOperator, "blue")});
  auto ask_in = [&](std::string_view credential, std::string_view program, std::string_view name_space = "") {
    return line(
        admit<Action::kAsk>({.credential = credential, .program = program, .name_space = name_space}));
  };
  EXPECT_EQ(ask_in("operator", "blue"), "allow");
  EXPECT_EQ(ask_in("operator", "none-such"), "400 program.unknown");
  EXPECT_EQ(ask_in("operator", "Blue"), "400 program.id_malformed");
  EXPECT_EQ(ask_in("operator", "../x"), "400 program.id_malformed");
  EXPECT_EQ(ask_in("operator", "", "lab"), "allow");
  EXPECT_EQ(ask_in("operator", "", "none-such"), "400 namespace.unknown");
  EXPECT_EQ(ask_in("operator", "", "La b"), "400 namespace.id_malformed");
  EXPECT_EQ(ask_in("blue", "blue"), "allow");
  EXPECT_EQ(ask_in("blue", "green"), "403 role.insufficient");
}

// A credential of one program need not name it, and its permit carries it.
TEST_F(GatekeeperTest, TheOnlyProgramOfACredentialIsImplied) {
  rig_.credential("blue", "acme-corp", {GateRig::in_program(Role::kOperator, "blue")});
  rig_.credential(
      "two", "acme-corp",
      {GateRig::in_program(Role::kOperator, "blue"), GateRig::in_program(Role::kViewer, "green")});
  auto grant = admit<Action::kAsk>("blue");
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->permit.scope().program().value().str(), "blue");
  EXPECT_EQ(answer<Action::kAsk>("two"), "403 role.insufficient");
  EXPECT_FALSE(admit<Action::kAsk>("operator")->permit.scope().program().has_value());
  EXPECT_EQ(answer<Action::kTokensList>("blue"), "403 role.insufficient");
}

TEST_F(GatekeeperTest, ScopesNarrow) {
  rig_.credential("narrow", "acme-corp", {{.role = Role::kOwner}}, {"ask"});
  EXPECT_EQ(answer<Action::kAsk>("narrow"), "allow");
  EXPECT_EQ(answer<Action::kTokensCreate>("narrow"), "403 scope.insufficient");
}

// Neither logs nor errors repeat what was presented as a credential or as a foreign tenant.
TEST_F(GatekeeperTest, NothingPresentedIsRepeated) {
  std::string said;
  for (std::string_view credential : {"operator", "bad-canary-credential"}) {
    auto refused = admit<Action::kTenantsCreate>(credential, {"canary-tenant"});
    ASSERT_FALSE(refused);
    said += refused.error().message + refused.error().detail + refused.error().reason;
  }
  said += rig_.log();
  EXPECT_NE(said.find("access.denied"), std::string::npos);
  EXPECT_EQ(said.find("canary"), std::string::npos) << said;
}

// Over all credentials and names: what is let in is the credential's own tenant, or the platform admin's
// management.
RC_GTEST_FIXTURE_PROP(GatekeeperTest, ContentIsReachedOnlyAtHome, ()) {
  auto credential = *rc::gen::element<std::string_view>("operator", "viewer", "owner", "root", "", "x");
  auto tenants = *rc::gen::container<std::vector<std::string_view>>(
      rc::gen::element<std::string_view>("acme-corp", "beta-inc", "none", "_platform"));
  auto grant = admit<Action::kCorpusRead>(credential, tenants);
  if (grant) {
    RC_ASSERT(grant->permit.tenant().str() == "acme-corp");
    RC_ASSERT(std::ranges::all_of(tenants, [](auto name) { return name == "acme-corp"; }));
    RC_ASSERT(credential == "operator" || credential == "owner");
  }
}

class GatekeeperRules : public GatekeeperTest {
 protected:
  static policy::RulesPtr rules(const std::string& text, policy::RulesOf whose = policy::RulesOf::kTenant) {
    return policy::Rules::compile(policy::read_rules({{"r.cedar", text}}, "", whose).value().operations)
        .value();
  }
  /// The tenant's rules become `after`, and reach this share of principals.
  snapshot::RolloutPtr roll_out(const std::string& before, const std::string& after, std::int64_t percent) {
    rig_.tenant("acme-corp", TenantStatus::kActive, {}, rules(after));
    auto next = std::make_shared<snapshot::TenantSnapshot>(*rig_.tenants.find("acme-corp"));
    next->rollout = std::make_shared<const snapshot::Rollout>(
        rules(before), rules(after), "old", snapshot::RolloutPolicy{.stages = {percent, 100}},
        snapshot::RolloutState{});
    rig_.tenants.put(next);
    return next->rollout;
  }
};

TEST_F(GatekeeperRules, ATenantsRuleDeniesWhatItsRolesPermit) {
  rig_.tenant("acme-corp", TenantStatus::kActive, {}, rules(R"(@id("no-ask") @reason("asking is closed")
    forbid(principal, action == Bailiwick::Action::"ask", resource);)"));
  auto denied = admit<Action::kAsk>("operator");
  ASSERT_FALSE(denied);
  EXPECT_EQ(line(denied), "403 rule.no-ask");
  EXPECT_EQ(denied.error().message, "asking is closed");
  EXPECT_EQ(rig_.ledger.last(), "acme-corp deny ask rule.no-ask");
  EXPECT_EQ(rig_.ledger.kept().back().record.policy_revision, "roles-1+rev");
  EXPECT_EQ(answer<Action::kRetrieve>("operator"), "allow");
  EXPECT_EQ(answer<Action::kAsk>("viewer"), "403 role.insufficient") << "roles are asked first";
}

TEST_F(GatekeeperRules, APermitGrantsNothingThatARoleDoesNot) {
  rig_.tenant("acme-corp", TenantStatus::kActive, {},
              rules(R"(@id("all") permit(principal, action in Bailiwick::Action::"all", resource);)"));
  EXPECT_EQ(answer<Action::kAsk>("operator"), "allow");
  EXPECT_EQ(answer<Action::kAsk>("viewer"), "403 role.insufficient");
}

// Who is not reached is held to both: what is stricter holds at once, what is looser waits.
TEST_F(GatekeeperRules, ARolloutHoldsBackWhatIsLooser) {
  const std::string no_ask =
      R"(@id("no-ask") forbid(principal, action == Bailiwick::Action::"ask", resource);)";
  const std::string no_retrieve =
      R"(@id("no-retrieve") forbid(principal, action == Bailiwick::Action::"retrieve", resource);)";
  snapshot::RolloutPtr rollout = roll_out(no_ask, no_retrieve, 0);
  EXPECT_EQ(answer<Action::kAsk>("operator"), "403 rule.no-ask");
  EXPECT_EQ(answer<Action::kRetrieve>("operator"), "403 rule.no-retrieve");
  EXPECT_EQ(answer<Action::kCorpusRead>("operator"), "allow");
  EXPECT_EQ(rig_.ledger.kept().back().record.policy_revision, "roles-1+rev+before-old");
  EXPECT_EQ(rollout->counts().samples, 3);
  EXPECT_EQ(rollout->counts().looser, 1) << "asking alone; a denial counts for nothing";
  EXPECT_EQ(answer<Action::kAsk>("viewer"), "403 role.insufficient");
  EXPECT_EQ(answer<Action::kTenantsSuspend>("root", {"acme-corp"}), "allow");
  EXPECT_EQ(rollout->counts().samples, 3) << "what never met the rules is no sample";
  (void)roll_out(no_ask, no_retrieve, 99);
  for (int i = 0; i < 20; ++i) rig_.credential("op" + std::to_string(i), "acme-corp", Role::kOperator);
  int reached = 0;
  for (int i = 0; i < 20; ++i) {
    std::string first = answer<Action::kAsk>("op" + std::to_string(i));
    EXPECT_EQ(answer<Action::kAsk>("op" + std::to_string(i)), first) << "it sticks to a principal";
    EXPECT_EQ(answer<Action::kRetrieve>("op" + std::to_string(i)), "403 rule.no-retrieve");
    reached += first == "allow";
  }
  EXPECT_GT(reached, 15);
}

TEST_F(GatekeeperRules, ANewRuleThatCannotBeEvaluatedIsCounted) {
  snapshot::RolloutPtr rollout = roll_out(
      R"(@id("before") forbid(principal, action == Bailiwick::Action::"ask", resource);)",
      R"(@id("odd") forbid(principal, action == Bailiwick::Action::"ask", resource) when { context.time.offset(duration("9223372036854775807ms")) > context.time };)",
      0);
  EXPECT_EQ(answer<Action::kAsk>("operator"), "403 rule.odd");
  EXPECT_EQ(rollout->counts().faulty, 1);
}

TEST_F(GatekeeperRules, GuardrailsBindEveryoneAndATenantsRulesNotThePlatformAdmin) {
  const std::string stay =
      R"(@id("stay") forbid(principal, action == Bailiwick::Action::"tenants.suspend", resource);)";
  rig_.tenant("acme-corp", TenantStatus::kActive, {}, rules(stay));
  EXPECT_EQ(answer<Action::kTenantsSuspend>("owner"), "403 rule.stay");
  EXPECT_EQ(answer<Action::kTenantsSuspend>("root", {"acme-corp"}), "allow");
  rig_.tenant("acme-corp", TenantStatus::kActive, {}, nullptr, rules(stay, policy::RulesOf::kPlatform));
  EXPECT_EQ(answer<Action::kTenantsSuspend>("owner"), "403 rule.stay");
  EXPECT_EQ(answer<Action::kTenantsSuspend>("root", {"acme-corp"}), "403 rule.stay");
}

}  // namespace
}  // namespace bailiwick::identity
