#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "snapshot/bundle_format.h"

namespace bailiwick::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> findings(FileTexts files, const std::string& tenant = "") {
  files.try_emplace("tenant.yaml", "id: acme-corp\nname: Acme\nprograms: [qa]\n" + tenant);
  ParsedBundle bundle = parse_bundle(files, "");
  validate_bundle(bundle, "acme-corp", "");
  std::vector<std::string> out;
  for (const Problem& problem : bundle.problems) out.push_back(problem.where + " " + problem.message);
  return out;
}

// Every file belongs to the tenant of its folder.
TEST(BundleRules, FilesNameTheirFolder) {
  EXPECT_THAT(findings({{"tenant.yaml", "name: B\nid: beta-inc\n"}}),
              ElementsAre(StartsWith("tenant.yaml:2:5 id: 'beta-inc'")));
  EXPECT_THAT(findings({{"slo.yaml", "tenant_id: beta-inc\n"}}),
              ElementsAre(StartsWith("slo.yaml:1:12 tenant_id: 'beta-inc'")));
  EXPECT_THAT(findings({{"slo.yaml", "tenant_id: acme-corp\n"}}), IsEmpty());
}

// Lists have no duplicates, programs' folders have their program, and a life begins as one can begin.
TEST(BundleRules, TenantIsConsistent) {
  EXPECT_THAT(findings({}, "namespaces: [a, b, a]\n"),
              ElementsAre(StartsWith("tenant.yaml:4:20 namespaces/2: 'a'")));
  EXPECT_THAT(findings({}, "status: archived\n"), ElementsAre(StartsWith("tenant.yaml:4:9 status: ")));
  EXPECT_THAT(findings({}, "quotas: {max_cost_per_day: 10, max_cost_per_month: 5}\n"),
              ElementsAre(HasSubstr("max_cost_per_day")));
  EXPECT_THAT(findings({{"programs/other/slo.yaml", "slo: {}\n"}}),
              ElementsAre(HasSubstr("programs/other has files")));
}

// Routes lead to providers that are declared; a near miss is named.
TEST(BundleRules, RoutesLeadToProviders) {
  const std::string kProvider = "providers: {openai-eu: {kind: openai, base_url: https://x.example}}\n";
  EXPECT_THAT(
      findings({{"router.yaml", kProvider + "routing: {primary: {provider: openai-eu, model: m}}\n"}}),
      IsEmpty());
  EXPECT_THAT(findings({{"router.yaml",
                         kProvider + "routing:\n  fallbacks:\n    - {provider: openai-ue, model: m}\n"}}),
              ElementsAre(StartsWith(
                  "router.yaml:4:18 routing/fallbacks/0/provider: there is no provider 'openai-ue'; did "
                  "you mean 'openai-eu'?")));
  EXPECT_THAT(findings({{"router.yaml", "routing: {primary: {provider: anthropic, model: m}}\n"}}),
              ElementsAre(HasSubstr("declare it under providers")));
  EXPECT_THAT(
      findings({{"router.yaml", "providers: {local: {kind: openai, base_url: https://x.example}}\n"}}),
      ElementsAre(HasSubstr("built in")));
  EXPECT_THAT(findings({{"programs/qa/router.yaml", "routing: {fallback: {provider: x, model: m}}\n"}}),
              ElementsAre(StartsWith("programs/qa/router.yaml:1:")));
}

// The tenant and its providers are where sovereignty allows; forbidden wins over allowed.
TEST(BundleRules, RegionsAreAllowed) {
  auto file = [](const std::string& rest) {
    return FileTexts{{"data-sovereignty.yaml", "data_sovereignty:\n  region: us-east-1\n" + rest}};
  };
  EXPECT_THAT(findings(file("  allowed_regions: [us-*]\n"), "config: {region: us-east-1}\n"), IsEmpty());
  EXPECT_THAT(
      findings(file("  allowed_regions: [us-*]\n"), "config: {region: eu-west-1}\n"),
      ElementsAre(StartsWith("tenant.yaml:4:18 config/region: data-sovereignty.yaml does not allow")));
  EXPECT_THAT(findings(file(""), "config: {region: us-west-2}\n"),
              ElementsAre(HasSubstr("differs from 'us-east-1'")));
  EXPECT_THAT(findings(file("  allowed_regions: [us-*]\n  forbidden_regions: [us-east-*]\n")),
              ElementsAre(StartsWith("data-sovereignty.yaml:2:11 ")));
  FileTexts files = file("  allowed_regions: [us-*]\n");
  files["router.yaml"] = "providers: {up: {kind: openai, base_url: https://x.example, region: cn-north-1}}\n";
  EXPECT_THAT(
      findings(files),
      ElementsAre(HasSubstr("providers/up/region: data-sovereignty.yaml does not allow 'cn-north-1'")));
  files = file("  encryption: {in_transit: TLS-1.2}\n");
  files["router.yaml"] = "providers: {up: {kind: openai, base_url: http://x.example}}\n";
  EXPECT_THAT(findings(files),
              ElementsAre(StartsWith("router.yaml:1:42 providers/up/base_url: EncryptionViolation: ")));
  files["router.yaml"] = "providers: {up: {kind: openai, base_url: http://127.0.0.1:9}}\n";
  EXPECT_THAT(findings(files), IsEmpty());
}

// Nothing is deleted sooner than sovereignty lets it be.
TEST(BundleRules, RetentionKeepsTheMinimum) {
  FileTexts files{{"data-sovereignty.yaml",
                   "data_sovereignty: {region: r, retention: {logs_days: 90, data_days: 365}}\n"},
                  {"retention.yaml", "logs: {max_age: 89d}\nruns: {max_age: 365d}\n"}};
  EXPECT_THAT(
      findings(files, "config: {retention_days: 364}\n"),
      ElementsAre(HasSubstr("config/retention_days"), StartsWith("retention.yaml:1:17 logs/max_age")));
  files["retention.yaml"] = "logs: {max_age: 90d}\nruns: {max_age: 365d}\n";
  EXPECT_THAT(findings(files, "config: {retention_days: 365}\n"), IsEmpty());
}

// Rules that need a faulty file are left out: one mistake gives one problem.
TEST(BundleRules, FaultyFilesCauseNoFollowers) {
  EXPECT_THAT(findings({{"tenant.yaml", "id: 7\nname: A\n"}, {"programs/qa/slo.yaml", "slo: {}\n"}}),
              ElementsAre(HasSubstr("id")));
  EXPECT_THAT(findings({{"router.yaml", "routing: {primary: {provider: gone}}\n"}}),
              ElementsAre(HasSubstr("'model' is required")));
}

// A burn alert looks no further back than the budget; a judge is a model that is routed to.
TEST(BundleRules, SettingsAreConsistent) {
  EXPECT_THAT(
      findings({{"slo.yaml", "error_budget: {window: 1d}\n"}, {"policies/evaluation.yaml", "judge: gpt\n"}}),
      ElementsAre(HasSubstr("burn_alerts/2/long_window"),
                  HasSubstr("judge: router.yaml routes to no such model")));
}

}  // namespace
}  // namespace bailiwick::snapshot
