// Tokens over the real platform store: made, listed, rotated with an overlap, revoked, expired, and never
// above the giver.
#include "identity/token_service.h"

#include <thread>

#include <gtest/gtest.h>

#include "policy/role_policies.h"
#include "storage/sqlite/sqlite_store.h"
#include "support/gate_rig.h"
#include "support/permit_maker.h"
#include "support/temp_folder.h"

namespace bailiwick::identity {
namespace {

using namespace std::chrono_literals;
using tenancy::Action, tenancy::Permit, tenancy::Role, tenancy::RoleBinding;
using testing_support::GateRig, testing_support::PermitMaker;

class TokenServiceTest : public testing::Test {
 protected:
  TokenServiceTest() {
    rig_.tenant("acme-corp");
    rig_.tenant("beta-inc");
    store_ = storage::open_sqlite_platform_store({.folder = folder_.path(), .migrations = token_migrations()})
                 .value();
    service_ = std::make_unique<TokenService>(*store_, rig_.tokens, rig_.ledger, rig_.clock, random_);
  }

  /// A permit in the name of a holder of `bindings`; of the platform admin when none are given.
  template <Action A>
  Permit<A> permit(std::vector<RoleBinding> bindings = {}, std::vector<std::string> scopes = {},
                   std::string_view tenant = "acme-corp") {
    auto principal = std::make_shared<tenancy::Principal>();
    principal->subject = "token:tok_giver";
    if (bindings.empty())
      bindings = {{.role = Role::kPlatformAdmin}};
    else
      principal->tenant = tenancy::TenantId::parse(tenant).value();
    principal->bindings = std::move(bindings);
    principal->scopes = std::move(scopes);
    return Permit<A>(PermitMaker::badge(), PermitMaker::scope(tenant), std::move(principal), "rev");
  }
  static TokenRequest of_role(Role role) {
    return {.name = "for tests", .bindings = {{.role = role}}, .scopes = {}, .expires_in = {}};
  }
  IssuedToken make(Role role, std::string_view tenant = "acme-corp") {
    return service_->create(permit<Action::kTokensCreate>({}, {}, tenant), of_role(role)).value();
  }
  std::string create_as(std::vector<RoleBinding> giver, std::vector<std::string> scopes,
                        const TokenRequest& request) {
    auto made = service_->create(permit<Action::kTokensCreate>(std::move(giver), std::move(scopes)), request);
    return made ? "made" : made.error().reason;
  }
  /// Does the door open for it?
  bool works(std::string_view secret) {
    return rig_.gatekeeper.admit<Action::kWhoAmI>({.credential = secret}).has_value();
  }
  /// A new process over the same files.
  void restart() {
    rig_.tokens.replace(TokenSource::kApi, {});
    rig_.tokens.replace(TokenSource::kBootstrap, {});
    ASSERT_TRUE(service_->load());
  }

  GateRig rig_;
  testing_support::TempFolder folder_;
  SeededRandom random_{7};
  std::unique_ptr<storage::PlatformStore> store_;
  std::unique_ptr<TokenService> service_;
};

TEST_F(TokenServiceTest, ATokenWorksAtOnceAndAfterARestart) {
  IssuedToken issued = make(Role::kOperator);
  EXPECT_TRUE(issued.secret.starts_with("bwk_"));
  EXPECT_EQ(issued.secret.size(), 4u + 43u) << "256 bits";
  EXPECT_TRUE(works(issued.secret));
  EXPECT_EQ(rig_.tokens.find(issued.secret)->principal->subject, "token:" + issued.token->id);
  restart();
  EXPECT_TRUE(works(issued.secret));
  EXPECT_FALSE(works(issued.token->id)) << "an id is no credential";
  EXPECT_FALSE(works(crypto::to_hex(issued.token->hash))) << "nor is what the database holds";
}

// The secret is on no disk and in no record; making one is on disk before it is answered.
TEST_F(TokenServiceTest, TheSecretIsKeptNowhere) {
  IssuedToken issued = make(Role::kOperator);
  auto rows =
      store_->query("SELECT id || tenant || name || hash || subject || bindings || scopes FROM tokens")
          .value();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].text(0).find(issued.secret.substr(4)), std::string::npos);
  auto kept = rig_.ledger.kept().back();
  EXPECT_EQ(kept.chain, "acme-corp");
  EXPECT_TRUE(kept.durable);
  EXPECT_EQ(kept.record.resource, "token:" + issued.token->id);
  EXPECT_EQ(ledger::to_json(kept.record, "acme-corp", 1).find(issued.secret.substr(4)), std::string::npos);
}

