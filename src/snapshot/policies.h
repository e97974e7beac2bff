// policies/{retrieval,evaluation,governance}.yaml: how a tenant's documents are searched, judged and
// governed.
#pragma once

#include "snapshot/evaluation_policy.h"
#include "snapshot/governance_policy.h"
#include "snapshot/retrieval_policy.h"
