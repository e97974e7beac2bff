// /v1/ledger: a tenant's records, its export and its checkpoint.
#pragma once

#include "edge/route.h"

namespace bailiwick::api {

std::vector<edge::Route> ledger_routes(ledger::Ledger& ledger, const Clock& clock);

}  // namespace bailiwick::api
