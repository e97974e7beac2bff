// The model routes: OpenAI's chat completions, embeddings and models, Anthropic's messages and count_tokens.
//
// A request goes to an upstream as the bytes it came in, and its answer comes back the same way; what stands
// between is authority, money and the record.
#pragma once

#include "edge/route.h"
#include "routing/router.h"

namespace bailiwick::gateway {

/// `router` outlives the routes.
std::vector<edge::Route> gateway_routes(routing::Router& router);

}  // namespace bailiwick::gateway
