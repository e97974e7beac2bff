// GET /v1/usage and /v1/tenants/{tenant}/usage/report: what a tenant used, added up from its ledger.
// GET /v1/invoices/{month} and /v1/tenants/{tenant}/invoices/{month}: the same under the tenant's rating
// rules.
#pragma once

#include "edge/route.h"
#include "ledger/usage_rollups.h"

namespace bailiwick::api {

/// `rollups` outlives the server. A platform admin reads both of every tenant: they hold numbers, no content.
std::vector<edge::Route> usage_routes(ledger::UsageRollups& rollups);

}  // namespace bailiwick::api
