#include "ledger/record.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "ledger/record_json.h"

namespace bailiwick::ledger {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

/// Bytes of the UTF-8 character at the front of `text`, or 0 when there is none (RFC 3629 §4).
std::size_t character_size(std::string_view text) {
  auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto tail = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80; };
  unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    bool allowed = (first != 0xe0 || second >= 0xa0) && (first != 0xed || second < 0xa0);
    return allowed && tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    bool allowed = (first != 0xf0 || second >= 0x90) && (first != 0xf4 || second < 0x90);
    return allowed && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

/// A record is read by strict readers: what is not UTF-8, and NUL, is replaced.
std::string as_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t size = text[0] == '\0' ? 0 : character_size(text);
    if (size == 0)
      out += kReplacement;
    else
      out.append(text.substr(0, size));
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

/// Printable ASCII without quote and backslash stands for itself; nearly every field is that.
bool is_plain(std::string_view text) {
  bool odd = false;
  for (char c : text) odd |= c < 0x20 || c == '"' || c == '\\';
  return !odd;
}

/// The members of one object, in canonical order, written behind what `out` holds; empty ones are left out.
///
/// Every request pays for this, so it writes through a pointer into room that was made before; std::string
/// would check and grow at each of a hundred small pieces.
class Members {
 public:
  explicit Members(std::string& out) : out_(out), at_(out.size()) { reserve(kUsualBytes); }

  void text(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!is_plain(value)) return odd_text(key, value);
    name(key, value.size() + 2);
    copy("\"");
    copy(value);
    copy("\"");
  }
  void number(std::string_view key, std::int64_t value) {
    name(key, kNumberBytes);
    at_ = static_cast<std::size_t>(std::to_chars(out_.data() + at_, out_.data() + out_.size(), value).ptr -
                                   out_.data());
  }
  /// What JSON already is.
  void raw(std::string_view key, std::string_view value) {
    name(key, value.size());
    copy(value);
  }
  void money(std::string_view key, PicoDollars value);
  void time(std::string_view key, WallTime value);
  void end() {
    reserve(1);
    copy("}");
    out_.resize(at_);
  }

 private:
  static constexpr std::size_t kUsualBytes = 1024, kNumberBytes = 24;

  void reserve(std::size_t size) {
    if (out_.size() - at_ < size) out_.resize(std::max(out_.size() * 2, at_ + size));
  }
  void copy(std::string_view piece) {
    std::memcpy(out_.data() + at_, piece.data(), piece.size());
    at_ += piece.size();
  }
  /// The key, and room for `size` bytes of value and the closing brace.
  void name(std::string_view key, std::size_t size) {
    reserve(key.size() + size + 8);
    copy(first_ ? "{\"" : ",\"");
    first_ = false;
    copy(key);
    copy("\":");
  }
  void odd_text(std::string_view key, std::string_view value) {
    std::string quoted;
    append_json_string(quoted, as_utf8(value));
    raw(key, quoted);
  }

  std::string& out_;
  std::size_t at_;
  bool first_ = true;
};

/// Digits of `number` in a field of `width`, zeros in front.
void put_digits(char* field, std::uint64_t number, std::size_t width) {
  for (; width > 0; number /= 10) field[--width] = static_cast<char>('0' + number % 10);
}

/// As PicoDollars::to_decimal, in quotes.
void Members::money(std::string_view key, PicoDollars value) {
  if (value < PicoDollars()) return text(key, value.to_decimal());
  constexpr std::size_t kDecimals = 12;
  char amount[40];
  char* end = std::to_chars(amount, amount + 20, value.pico() / PicoDollars::kPerDollar).ptr;
  if (std::int64_t fraction = value.pico() % PicoDollars::kPerDollar; fraction != 0) {
    *end = '.';
    put_digits(end + 1, static_cast<std::uint64_t>(fraction), kDecimals);
    for (end += kDecimals; *end == '0'; --end) {
    }
    ++end;
  }
  text(key, {amount, end});
}

/// As to_rfc3339.
void Members::time(std::string_view key, WallTime value) {
  using namespace std::chrono;
  auto day = floor<days>(value);
  year_month_day date(day);
  auto us = static_cast<std::uint64_t>((value - day).count());
  char text[] = "\"0000-00-00T00:00:00.000000Z\"";
  put_digits(text + 1, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  put_digits(text + 6, static_cast<unsigned>(date.month()), 2);
  put_digits(text + 9, static_cast<unsigned>(date.day()), 2);
  put_digits(text + 12, us / 3'600'000'000, 2);
  put_digits(text + 15, us / 60'000'000 % 60, 2);
  put_digits(text + 18, us / 1'000'000 % 60, 2);
  put_digits(text + 21, us % 1'000'000, 6);
  raw(key, {text, sizeof text - 1});
}

}  // namespace

void append_json(std::string& out, const Record& record, std::string_view tenant, std::uint64_t sequence) {
  Members members(out);
  members.text("action", record.action);
  members.text("agent_id", record.agent_id);
  members.text("chunk_id", record.chunk_id);
  if (record.cost != PicoDollars() || !record.model.empty()) members.money("cost_usd", record.cost);
  members.text("decision", record.decision);
  members.text("domain", record.domain);
  if (!record.extra_text.empty())
    members.raw("extra", record.extra_text);
  else if (!record.extra.empty())
    members.raw("extra", canonical_json(record.extra));
  if (record.input_tokens >= 0) members.number("input_tokens", record.input_tokens);
  members.text("kind", name_of(record.kind));
  if (record.latency_us >= 0) members.number("latency_us", record.latency_us);
  members.text("model", record.model);
  members.text("namespace", record.name_space);
  if (record.output_tokens >= 0) members.number("output_tokens", record.output_tokens);
  members.text("policy_revision", record.policy_revision);
  // The lineage record of the governance documents calls it a version.
  if (record.kind == RecordKind::kLineage) members.text("policy_version", record.policy_revision);
  members.text("principal", record.principal);
  members.text("program", record.program);
  members.text("provider", record.provider);
  members.text("query_id", record.query_id);
  members.text("reason", record.reason);
  members.text("request_id", record.request_id);
  members.text("resource", record.resource);
  members.number("sequence", static_cast<std::int64_t>(sequence));
  members.text("source_id", record.source_id);
  if (record.status != 0) members.number("status", record.status);
  members.text("tenant_id", tenant);
  members.time("timestamp", record.time);
  if (record.trust_score >= 0 && std::isfinite(record.trust_score))
    members.raw("trust_score", fmt::format("{}", record.trust_score));
  members.text("usecase", record.usecase);
  members.end();
}

std::string to_json(const Record& record, std::string_view tenant, std::uint64_t sequence) {
  std::string out;
  append_json(out, record, tenant, sequence);
  return out;
}

Result<json::object> read_record(const Entry& entry) {
  // NUL is text of a JSON value that a caller sent.
  return parse_json_object(entry.payload, {}, {.nul_bytes = NulBytes::kAllowed});
}

}  // namespace bailiwick::ledger
