#include "metering/prices.h"

#include <charconv>

#include <fmt/format.h>

#include "base/excerpt.h"

namespace bailiwick::metering {
namespace {

constexpr std::string_view kInput = "input_cost_per_token";
constexpr std::string_view kOutput = "output_cost_per_token";
constexpr std::string_view kCacheRead = "cache_read_input_token_cost";
constexpr std::string_view kCacheCreation = "cache_creation_input_token_cost";
constexpr std::string_view kCacheCreationHour = "cache_creation_input_token_cost_above_1hr";

/// The exact decimal of a price: the shortest text that reads back as the same double is what the file says.
std::optional<PicoDollars> amount(const json::value& value) {
  std::string text = value.is_double()   ? fmt::format("{}", value.get_double())
                     : value.is_int64()  ? fmt::format("{}", value.get_int64())
                     : value.is_uint64() ? fmt::format("{}", value.get_uint64())
                     : value.is_string() ? std::string(value.get_string())
                                         : std::string();
  auto parsed = PicoDollars::parse(text);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

/// Reads one model's entry and notes what is wrong in it.
class EntryReader {
 public:
  EntryReader(std::string_view model, const json::object& entry, std::vector<Problem>& problems)
      : model_(model), entry_(entry), problems_(problems) {}

  std::optional<PicoDollars> price(std::string_view key) {
    const json::value* value = entry_.if_contains(key);
    if (value == nullptr || value->is_null()) return std::nullopt;
    auto parsed = amount(*value);
    if (!parsed)
      problems_.push_back(
          {fmt::format("/{}/{}", excerpt(model_), key), "expected a price in USD, zero or more"});
    return parsed;
  }

  std::string text(std::string_view key) {
    const json::value* value = entry_.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  }

  std::int64_t count(std::string_view key) {
    const json::value* value = entry_.if_contains(key);
    if (value == nullptr) return 0;
    boost::json::error_code error;
    auto number = value->to_number<std::int64_t>(error);
    return error ? 0 : std::max<std::int64_t>(number, 0);
  }

  /// The tiers that hide in key names: `input_cost_per_token_above_200k_tokens`.
  void tiers(ModelPrice& model) {
    const std::string prefix = fmt::format("{}_above_", kInput);
    for (const auto& member : entry_) {
      std::string_view key = member.key();
      if (!key.starts_with(prefix) || !key.ends_with("k_tokens")) continue;
      std::string_view digits =
          key.substr(prefix.size(), key.size() - prefix.size() - std::string_view("k_tokens").size());
      std::int64_t thousands = 0;
      auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), thousands);
      if (error != std::errc() || end != digits.data() + digits.size() || thousands <= 0 ||
          thousands > 1'000'000)
        continue;
      auto tier = [&](std::string_view base) {
        return price(fmt::format("{}_above_{}k_tokens", base, thousands));
      };
      if (auto input = tier(kInput)) {
        model.above[thousands * 1000] = {*input, tier(kOutput).value_or(model.output_per_token),
                                         tier(kCacheRead), tier(kCacheCreation)};
      }
    }
  }

 private:
  std::string_view model_;
  const json::object& entry_;
  std::vector<Problem>& problems_;
};

/// Embeddings and rerankers write nothing, so a price of their output is not asked for.
bool writes_output(std::string_view mode) {
  return mode != "embedding" && mode != "rerank" && mode != "moderation";
}

std::optional<ModelPrice> read_model(EntryReader entry) {
  ModelPrice model;
  model.provider = entry.text("litellm_provider");
  model.mode = entry.text("mode");
  auto input = entry.price(kInput);
  auto output = entry.price(kOutput);
  // A model priced by the image, second or page has no price per token, which is not the same as being free.
  if (!input || (!output && writes_output(model.mode))) return std::nullopt;
  model.input_per_token = *input;
  model.output_per_token = output.value_or(PicoDollars());
  model.cache_read_per_token = entry.price(kCacheRead);
  model.cache_creation_per_token = entry.price(kCacheCreation);
  model.cache_creation_hour_per_token = entry.price(kCacheCreationHour);
  model.max_input_tokens = entry.count("max_input_tokens");
  model.max_output_tokens = entry.count("max_output_tokens");
  entry.tiers(model);
  return model;
}

}  // namespace

PicoDollars ModelPrice::cost(const TokenUsage& usage) const {
  TierPrice price{input_per_token, output_per_token, cache_read_per_token, cache_creation_per_token};
  if (auto past = above.lower_bound(usage.input); past != above.begin()) {
    const TierPrice& tier = std::prev(past)->second;
    price = {tier.input, tier.output, tier.cache_read ? tier.cache_read : price.cache_read,
             tier.cache_creation ? tier.cache_creation : price.cache_creation};
  }
  std::int64_t plain = std::max<std::int64_t>(usage.input - usage.cache_read - usage.cache_creation, 0);
  PicoDollars creation = price.cache_creation.value_or(price.input);
  PicoDollars hour_creation = std::max(cache_creation_hour_per_token.value_or(creation), creation);
  return price.input * plain + price.cache_read.value_or(price.input) * usage.cache_read +
         creation * (usage.cache_creation - usage.cache_creation_hour) +
         hour_creation * usage.cache_creation_hour + price.output * usage.output;
}

Result<PriceBook> PriceBook::parse(std::string_view json_text) {
  TRY(json::object models, parse_json_object(json_text));
  PriceBook book;
  std::vector<Problem> problems;
  for (const auto& member : models) {
    std::string_view name = member.key();
    if (name == "sample_spec") continue;
    if (!member.value().is_object()) {
      problems.push_back({fmt::format("/{}", excerpt(name)), "expected an object of prices"});
      continue;
    }
    auto model = read_model(EntryReader(name, member.value().get_object(), problems));
    if (model) book.models_.emplace(name, std::move(*model));
  }
  if (problems.empty()) return book;
  Error error(ErrorCode::kInvalid, "prices.invalid",
              fmt::format("the price file has {} faults", problems.size()));
  error.problems = std::move(problems);
  return std::unexpected(std::move(error));
}

const ModelPrice* PriceBook::find(std::string_view provider, std::string_view model) const {
  thread_local std::string qualified;
  qualified.assign(provider).append("/").append(model);
  if (auto found = models_.find(qualified); found != models_.end()) return &found->second;
  auto found = models_.find(model);
  return found == models_.end() ? nullptr : &found->second;
}

}  // namespace bailiwick::metering