// What cannot be recorded is not given.
TEST_F(TokenServiceTest, NoTokenWithoutItsRecord) {
  rig_.ledger.full = true;
  auto refused = service_->create(permit<Action::kTokensCreate>(), of_role(Role::kViewer));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "ledger.full");
}

const TokenService::KeepSecret kKept = [](const std::string&) { return Status{}; };

// An operator who could not be handed the token must not be locked out by it.
TEST_F(TokenServiceTest, AFirstAdminThatCouldNotBeKeptDoesNotCount) {
  auto disk_full = [](const std::string&) -> Status {
    return fail(ErrorCode::kUnavailable, "file.disk_full", "the disk is full");
  };
  ASSERT_FALSE(service_->bootstrap(disk_full));
  restart();
  std::string kept;
  auto keep = [&](const std::string& secret) {
    kept = secret;
    return Status{};
  };
  ASSERT_TRUE(service_->bootstrap(keep).value());
  EXPECT_TRUE(works(kept));
}

TEST_F(TokenServiceTest, TheFirstAdminIsMadeOnce) {
  auto first = service_->bootstrap(kKept).value();
  ASSERT_TRUE(first);
  EXPECT_TRUE(works(first->secret));
  EXPECT_TRUE(rig_.gatekeeper.admit<Action::kTenantsCreate>({.credential = first->secret}));
  EXPECT_FALSE(service_->bootstrap(kKept).value());
  restart();
  EXPECT_TRUE(works(first->secret));
  EXPECT_FALSE(service_->bootstrap(kKept).value());
}

// The old secret is lost, or known to others: a reset ends it, and the tenants' tokens go on.
TEST_F(TokenServiceTest, AResetReplacesEveryAdmin) {
  std::string first = service_->bootstrap(kKept).value()->secret, kept;
  IssuedToken viewer = make(Role::kViewer);
  auto keep = [&](const std::string& secret) {
    kept = secret;
    return Status{};
  };
  auto reset = [&](const TokenService::KeepSecret& how) {
    return service_->reset_admin(PermitMaker::permit<Action::kPlatformConfig>(), how);
  };
  std::string second = reset(keep).value().secret;
  EXPECT_EQ(kept, second);
  auto record = rig_.ledger.kept().back();
  EXPECT_EQ(record.chain, "_platform");
  EXPECT_TRUE(record.durable);
  restart();
  EXPECT_FALSE(works(first));
  EXPECT_TRUE(works(second) && works(viewer.secret));
  EXPECT_TRUE(rig_.gatekeeper.admit<Action::kTenantsCreate>({.credential = second}));
  EXPECT_FALSE(service_->bootstrap(kKept).value()) << "it counts as the first one did";
  auto disk_full = [](const std::string&) -> Status {
    return fail(ErrorCode::kUnavailable, "file.disk_full", "the disk is full");
  };
  EXPECT_FALSE(reset(disk_full));
  restart();
  EXPECT_TRUE(works(second)) << "until a new one is kept, the old one works";
}

TEST_F(TokenServiceTest, ListIsPagedAndOfOneTenant) {
  std::set<std::string> made, listed;
  for (int i = 0; i < 5; ++i) made.insert(make(Role::kViewer).token->id);
  make(Role::kViewer, "beta-inc");
  std::string after;
  int pages = 0;
  do {
    TokenPage page = service_->list(permit<Action::kTokensList>(), after, 2).value();
    EXPECT_LE(page.tokens.size(), 2u);
    for (const TokenPtr& token : page.tokens) EXPECT_TRUE(listed.insert(token->id).second);
    after = page.next;
    ++pages;
  } while (!after.empty());
  EXPECT_EQ(listed, made);
  EXPECT_EQ(pages, 3);
}

