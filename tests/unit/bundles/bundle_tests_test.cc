// The tests that a bundle brings: decided as requests are, and told where they stand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bundles/trial.h"

namespace bailiwick::bundles {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kTenant = "id: acme\nname: Acme\nprograms: [qa]\nnamespaces: [wards]\n";
constexpr const char* kRules = R"(
@id("no-night") forbid (principal, action == Bailiwick::Action::"corpus.delete", resource)
when { context.time.toTime() < duration("6h") };
@id("qa-only") permit (principal, action == Bailiwick::Action::"ask", resource)
when { context has program && context.program == "qa" };
)";

TrialReport tried(const std::string& tests, snapshot::FileTexts more = {},
                  snapshot::FileTexts guardrails = {}) {
  more.try_emplace("tenant.yaml", kTenant);
  more.try_emplace("own.cedar", kRules);
  more.emplace("tests/t.yaml", tests);
  return run_trial(
      {.tenant = "acme", .place = "acme/", .files = std::move(more), .guardrails = std::move(guardrails)});
}
std::vector<std::string> faults(const TrialReport& report) {
  std::vector<std::string> out;
  for (const Problem& problem : report.problems) out.push_back(problem.where + " " + problem.message);
  return out;
}

// What requests would be answered is what cases are answered: roles and their reach, scopes, rules, time.
TEST(BundleTests, OperationsAreDecidedAsRequestsAre) {
  TrialReport report = tried(R"(operations:
  - {name: a, principal: {roles: [owner]}, action: corpus.delete, time: 2026-01-01T05:59:59Z, expect: deny, reason: rule.no-night}
  - {name: b, principal: {roles: [owner]}, action: corpus.delete, time: 2026-01-01T06:00:00Z, expect: allow, reason: role.owner}
  - {name: c, principal: {roles: [owner]}, action: corpus.delete, expect: allow}
  - {name: d, principal: {roles: [operator]}, action: ask, program: qa, expect: allow}
  - {name: e, principal: {roles: [operator]}, action: ask, expect: deny, reason: rule.no_permit}
  - {name: f, principal: {roles: [viewer]}, action: ask, program: qa, expect: deny, reason: role.insufficient}
  - {name: g, principal: {roles: [operator], scopes: [retrieve]}, action: ask, program: qa, expect: deny, reason: scope.insufficient}
  - {name: h, principal: {roles: [operator], namespace: wards}, action: ask, program: qa, expect: deny, reason: role.insufficient}
  - {name: i, principal: {roles: [platform-admin]}, action: corpus.read, expect: deny}
)");
  EXPECT_THAT(faults(report), IsEmpty());
  EXPECT_EQ(report.tests, 9);
}

// Every failure is told, at its line, with what was decided and by what.
TEST(BundleTests, FailuresAreToldAllTogether) {
  TrialReport report = tried(R"(operations:
  - {name: late, principal: {roles: [owner]}, action: corpus.delete, time: 2026-01-01T01:00:00Z, expect: allow}
  - {name: fine, principal: {roles: [owner]}, action: corpus.read, expect: allow}
  - name: other reason
    principal: {roles: [viewer]}
    action: corpus.read
    expect: deny
    reason: rule.no-night
  - {name: unknown program, principal: {roles: [owner]}, action: ask, program: nope, expect: deny}
access:
  - {name: nothing to ask, subject: {type: User, id: a}, action: {name: read}, resource: {type: Doc, id: d}, expect: deny}
)");
  EXPECT_THAT(
      faults(report),
      ElementsAre("acme/tests/t.yaml:2:5 test 'late': expected allow, and it is denied (rule.no-night)",
                  "acme/tests/t.yaml:4:5 test 'other reason': expected the reason 'rule.no-night', and it is "
                  "denied (role.insufficient)",
                  HasSubstr("acme/tests/t.yaml:9:5 test 'unknown program': tenant.yaml declares no program"),
                  HasSubstr("acme/tests/t.yaml:11:5 test 'nothing to ask': there is no schema.cedarschema")));
}

// The platform's guardrails are asked too, as they are of requests.
TEST(BundleTests, GuardrailsAreAsked) {
  snapshot::FileTexts guardrails{
      {"all.cedar",
       "@id(\"frozen\") forbid (principal, action == Bailiwick::Action::\"corpus.write\", resource);"}};
  std::string write =
      "operations:\n  - {name: w, principal: {roles: [owner]}, action: corpus.write, expect: allow}\n";
  EXPECT_THAT(faults(tried(write)), IsEmpty());
  EXPECT_THAT(faults(tried(write, {}, guardrails)), ElementsAre(HasSubstr("denied (rule.frozen)")));
}

// Policies of the tenant's own application are asked as the access API asks them.
TEST(BundleTests, AccessIsDecidedAsTheApiDoes) {
  snapshot::FileTexts application{
      {"schema.cedarschema",
       "entity User { level: Long };\nentity Doc;\naction read appliesTo { principal: [User], resource: "
       "[Doc], "
       "context: { office: Bool } };\n"},
      {"entities.json", R"([{"uid": {"type": "User", "id": "ada"}, "attrs": {"level": 3}, "parents": []}])"},
      {"app.cedar",
       "@id(\"seniors\") permit (principal, action == Action::\"read\", resource) when { principal.level > 2 "
       "};\n"
       "@id(\"inside\") @reason(\"only in the office\") forbid (principal, action == Action::\"read\", "
       "resource) "
       "unless { context.office };\n"}};
  TrialReport report = tried(R"(access:
  - {name: a, subject: {type: User, id: ada}, action: {name: read}, resource: {type: Doc, id: d}, context: {office: true}, expect: allow, policy: seniors}
  - {name: b, subject: {type: User, id: bob, properties: {level: 1}}, action: {name: read}, resource: {type: Doc, id: d}, context: {office: true}, expect: deny}
  - {name: c, subject: {type: User, id: ada}, action: {name: read}, resource: {type: Doc, id: d}, context: {office: false}, expect: allow}
  - {name: d, subject: {type: User, id: bob, properties: {level: high}}, action: {name: read}, resource: {type: Doc, id: d}, context: {office: true}, expect: deny}
)",
                             application);
  EXPECT_EQ(report.tests, 4);
  EXPECT_THAT(faults(report),
              ElementsAre("acme/tests/t.yaml:4:5 test 'c': expected allow, and it is denied (inside)",
                          HasSubstr("test 'd': the request is not as the schema says: ")));
}

// A file of tests says what is wrong with it before anything is run.
TEST(BundleTests, FilesAreReadStrictly) {
  EXPECT_THAT(
      faults(tried(
          "operations:\n  - {name: a, principal: {roles: [owner]}, action: corpus.delte, expect: allow}\n"
          "  - {name: b, principal: {roles: []}, action: tenants.create, expect: maybe, nme: x}\n")),
      ElementsAre(HasSubstr("did you mean 'corpus.delete'?"), HasSubstr("expected 1 to 7 items"),
                  HasSubstr("is no operation of a tenant"), HasSubstr("allow"), HasSubstr("nme")));
  EXPECT_THAT(faults(tried("# nothing yet\n")), IsEmpty());
}

}  // namespace
}  // namespace bailiwick::bundles
