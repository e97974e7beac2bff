#include "lineage/lineage.h"

namespace bailiwick::lineage {

json::object to_json(const Lineage& lineage) {
  return {{"tenant_id", lineage.tenant_id.str()},
          {"domain", lineage.domain},
          {"usecase", lineage.usecase},
          {"source_id", lineage.source_id},
          {"query_id", lineage.query_id},
          {"chunk_id", lineage.chunk_id},
          {"trust_score", lineage.trust_score},
          {"agent_id", lineage.agent_id},
          {"policy_version", lineage.policy_version},
          {"timestamp", to_rfc3339(lineage.timestamp)}};
}

}  // namespace bailiwick::lineage