TEST_F(TokenServiceTest, RevokeIsAtOnceAndForGood) {
  IssuedToken issued = make(Role::kOperator);
  auto revoked = service_->revoke(permit<Action::kTokensRevoke>(), issued.token->id);
  ASSERT_TRUE(revoked);
  EXPECT_EQ((*revoked)->revoked_at, rig_.clock.wall());
  EXPECT_FALSE(works(issued.secret));
  restart();
  EXPECT_FALSE(works(issued.secret));
  EXPECT_EQ(service_->revoke(permit<Action::kTokensRevoke>(), issued.token->id).error().reason,
            "token.not_found");
  EXPECT_EQ(service_->list(permit<Action::kTokensList>(), "", 10)->tokens.size(), 1u) << "its row stays";
}

// Another tenant's token is answered as one that never was.
TEST_F(TokenServiceTest, AForeignTokenIsNotFound) {
  IssuedToken foreign = make(Role::kViewer, "beta-inc");
  auto describe_error = [](const Error& error) { return error.reason + error.message + error.detail; };
  auto other = service_->revoke(permit<Action::kTokensRevoke>(), foreign.token->id);
  auto absent = service_->revoke(permit<Action::kTokensRevoke>(), "tok_none");
  ASSERT_FALSE(other);
  EXPECT_EQ(describe_error(other.error()), describe_error(absent.error()));
  EXPECT_FALSE(service_->rotate(permit<Action::kTokensRotate>(), foreign.token->id, 0ms));
  EXPECT_TRUE(works(foreign.secret));
}

TEST_F(TokenServiceTest, ARotationOverlapsAndThenEnds) {
  IssuedToken old = make(Role::kOperator);
  IssuedToken next = service_->rotate(permit<Action::kTokensRotate>(), old.token->id, 1h).value();
  EXPECT_NE(next.secret, old.secret);
  EXPECT_EQ(next.token->principal->bindings[0].role, Role::kOperator);
  EXPECT_EQ(next.token->name, old.token->name);
  EXPECT_EQ(rig_.ledger.kept().back().record.extra.at("replaced_by"), json::value(next.token->id));
  rig_.clock.advance(1h - 1us);
  EXPECT_TRUE(works(old.secret) && works(next.secret));
  restart();
  EXPECT_TRUE(works(old.secret) && works(next.secret)) << "the overlap survives a restart";
  rig_.clock.advance(1us);
  EXPECT_FALSE(works(old.secret));
  EXPECT_TRUE(works(next.secret));
}

TEST_F(TokenServiceTest, ARotationWithoutOverlapEndsTheOldOne) {
  IssuedToken old = make(Role::kOperator);
  IssuedToken next = service_->rotate(permit<Action::kTokensRotate>(), old.token->id, 0ms).value();
  EXPECT_FALSE(works(old.secret));
  EXPECT_TRUE(works(next.secret));
}

// An overlap is cut short by a revocation and never made longer by a second rotation.
TEST_F(TokenServiceTest, TheEndOfATokenOnlyMovesEarlier) {
  IssuedToken old = make(Role::kOperator);
  ASSERT_TRUE(service_->rotate(permit<Action::kTokensRotate>(), old.token->id, 1h));
  ASSERT_TRUE(service_->rotate(permit<Action::kTokensRotate>(), old.token->id, 24h));
  rig_.clock.advance(30min);
  EXPECT_TRUE(works(old.secret));
  rig_.clock.advance(30min);
  EXPECT_FALSE(works(old.secret));
  IssuedToken other = make(Role::kOperator);
  ASSERT_TRUE(service_->rotate(permit<Action::kTokensRotate>(), other.token->id, 1h));
  ASSERT_TRUE(service_->revoke(permit<Action::kTokensRevoke>(), other.token->id));
  EXPECT_FALSE(works(other.secret));
}

