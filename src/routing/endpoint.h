// Endpoint: the model APIs that callers and upstreams speak.
#pragma once

#include <string_view>

#include "snapshot/router_config.h"

namespace bailiwick::routing {

using snapshot::ProviderKind;

enum class Endpoint { kChatCompletions, kEmbeddings, kMessages, kCountTokens };

/// The dialect whose upstreams have this endpoint.
constexpr ProviderKind dialect_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kChatCompletions:
    case Endpoint::kEmbeddings:
      return ProviderKind::kOpenAi;
    case Endpoint::kMessages:
    case Endpoint::kCountTokens:
      return ProviderKind::kAnthropic;
  }
  return ProviderKind::kOpenAi;
}

/// Below a provider's base URL.
constexpr std::string_view path_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kChatCompletions:
      return "/chat/completions";
    case Endpoint::kEmbeddings:
      return "/embeddings";
    case Endpoint::kMessages:
      return "/v1/messages";
    case Endpoint::kCountTokens:
      return "/v1/messages/count_tokens";
  }
  return {};
}

/// The built-in answerer writes text; it neither embeds nor counts for others.
constexpr bool local_serves(Endpoint endpoint) {
  return endpoint == Endpoint::kChatCompletions || endpoint == Endpoint::kMessages;
}

/// A call that writes nothing has no output to reserve for.
constexpr bool writes_output(Endpoint endpoint) {
  return local_serves(endpoint);
}

}  // namespace bailiwick::routing
