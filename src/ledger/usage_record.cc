#include "ledger/usage_record.h"

#include <algorithm>
#include <charconv>

#include <simdjson.h>

#include "ledger/record_json.h"
#include "metering/prices.h"

namespace bailiwick::ledger {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kDenied = "deny";
/// Of denials, documents and bytes in one record.
constexpr std::int64_t kMost = 1'000'000'000'000;

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::kInternal, "ledger.damaged",
              "a record of the ledger cannot be read for its usage; `bailiwick ledger verify` says more",
              std::string(what));
}

/// The text of a value; empty when it is none.
std::string_view text_of(ondemand::value value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
}

/// Not below 0 and not above `most`.
std::int64_t count_of(ondemand::value value, std::int64_t most) {
  std::int64_t count = 0;
  if (value.get_int64().get(count) != simdjson::SUCCESS) return 0;
  return std::clamp<std::int64_t>(count, 0, most);
}

/// What PicoDollars::to_decimal wrote. It reads amounts past what may be declared, too.
std::optional<PicoDollars> cost_from(std::string_view decimal) {
  constexpr std::size_t kDecimals = 12;
  const std::size_t point = std::min(decimal.find('.'), decimal.size());
  const std::string_view fraction = decimal.substr(std::min(point + 1, decimal.size()));
  char digits[40];
  if (point + kDecimals > sizeof digits || fraction.size() > kDecimals) return std::nullopt;
  char* end = std::copy_n(decimal.data(), point, std::begin(digits));
  end = std::ranges::copy(fraction, end).out;
  end = std::fill_n(end, kDecimals - fraction.size(), '0');
  std::int64_t pico = 0;
  auto [read_to, error] = std::from_chars(std::begin(digits), end, pico);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return PicoDollars(pico);
}

/// A program or namespace that the tenant does not declare is the caller's invention; a caller who makes up
/// one name after the other would make up one row after the other.
bool names_are_invented(std::string_view reason) {
  return reason == "program.unknown" || reason == "namespace.unknown";
}

/// What a record says beside names and tokens.
struct Said {
  std::optional<PicoDollars> cost = PicoDollars();
  std::optional<WallTime> time;
  std::int64_t status = 0, repeated = 1, documents = 0, bytes = 0;
  bool is_request = false, is_denied = false, invented = false;
};

void count_request(const Said& said, metering::UsageTotals& totals) {
  constexpr std::int64_t kServersFault = 500;
  totals.requests = said.repeated;
  totals.documents = said.documents;
  totals.bytes = said.bytes;
  if (said.is_denied)
    totals.denied = totals.requests;
  else if (said.status >= kServersFault)
    totals.errors = totals.requests;
}

Result<bool> conclude(const Said& said, UsageRecord& used) {
  if (!said.cost) return damaged("cost_usd");
  used.totals.cost = metering::Decimal::of(*said.cost);
  if (said.is_request) count_request(said, used.totals);
  if (said.invented) used.key.program = used.key.name_space = "";
  if (used.totals == metering::UsageTotals()) return false;
  if (!said.time) return damaged("timestamp");
  used.time = *said.time;
  return true;
}

/// The members of a record's JSON, taken one by one.
class Members {
 public:
  explicit Members(UsageRecord& used) : used_(used) {}

  simdjson::error_code read(ondemand::object members) {
    for (auto member : members) {
      std::string_view key;
      ondemand::value value;
      if (auto error = member.unescaped_key().get(key); error != simdjson::SUCCESS) return error;
      if (auto error = member.value().get(value); error != simdjson::SUCCESS) return error;
      take(key, value);
    }
    return simdjson::SUCCESS;
  }
  const Said& said() const { return said_; }

