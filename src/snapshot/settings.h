// Settings: what a tenant sets and a program may override.
//
// A program's file is read over the tenant's: keys that it gives replace the tenant's, lists and maps whole;
// keys that it does not give stay the tenant's. Rules and thresholds would be loosened that way: a program's
// hold beside the tenant's.
#pragma once

#include "snapshot/metric_registry.h"
#include "snapshot/objectives.h"
#include "snapshot/policies.h"
#include "snapshot/redaction_policy.h"
#include "snapshot/retention_policy.h"
#include "snapshot/router_config.h"

namespace bailiwick::snapshot {

struct Settings {
  RetrievalPolicy retrieval;
  EvaluationPolicy evaluation;
  GovernancePolicy governance;
  RouterConfig router;
  Objectives slo;
  MetricRegistry metrics;
  RetentionPolicy retention;
  RedactionPolicy redaction;
};

}  // namespace bailiwick::snapshot
