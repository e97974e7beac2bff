// /access/v1/…: the Authorization API (AuthZEN 1.0) over a tenant's policies for its own application.
//
// The tenant is the credential's; below `/tenants/{tenant}` it is named once more, and must be the same. A
// denial is an answer, 200 with `"decision": false`. Each evaluation is in the ledger with what was asked.
#pragma once

#include "edge/route.h"

namespace bailiwick::api {

/// `public_url` is how clients reach this server (`https://bailiwick.example.com`); empty: as the request
/// says.
std::vector<edge::Route> access_routes(std::string public_url);

}  // namespace bailiwick::api