TEST_F(TokenServiceTest, TokensExpire) {
  TokenRequest request = of_role(Role::kViewer);
  request.expires_in = 90 * 24h;
  IssuedToken issued = service_->create(permit<Action::kTokensCreate>(), request).value();
  EXPECT_EQ(issued.token->expires_at, rig_.clock.wall() + 90 * 24h);
  IssuedToken next = service_->rotate(permit<Action::kTokensRotate>(), issued.token->id, 1h).value();
  EXPECT_EQ(next.token->expires_at, issued.token->expires_at) << "rotating does not prolong";
  rig_.clock.advance(90 * 24h);
  EXPECT_FALSE(works(issued.secret) || works(next.secret));
  restart();
  EXPECT_FALSE(works(issued.secret) || works(next.secret));
}

// Revoked is revoked, wherever the clock goes and whether the process lives or not.
TEST_F(TokenServiceTest, AClockThatIsSetBackRevivesNothingThatWasRevoked) {
  IssuedToken revoked = make(Role::kOperator), rotated = make(Role::kOperator);
  ASSERT_TRUE(service_->revoke(permit<Action::kTokensRevoke>(), revoked.token->id));
  ASSERT_TRUE(service_->rotate(permit<Action::kTokensRotate>(), rotated.token->id, 1h));
  rig_.clock.advance(2h);
  ASSERT_TRUE(service_->retire());
  rig_.clock.jump_wall(-24h);
  EXPECT_FALSE(works(revoked.secret) || works(rotated.secret));
  restart();
  EXPECT_FALSE(works(revoked.secret) || works(rotated.secret));
  for (const IssuedToken* ended : {&revoked, &rotated}) {
    auto again = service_->rotate(permit<Action::kTokensRotate>(), ended->token->id, 1h);
    ASSERT_FALSE(again) << "what has ended does not live on under a new secret";
    EXPECT_EQ(again.error().reason, "token.not_found");
  }
}

TEST_F(TokenServiceTest, AnOverlapThatIsNotOverOutlivesAClockThatIsSetBack) {
  IssuedToken old = make(Role::kOperator);
  IssuedToken next = service_->rotate(permit<Action::kTokensRotate>(), old.token->id, 1h).value();
  rig_.clock.jump_wall(-24h);
  ASSERT_TRUE(service_->retire());
  EXPECT_TRUE(works(old.secret) && works(next.secret));
  restart();
  EXPECT_TRUE(works(old.secret) && works(next.secret));
}

// An expired token stays out while the process lives. A restart believes the clock again, so that one which
// ran ahead by a year for a moment did not end every token for good.
TEST_F(TokenServiceTest, WhatExpiredStaysOutUntilARestart) {
  TokenRequest request = of_role(Role::kViewer);
  request.expires_in = 90 * 24h;
  IssuedToken expiring = service_->create(permit<Action::kTokensCreate>(), request).value();
  IssuedToken lasting = make(Role::kViewer);
  rig_.clock.jump_wall(365 * 24h);
  EXPECT_FALSE(works(expiring.secret));
  EXPECT_TRUE(works(lasting.secret));
  ASSERT_TRUE(service_->retire());
  rig_.clock.jump_wall(-365 * 24h);
  ASSERT_TRUE(service_->retire());
  EXPECT_FALSE(works(expiring.secret));
  EXPECT_TRUE(works(lasting.secret));
  restart();
  EXPECT_TRUE(works(expiring.secret) && works(lasting.secret));
}

// Every giver × every role: what is given permits nothing that the giver's own role does not.
TEST_F(TokenServiceTest, NobodyGivesMoreThanTheyHave) {
  for (const auto& [giver_name, giver] : tenancy::enum_table(Role{})) {
    if (giver == Role::kPlatformAdmin) continue;
    for (const auto& [given_name, given] : tenancy::enum_table(Role{})) {
      bool within =
          given != Role::kPlatformAdmin && std::ranges::all_of(tenancy::kActions, [&](const auto& info) {
            return !policy::role_permits(given, info.action) || policy::role_permits(giver, info.action);
          });
      EXPECT_EQ(create_as({{.role = giver}}, {}, of_role(given)), within ? "made" : "role.escalation")
          << giver_name << " gives " << given_name;
    }
  }
  EXPECT_EQ(create_as({}, {}, of_role(Role::kOwner)), "made")
      << "the platform admin makes a tenant's first token";
  EXPECT_EQ(create_as({}, {}, of_role(Role::kPlatformAdmin)), "role.escalation");
}