 private:
  void take(std::string_view key, ondemand::value value) {
    UsageKey& names = used_.key;
    if (key == "program")
      names.program = text_of(value);
    else if (key == "namespace")
      names.name_space = text_of(value);
    else if (key == "principal")
      names.principal = text_of(value);
    else if (key == "action")
      names.operation = text_of(value);
    else if (key == "provider")
      names.provider = text_of(value);
    else if (key == "model")
      names.model = text_of(value);
    else if (key == "input_tokens")
      used_.totals.input_tokens = count_of(value, metering::kMostTokens);
    else if (key == "output_tokens")
      used_.totals.output_tokens = count_of(value, metering::kMostTokens);
    else
      take_circumstance(key, value);
  }

  void take_circumstance(std::string_view key, ondemand::value value) {
    constexpr std::int64_t kHighestStatus = 999;
    if (key == "cost_usd")
      said_.cost = cost_from(text_of(value));
    else if (key == "timestamp")
      take_time(text_of(value));
    else if (key == "kind")
      said_.is_request = text_of(value) == name_of(RecordKind::kRequest);
    else if (key == "decision")
      said_.is_denied = text_of(value) == kDenied;
    else if (key == "reason")
      said_.invented = names_are_invented(text_of(value));
    else if (key == "status")
      said_.status = count_of(value, kHighestStatus);
    else if (key == "extra")
      take_extra(value);
  }

  void take_time(std::string_view text) {
    if (auto time = parse_rfc3339(text)) said_.time = *time;
  }

  void take_extra(ondemand::value value) {
    ondemand::object members;
    if (value.get_object().get(members) != simdjson::SUCCESS) return;
    for (auto member : members) {
      std::string_view key;
      ondemand::value counted;
      if (member.unescaped_key().get(key) != simdjson::SUCCESS) return;
      if (member.value().get(counted) != simdjson::SUCCESS) return;
      if (key == "repeated")
        said_.repeated = std::max<std::int64_t>(count_of(counted, kMost), 1);
      else if (key == "documents")
        said_.documents = count_of(counted, kMost);
      else if (key == "bytes")
        said_.bytes = count_of(counted, kMost);
    }
  }

  UsageRecord& used_;
  Said said_;
};

}  // namespace

Result<bool> read_usage(std::string_view payload, UsageRecord& used) {
  thread_local ondemand::parser parser;
  thread_local std::string padded;
  padded.reserve(payload.size() + simdjson::SIMDJSON_PADDING);
  padded = payload;
  used = {};
  ondemand::document document;
  ondemand::object record;
  Members members(used);
  bool is_object = parser.iterate(padded).get(document) == simdjson::SUCCESS &&
                   document.get_object().get(record) == simdjson::SUCCESS;
  if (!is_object || members.read(record) != simdjson::SUCCESS) return damaged("not a JSON object");
  return conclude(members.said(), used);
}

bool is_counted_unread(const Record& record) {
  const bool says_more = !record.extra.empty() || !record.extra_text.empty();
  return !(says_more && record.kind == RecordKind::kRequest) && is_plain(record.program) &&
         is_plain(record.name_space) && is_plain(record.principal) && is_plain(record.action) &&
         is_plain(record.provider) && is_plain(record.model);
}

bool usage_of(const Record& record, UsageRecord& used) {
  UsageKey& names = used.key;
  names.program = record.program;
  names.name_space = record.name_space;
  names.principal = record.principal;
  names.operation = record.action;
  names.provider = record.provider;
  names.model = record.model;
  used.totals = {.input_tokens = std::clamp<std::int64_t>(record.input_tokens, 0, metering::kMostTokens),
                 .output_tokens = std::clamp<std::int64_t>(record.output_tokens, 0, metering::kMostTokens)};
  return conclude({.cost = record.cost,
                   .time = record.time,
                   .status = record.status,
                   .is_request = record.kind == RecordKind::kRequest,
                   .is_denied = record.decision == kDenied,
                   .invented = names_are_invented(record.reason)},
                  used)
      .value();
}

}  // namespace bailiwick::ledger
