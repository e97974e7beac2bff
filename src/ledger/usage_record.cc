#include "ledger/usage_record.h"

#include <algorithm>
#include <charconv>

#include <simdjson.h>

#include "metering/prices.h"

namespace bailiwick::ledger {
namespace {

using simdjson::dom::object;

/// Of denials, documents and bytes in one record.
constexpr std::int64_t kMost = 1'000'000'000'000;

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::kInternal, "ledger.damaged",
              "a record of the ledger cannot be read for its usage; `bailiwick ledger verify` says more",
              std::string(what));
}

std::string_view text_in(const object& members, std::string_view key) {
  std::string_view text;
  return members.at_key(key).get(text) == simdjson::SUCCESS ? text : std::string_view();
}

/// Not below 0 and not above `most`.
std::int64_t count_in(const object& members, std::string_view key, std::int64_t most) {
  std::int64_t count = 0;
  if (members.at_key(key).get(count) != simdjson::SUCCESS) return 0;
  return std::clamp<std::int64_t>(count, 0, most);
}

/// What PicoDollars::to_decimal wrote; empty is nothing. It reads amounts past what may be declared, too.
std::optional<PicoDollars> cost_from(std::string_view decimal) {
  constexpr std::size_t kDecimals = 12;
  std::size_t point = decimal.find('.');
  std::string digits(decimal.substr(0, point));
  std::string behind = point == std::string_view::npos ? "" : std::string(decimal.substr(point + 1));
  if (behind.size() > kDecimals) return std::nullopt;
  behind.resize(kDecimals, '0');
  digits += behind;
  std::int64_t pico = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pico);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return PicoDollars(pico);
}

/// A program or namespace that the tenant does not declare is the caller's invention; a caller who makes up
/// one name after the other would make up one row after the other.
bool names_are_invented(std::string_view reason) {
  return reason == "program.unknown" || reason == "namespace.unknown";
}

UsageKey key_of(const object& record) {
  UsageKey key{.program = std::string(text_in(record, "program")),
               .name_space = std::string(text_in(record, "namespace")),
               .principal = std::string(text_in(record, "principal")),
               .operation = std::string(text_in(record, "action")),
               .provider = std::string(text_in(record, "provider")),
               .model = std::string(text_in(record, "model"))};
  if (names_are_invented(text_in(record, "reason"))) key.program = key.name_space = "";
  return key;
}

void count_request(const object& record, metering::UsageTotals& totals) {
  constexpr std::int64_t kServersFault = 500;
  totals.requests = 1;
  if (object extra; record.at_key("extra").get(extra) == simdjson::SUCCESS) {
    totals.requests = std::max<std::int64_t>(count_in(extra, "repeated", kMost), 1);
    totals.documents = count_in(extra, "documents", kMost);
    totals.bytes = count_in(extra, "bytes", kMost);
  }
  if (text_in(record, "decision") == "deny")
    totals.denied = totals.requests;
  else if (count_in(record, "status", 999) >= kServersFault)
    totals.errors = totals.requests;
}

}  // namespace

Result<std::optional<UsageRecord>> usage_of(std::string_view payload) {
  thread_local simdjson::dom::parser parser;
  object record;
  if (parser.parse(payload.data(), payload.size()).get(record) != simdjson::SUCCESS)
    return damaged("not a JSON object");
  std::optional<PicoDollars> cost = PicoDollars();
  if (std::string_view text = text_in(record, "cost_usd"); !text.empty()) cost = cost_from(text);
  if (!cost) return damaged("cost_usd");

  metering::UsageTotals totals{.input_tokens = count_in(record, "input_tokens", metering::kMostTokens),
                               .output_tokens = count_in(record, "output_tokens", metering::kMostTokens),
                               .cost = metering::Decimal::of(*cost)};
  if (text_in(record, "kind") == "request") count_request(record, totals);
  if (totals == metering::UsageTotals()) return std::nullopt;
  auto time = parse_rfc3339(text_in(record, "timestamp"));
  if (!time) return damaged("timestamp");
  return UsageRecord{*time, key_of(record), totals};
}

}  // namespace bailiwick::ledger
