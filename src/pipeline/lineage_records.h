// Lineage on its way into the ledger.
#pragma once

#include <span>

#include "ledger/record.h"
#include "lineage/lineage.h"
#include "retrieval/retriever.h"
#include "snapshot/policies.h"

namespace bailiwick::pipeline {

/// What all passages of one answer have in common.
struct Use {
  const tenancy::TenantId& tenant;
  const snapshot::RetrievalPolicy& policy;
  const ledger::Record& request;  ///< the record that the lineage lands with
  std::string query_id;
  std::string agent_id;
  WallTime time{};
};

lineage::Lineage lineage_of(const Use& use, const retrieval::Hit& hit);
ledger::Record to_record(const lineage::Lineage& lineage, const Use& use);
/// One record for each passage.
std::vector<ledger::Record> lineage_records(const Use& use, std::span<const retrieval::Hit> hits);

}  // namespace bailiwick::pipeline
