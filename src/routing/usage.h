// UsageFields: the token counts that an upstream reports, as it reports them, before they are made uniform.
#pragma once

#include <optional>
#include <string_view>

#include "metering/prices.h"
#include "snapshot/router_config.h"

namespace bailiwick::routing {

/// No count is taken for more: several times the largest context there is. Whoever answers for a provider
/// cannot run up more, at any level.
inline constexpr std::int64_t kMostReported = 10'000'000;

struct UsageFields {
  std::optional<std::int64_t> input;
  std::optional<std::int64_t> output;
  std::optional<std::int64_t> reasoning;  ///< of `output`, what was thought and not shown
  std::optional<std::int64_t> cache_read;
  std::optional<std::int64_t> cache_creation;
  std::optional<std::int64_t> cache_creation_hour;

  /// Later reports are cumulative: what they name replaces what was known, and nothing is ever summed.
  void merge(const UsageFields& later);
  bool empty() const { return !input && !output; }
};

/// The last `"usage": {…}` object in a JSON text or in events, or empty. It looks from the end, so a large
/// answer costs no more than a small one. Text inside strings cannot be mistaken for it: its quotes are
/// escaped.
std::string_view last_usage_object(std::string_view text);
/// Reads one usage object in either dialect's names. Empty when it is not JSON.
UsageFields parse_usage(std::string_view object);
/// Anthropic counts cached tokens beside the input, OpenAI within it.
metering::TokenUsage to_token_usage(const UsageFields& fields, snapshot::ProviderKind kind);

}  // namespace bailiwick::routing
