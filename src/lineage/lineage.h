// Lineage: which passage of which source supported which answer, by which agent, under which policy.
//
// One record for each passage used. `pipeline` lands them in the ledger together with the request they belong
// to. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::lineage {

struct Lineage {
  tenancy::TenantId tenant_id;
  std::string domain;     ///< the tenant's classification: healthcare
  std::string usecase;    ///< patient-qa
  std::string source_id;  ///< document the passage is of
  std::string query_id;   ///< the question; shared by all passages of one answer
  std::string chunk_id;
  double trust_score = 0;      ///< of the passage when it was used, 0 to 1
  std::string agent_id;        ///< who used it: `retriever/bm25`, `local/extractive`, `openai/gpt-4o`
  std::string policy_version;  ///< semantic version of the retrieval policy
  WallTime timestamp{};
};

/// Keys as the members are named; the timestamp in RFC 3339.
json::object to_json(const Lineage& lineage);

}  // namespace bailiwick::lineage
