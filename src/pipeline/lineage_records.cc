#include "pipeline/lineage_records.h"

namespace bailiwick::pipeline {

lineage::Lineage lineage_of(const Use& use, const retrieval::Hit& hit) {
  return {.tenant_id = use.tenant,
          .domain = use.policy.domain,
          .usecase = use.policy.usecase,
          .source_id = hit.document->id,
          .query_id = use.query_id,
          .chunk_id = hit.id(),
          .trust_score = hit.trust,
          .agent_id = use.agent_id,
          .policy_version = use.policy.policy_semver,
          .timestamp = use.time};
}

ledger::Record to_record(const lineage::Lineage& lineage, const Use& use) {
  ledger::Record record;
  record.kind = ledger::RecordKind::kLineage;
  record.time = lineage.timestamp;
  record.request_id = use.request.request_id;
  record.principal = use.request.principal;
  record.action = use.request.action;
  record.policy_revision = use.request.policy_revision;
  record.program = use.request.program;
  record.domain = lineage.domain;
  record.usecase = lineage.usecase;
  record.source_id = lineage.source_id;
  record.query_id = lineage.query_id;
  record.chunk_id = lineage.chunk_id;
  record.agent_id = lineage.agent_id;
  record.trust_score = lineage.trust_score;
  record.extra = {{"policy_version", lineage.policy_version}};
  return record;
}

std::vector<ledger::Record> lineage_records(const Use& use, std::span<const retrieval::Hit> hits) {
  std::vector<ledger::Record> records;
  records.reserve(hits.size());
  for (const retrieval::Hit& hit : hits) records.push_back(to_record(lineage_of(use, hit), use));
  return records;
}

}  // namespace bailiwick::pipeline
