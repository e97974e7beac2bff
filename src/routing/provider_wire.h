// What differs between kinds of providers on the wire: the path of a model's API, how a request proves whose
// it is, and how an answer shows that it did not. Pure.
#pragma once

#include <array>

#include "net/client.h"
#include "routing/route_plan.h"
#include "routing/translation/dialect.h"

namespace bailiwick::routing {

/// What an endpoint's callers speak, and what a kind of provider does. Not for `local`, which speaks with
/// all.
translation::Dialect spoken_at(Endpoint endpoint);
translation::Dialect spoken_by(ProviderKind kind);
/// A conversation whose caller and provider speak differently. Nothing else is translated.
bool translates(Endpoint endpoint, ProviderKind kind);

enum class Delivery { kWhole, kStream };

/// Below the base URL, with its query. The model's name is percent-encoded.
std::string upstream_path(const PlannedTarget& target, Endpoint endpoint, Delivery delivery);

/// Adds what proves whose request it is; last, for a signature covers its path and body. Errors: kUnavailable
/// `provider.credential` when the key is not one of this kind.
Status authorize(const PlannedProvider& provider, std::string_view key, const Clock& clock,
                 net::ClientRequest& request);

/// It answers with events.
bool is_stream(ProviderKind kind, const net::Headers& headers);

/// It did not take the key: by status, or for Gemini by what a 400 says.
bool refuses_key(ProviderKind kind, int status, std::string_view body);
/// A text that came back holds what nobody may see of a key.
bool shows_key(ProviderKind kind, std::string_view key, std::string_view text);
/// What of a key proves something. Empty ones are none.
std::array<std::string_view, 2> secret_parts(ProviderKind kind, std::string_view key);

}  // namespace bailiwick::routing
