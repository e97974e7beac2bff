// /v1/ledger/records/{record}/explanation: one recorded decision, decided again, and why.
#pragma once

#include "bundles/registry.h"
#include "edge/route.h"
#include "identity/token_service.h"

namespace bailiwick::api {

/// All outlive the routes.
std::vector<edge::Route> explanation_routes(const ledger::Ledger& ledger,
                                            const bundles::TenantRegistry& registry,
                                            identity::TokenService& tokens);

}  // namespace bailiwick::api