// The end of a token would mean nothing if it could leave a longer life behind.
TEST_F(TokenServiceTest, NothingOutlivesTheTokenThatMadeIt) {
  TokenRequest brief = of_role(Role::kAdmin);
  brief.expires_in = 1h;
  IssuedToken giver = service_->create(permit<Action::kTokensCreate>(), brief).value();
  auto make_as_giver = [&](std::optional<std::chrono::milliseconds> expires_in) -> std::string {
    auto grant = rig_.gatekeeper.admit<Action::kTokensCreate>({.credential = giver.secret}).value();
    TokenRequest request = of_role(Role::kViewer);
    request.expires_in = expires_in;
    auto made = service_->create(grant.permit, request);
    return made ? "made" : made.error().reason;
  };
  EXPECT_EQ(make_as_giver(1h), "made");
  EXPECT_EQ(make_as_giver(1h + 1ms), "token.outlives_creator");
  EXPECT_EQ(make_as_giver(std::nullopt), "token.outlives_creator");
  rig_.clock.advance(30min);
  EXPECT_EQ(make_as_giver(1h), "token.outlives_creator");
  EXPECT_EQ(make_as_giver(30min), "made");
  // A rotation gives the giver itself an earlier end, and what it makes with it.
  ASSERT_TRUE(service_->rotate(permit<Action::kTokensRotate>(), giver.token->id, 5min));
  EXPECT_EQ(make_as_giver(30min), "token.outlives_creator");
  EXPECT_EQ(make_as_giver(5min), "made");
}

TEST_F(TokenServiceTest, ARotationDoesNotOutliveTheCallerEither) {
  TokenRequest brief = of_role(Role::kAdmin);
  brief.expires_in = 1h;
  IssuedToken caller = service_->create(permit<Action::kTokensCreate>(), brief).value();
  IssuedToken endless = make(Role::kAdmin);
  auto rotate_as = [&](const IssuedToken& who, const IssuedToken& what) {
    auto grant = rig_.gatekeeper.admit<Action::kTokensRotate>({.credential = who.secret}).value();
    return service_->rotate(grant.permit, what.token->id, 10min);
  };
  Error refused = rotate_as(caller, endless).error();
  EXPECT_EQ(refused.reason, "token.outlives_creator");
  EXPECT_NE(refused.message.find("2026-11-25T13:00:00"), std::string::npos) << refused.message;
  EXPECT_TRUE(works(endless.secret));
  IssuedToken next = rotate_as(caller, caller).value();
  EXPECT_EQ(rotate_as(caller, caller).error().reason, "token.outlives_creator")
      << "one that is being replaced does not renew itself";
  EXPECT_TRUE(rotate_as(endless, next));
}

// A full tenant is told so; another one is not, and room comes back with every token that ends.
TEST_F(TokenServiceTest, ATenantsLiveTokensAreCapped) {
  service_ = std::make_unique<TokenService>(*store_, rig_.tokens, rig_.ledger, rig_.clock, random_, 3);
  TokenRequest brief = of_role(Role::kViewer);
  brief.expires_in = 1h;
  ASSERT_TRUE(service_->create(permit<Action::kTokensCreate>(), brief));
  IssuedToken second = make(Role::kViewer), third = make(Role::kViewer);
  auto make_one = [&] { return create_as({{.role = Role::kOwner}}, {}, of_role(Role::kViewer)); };
  EXPECT_EQ(make_one(), "token.too_many");
  EXPECT_TRUE(works(make(Role::kViewer, "beta-inc").secret));
  auto rotate = [&](const IssuedToken& token, std::chrono::milliseconds overlap) {
    return service_->rotate(permit<Action::kTokensRotate>(), token.token->id, overlap);
  };
  EXPECT_EQ(rotate(second, 1h).error().reason, "token.too_many") << "an overlap is one more";
  EXPECT_TRUE(rotate(second, 0ms));
  EXPECT_EQ(make_one(), "token.too_many");
  ASSERT_TRUE(service_->revoke(permit<Action::kTokensRevoke>(), third.token->id));
  EXPECT_EQ(make_one(), "made");
  EXPECT_EQ(make_one(), "token.too_many");
  rig_.clock.advance(1h);
  EXPECT_EQ(make_one(), "made");
}

