// PriceBook: what models cost, read from a file in LiteLLM's format (`model_prices_and_context_window.json`).
//
// Prices become whole picodollars per token when read. A model without a price has no budget story: see
// `find`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/money.h"

namespace bailiwick::metering {

/// More than any call has: a larger count is a fault of who reports it, and is read as this. Sums of millions
/// of calls so stay whole.
inline constexpr std::int64_t kMostTokens = 1'000'000'000'000;

/// Token counts as an upstream reports them, made uniform.
struct TokenUsage {
  std::int64_t input = 0;                ///< all input tokens, cached ones included
  std::int64_t output = 0;               ///< all output tokens, reasoning included
  std::int64_t cache_read = 0;           ///< of `input`, read from a prompt cache
  std::int64_t cache_creation = 0;       ///< of `input`, written to a prompt cache
  std::int64_t cache_creation_hour = 0;  ///< of `cache_creation`, kept for an hour rather than five minutes
  std::int64_t total() const { return input + output; }
};

/// What tokens cost once a prompt is past some size. Absent = as below that size.
struct TierPrice {
  PicoDollars input;
  PicoDollars output;
  std::optional<PicoDollars> cache_read;
  std::optional<PicoDollars> cache_creation;
};

struct ModelPrice {
  std::string provider;  ///< litellm_provider
  std::string mode;      ///< chat, embedding, …
  PicoDollars input_per_token;
  PicoDollars output_per_token;
  std::optional<PicoDollars> cache_read_per_token;
  std::optional<PicoDollars> cache_creation_per_token;
  std::optional<PicoDollars> cache_creation_hour_per_token;
  /// Prices above a prompt size (`…_above_200k_tokens`), by that size in tokens.
  std::map<std::int64_t, TierPrice> above;
  std::int64_t max_input_tokens = 0;  ///< 0 = not stated
  std::int64_t max_output_tokens = 0;

  PicoDollars cost(const TokenUsage& usage) const;
};

class PriceBook {
 public:
  PriceBook() = default;
  /// Errors: kInvalid `prices.invalid` with a JSON pointer per fault; `sample_spec` is passed over.
  static Result<PriceBook> parse(std::string_view json_text);
  /// By `provider/model`, then by `model`. Null = no price: the caller must refuse when a budget is set.
  const ModelPrice* find(std::string_view provider, std::string_view model) const;
  std::size_t size() const { return models_.size(); }
  const std::map<std::string, ModelPrice, std::less<>>& models() const { return models_; }

 private:
  std::map<std::string, ModelPrice, std::less<>> models_;
};

}  // namespace bailiwick::metering
