// A lineage record has the keys that auditors were promised, and no others.
#include "lineage/lineage.h"

#include <gtest/gtest.h>

namespace bailiwick::lineage {
namespace {

TEST(Lineage, PrintsItsTenFields) {
  Lineage lineage{.tenant_id = tenancy::TenantId::parse("acme-corp").value(),
                  .domain = "healthcare",
                  .usecase = "patient-qa",
                  .source_id = "doc-123",
                  .query_id = "q-456",
                  .chunk_id = "chunk-789",
                  .trust_score = 0.82,
                  .agent_id = "planner-v1",
                  .policy_version = "1.2.3",
                  .timestamp = parse_rfc3339("2025-10-08T12:00:00Z").value()};
  EXPECT_EQ(json::serialize(to_json(lineage)),
            R"({"tenant_id":"acme-corp","domain":"healthcare","usecase":"patient-qa","source_id":"doc-123",)"
            R"("query_id":"q-456","chunk_id":"chunk-789","trust_score":8.2E-1,"agent_id":"planner-v1",)"
            R"("policy_version":"1.2.3","timestamp":"2025-10-08T12:00:00.000000Z"})");
}

}  // namespace
}  // namespace bailiwick::lineage