TEST_F(TokenServiceTest, TheCapHoldsBetweenThreads) {
  service_ = std::make_unique<TokenService>(*store_, rig_.tokens, rig_.ledger, rig_.clock, random_, 5);
  std::atomic<int> made = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 4; ++i) made += create_as({}, {}, of_role(Role::kViewer)) == "made";
      });
    }
  }
  EXPECT_EQ(made, 5);
}

// A role in one program gives nothing, not even in that program.
TEST_F(TokenServiceTest, ANarrowRoleGivesNothing) {
  std::vector<RoleBinding> giver = {GateRig::in_program(Role::kOwner, "blue")};
  EXPECT_EQ(create_as(giver, {}, of_role(Role::kViewer)), "role.escalation");
  TokenRequest narrow{
      .name = "", .bindings = {GateRig::in_program(Role::kViewer, "blue")}, .scopes = {}, .expires_in = {}};
  EXPECT_EQ(create_as(giver, {}, narrow), "role.escalation");
  EXPECT_EQ(create_as({{.role = Role::kAdmin}}, {}, narrow), "made") << "a whole role gives a narrow one";
}

TEST_F(TokenServiceTest, ScopesDoNotEscalate) {
  TokenRequest request = of_role(Role::kViewer);
  EXPECT_EQ(create_as({{.role = Role::kAdmin}}, {"tokens.*"}, request), "scope.escalation")
      << "none means all";
  request.scopes = {"*"};
  EXPECT_EQ(create_as({{.role = Role::kAdmin}}, {"tokens.*"}, request), "scope.escalation");
  request.scopes = {"tokens.list"};
  EXPECT_EQ(create_as({{.role = Role::kAdmin}}, {"tokens.*"}, request), "made");
  request.scopes = {"corpus.raed"};
  EXPECT_EQ(create_as({{.role = Role::kAdmin}}, {}, request), "scope.unknown");
  request.bindings.clear();
  EXPECT_EQ(create_as({{.role = Role::kAdmin}}, {}, request), "role.missing");
}

// An admin neither takes over nor shuts out the owner.
TEST_F(TokenServiceTest, QuotasSurviveTheStoreAndARotationSharesThem) {
  TokenRequest request = of_role(Role::kOperator);
  request.quotas.max_requests_per_minute = 3;
  request.quotas.max_cost_per_day = *PicoDollars::parse("2.50");
  IssuedToken first = service_->create(permit<Action::kTokensCreate>(), request).value();
  std::string subject = "token:" + first.token->id;
  restart();
  TokenPtr known = rig_.tokens.find(first.secret);
  EXPECT_EQ(known->principal->metered_as, subject);
  EXPECT_EQ(known->quotas.max_requests_per_minute, 3);
  EXPECT_EQ(known->quotas.max_cost_per_day, PicoDollars::parse("2.50"));
  IssuedToken next = service_->rotate(permit<Action::kTokensRotate>(), first.token->id, 1h).value();
  EXPECT_EQ(next.token->principal->metered_as, subject);
  EXPECT_EQ(next.token->quotas.max_requests_per_minute, 3);
  EXPECT_TRUE(make(Role::kOperator).token->principal->metered_as.empty());
}

