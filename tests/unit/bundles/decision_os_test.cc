#include "bundles/decision_os.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "bundles/commit.h"

namespace bailiwick::bundles {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::string_view kAcme = R"(tenant_id: acme-corp
name: ACME Corporation
status: active
created_at: "2025-01-01T00:00:00Z"
limits:
  max_qps: 5000
  max_storage_gb: 500
clock_skew_ms: 30000
slo_overlay:
  latency_p95_ms: 100
  latency_p99_ms: 250
  error_rate_percent: 10
  saturation: {max_cpu_percent: 85}
label_overlay:
  business_unit: {type: categorical, values: [sales, engineering]}
  priority: [critical, high]
billing: {plan: premium, account_id: A-1, invoice_day: 5}
contacts: {technical: ops@acme.example, billing: {name: Bo, email: bo@acme.example}}
metadata: {industry: retail, compliance: [SOC2], tier: gold}
)";

// Every field of a full file has its place, and every change of meaning its note.
TEST(DecisionOs, ImportsAFullTenant) {
  auto imported = import_decision_os(kAcme, "acme_corp.yaml");
  ASSERT_TRUE(imported) << to_string(imported.error().problems);
  EXPECT_EQ(imported->tenant, "acme-corp");
  auto checked = check_bundle(InProcessSandbox(), imported->files, "acme-corp", "");
  ASSERT_TRUE(checked);
  const snapshot::TenantDeclaration& tenant = checked->tenant;
  EXPECT_EQ(tenant.quotas.max_requests_per_second, 5000);
  EXPECT_EQ(tenant.clock_skew, std::chrono::milliseconds(30'000));
  EXPECT_EQ(tenant.plan, snapshot::Plan::kPro);
  EXPECT_EQ(tenant.billing.account, "A-1");
  EXPECT_EQ(tenant.contacts.size(), 2u);
  EXPECT_EQ(tenant.metadata.industry, "retail");
  EXPECT_EQ(tenant.metadata.extra.at("tier").value, json::value("gold"));
  EXPECT_TRUE(tenant.metadata.extra.contains("created_at"));
  EXPECT_DOUBLE_EQ(checked->files->settings.slo.slo.error_rate_max, 0.1);
  EXPECT_EQ(checked->files->settings.slo.slo.saturation.max_cpu_percent, 85);
  EXPECT_TRUE(checked->files->labels.accepts("business_unit", "sales"));
  EXPECT_FALSE(checked->files->labels.accepts("priority", "low"));
  EXPECT_THAT(imported->notes, Contains(HasSubstr("premium became pro")));
  EXPECT_THAT(imported->notes, Contains(HasSubstr("billing: has keys")));
}

// A file of the required fields has DecisionOS's own defaults: 1000 requests a second, 60000 ms of skew.
TEST(DecisionOs, KeepsTheirDefaults) {
  auto imported = import_decision_os(
      "tenant_id: valid-tenant-123\nname: V\nstatus: suspended\nplan: standard\n", "v.yaml");
  ASSERT_TRUE(imported);
  auto checked = check_bundle(InProcessSandbox(), imported->files, "valid-tenant-123", "");
  EXPECT_EQ(checked->tenant.quotas.max_requests_per_second, 1000);
  EXPECT_EQ(checked->tenant.clock_skew, std::chrono::seconds(60));
  EXPECT_EQ(checked->tenant.status, snapshot::TenantStatus::kSuspended);
  EXPECT_EQ(checked->tenant.plan, snapshot::Plan::kBasic);
}

// A label overlay that is a path cannot be followed; the note says what to do.
TEST(DecisionOs, PathsOfLabelsAreNoted) {
  auto imported = import_decision_os(
      "tenant_id: t1\nname: T\nstatus: active\nlabel_overlay: configs/labels/t1.yaml\n", "t1.yaml");
  ASSERT_TRUE(imported);
  EXPECT_THAT(imported->notes, Contains(HasSubstr("is a path; write its labels into labels.yaml")));
  EXPECT_FALSE(imported->files.contains("labels.yaml"));
}

// What DecisionOS let pass or refused is refused here, with its place.
TEST(DecisionOs, RefusesWhatIsWrong) {
  auto problem = [](const std::string& text) {
    auto imported = import_decision_os(text, "x.yaml");
    if (imported) return std::string("accepted");
    EXPECT_EQ(imported.error().reason, "import.invalid");
    return imported.error().problems.at(0).where + " " + imported.error().problems.at(0).message;
  };
  EXPECT_THAT(problem("tenant_id: '-'\nname: X\nstatus: active\n"), HasSubstr("x.yaml:1:12 tenant_id"));
  EXPECT_THAT(problem("tenant_id: Invalid-TENANT\nname: X\nstatus: active\n"), HasSubstr("tenant_id"));
  EXPECT_THAT(problem("tenant_id: x\nname: X\nstatus: unknown\n"), HasSubstr("x.yaml:3:9 status"));
  EXPECT_THAT(problem("tenant_id: x\nname: X\nstatus: active\nlimits: {max_qps: 0}\n"),
              HasSubstr("max_qps: must be at least 1"));
  EXPECT_THAT(problem("tenant_id: x\nname: X\nstatus: active\nclock_skew_ms: -1\n"),
              HasSubstr("clock_skew_ms"));
  EXPECT_THAT(problem("tenant_id: x\nname: X\nstatus: active\nslo: {}\n"), HasSubstr("unknown key"));
}

// Any values in the loose parts end in a bundle or in problems, never in a crash.
RC_GTEST_PROP(DecisionOsProperty, LooseValuesAreAnswered, ()) {
  auto loose = [] {
    return *rc::gen::element<std::string>("{}", "[]", "1", "text", "null", "{a: {b: [1]}}", "[x, {email: 1}]",
                                          "{technical: 5}", "{saturation: 7}", "{plan: [1]}", "{industry: 3}",
                                          "{x: {type: continuous}}");
  };
  std::string text = "tenant_id: x\nname: X\nstatus: active\nslo_overlay: " + loose() +
                     "\nlabel_overlay: " + loose() + "\nbilling: " + loose() + "\ncontacts: " + loose() +
                     "\nmetadata: " + loose() + "\n";
  auto imported = import_decision_os(text, "x.yaml");
  if (!imported) RC_ASSERT(!imported.error().problems.empty());
}

}  // namespace
}  // namespace bailiwick::bundles