TEST_F(TokenServiceTest, ALimitedTokensTokensUseUpItsOwnQuotas) {
  TokenRequest request = of_role(Role::kAdmin);
  request.quotas.max_requests_per_minute = 2;
  IssuedToken giver = service_->create(permit<Action::kTokensCreate>(), request).value();
  Permit<Action::kTokensCreate> its_permit(PermitMaker::badge(), PermitMaker::scope("acme-corp"),
                                           giver.token->principal, "rev");
  auto greedy = service_->create(its_permit, request);
  ASSERT_FALSE(greedy);
  EXPECT_EQ(greedy.error().reason, "quota.escalation");
  IssuedToken free = make(Role::kViewer);
  Permit<Action::kTokensRotate> its_rotation(PermitMaker::badge(), PermitMaker::scope("acme-corp"),
                                             giver.token->principal, "rev");
  auto grabbed = service_->rotate(its_rotation, free.token->id, 0h);
  ASSERT_FALSE(grabbed) << "another's secret would be its own way around";
  EXPECT_EQ(grabbed.error().reason, "quota.escalation");
  IssuedToken given = service_->create(its_permit, of_role(Role::kViewer)).value();
  EXPECT_EQ(given.token->principal->metered_as, giver.token->principal->subject);
  EXPECT_EQ(given.token->quotas.max_requests_per_minute, 2);
  EXPECT_TRUE(service_->rotate(its_rotation, given.token->id, 0h));
}

TEST_F(TokenServiceTest, NobodyEndsWhatPermitsMore) {
  IssuedToken owner = make(Role::kOwner), peer = make(Role::kAdmin);
  auto revoke = service_->revoke(permit<Action::kTokensRevoke>({{.role = Role::kAdmin}}), owner.token->id);
  EXPECT_EQ(revoke.error().reason, "role.escalation");
  auto rotate =
      service_->rotate(permit<Action::kTokensRotate>({{.role = Role::kAdmin}}), owner.token->id, 0ms);
  EXPECT_EQ(rotate.error().reason, "role.escalation");
  EXPECT_TRUE(works(owner.secret));
  EXPECT_TRUE(service_->revoke(permit<Action::kTokensRevoke>({{.role = Role::kAdmin}}), peer.token->id));
  auto narrow = service_->rotate(permit<Action::kTokensRotate>({{.role = Role::kOwner}}, {"tokens.*"}),
                                 owner.token->id, 0ms);
  EXPECT_EQ(narrow.error().reason, "scope.escalation");
}

TEST_F(TokenServiceTest, ReachAndScopesSurviveTheStore) {
  TokenRequest request{.name = "naïve 'name'; --",
                       .bindings = {{.role = Role::kOperator,
                                     .program = tenancy::ProgramId::parse("blue").value(),
                                     .name_space = tenancy::NamespaceId::parse("lab").value()}},
                       .scopes = {"ask", "corpus.*"},
                       .expires_in = {}};
  IssuedToken issued = service_->create(permit<Action::kTokensCreate>(), request).value();
  restart();
  TokenPtr found = rig_.tokens.find(issued.secret);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, request.name);
  EXPECT_EQ(found->principal->bindings[0].role, Role::kOperator);
  EXPECT_EQ(found->principal->bindings[0].program, request.bindings[0].program);
  EXPECT_EQ(found->principal->bindings[0].name_space, request.bindings[0].name_space);
  EXPECT_EQ(found->principal->scopes, request.scopes);
  EXPECT_EQ(found->created_at, rig_.clock.wall());
}

// A revocation beside a rotation that overlaps is final, whichever comes first.
TEST_F(TokenServiceTest, ARevocationBesideARotationIsFinal) {
  for (int round = 0; round < 10; ++round) {
    IssuedToken issued = make(Role::kOperator);
    auto rotate_permit = permit<Action::kTokensRotate>();
    auto revoke_permit = permit<Action::kTokensRevoke>();
    std::jthread rotating([&] { (void)service_->rotate(rotate_permit, issued.token->id, 1h); });
    auto revoked = service_->revoke(revoke_permit, issued.token->id);
    rotating.join();
    EXPECT_TRUE(revoked);
    EXPECT_FALSE(works(issued.secret));
  }
}

}  // namespace
}  // namespace bailiwick::identity
