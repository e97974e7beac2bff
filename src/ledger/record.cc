#include "ledger/record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/byte_words.h"
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

/// A string as an argument of a template.
template <std::size_t Size>
struct Name {
  char text[Size];
  consteval Name(const char (&name)[Size]) { std::copy_n(name, Size, text); }  // NOLINT(*-explicit-*)
};

/// `,"name":`, put together when it is compiled.
template <Name kName>
constexpr auto kKey = [] {
  constexpr std::size_t kSize = sizeof kName.text - 1;
  std::array<char, kSize + 4> key{',', '"'};
  std::copy_n(kName.text, kSize, key.begin() + 2);
  key[kSize + 2] = '"';
  key[kSize + 3] = ':';
  return key;
}();
template <Name kName>
consteval std::string_view operator""_key() {
  return {kKey<kName>.data(), kKey<kName>.size()};
}

/// The members of one object, in canonical order, written behind what `out` holds; empty ones are left out.
///
/// Every request pays for this, so it writes through a pointer into room that was made before; std::string
/// would check and grow at each of a hundred small pieces.
class Members {
 public:
  explicit Members(std::string& out) : out_(out), begin_(out.size()), at_(begin_) { reserve(kUsualBytes); }

  void text(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (!is_plain(value)) return odd_text(key, value);
    own_text(key, value);
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
  /// Text that needs no quoting.
  void own_text(std::string_view key, std::string_view value) {
    name(key, value.size() + 2);
    copy("\"");
    copy(value);
    copy("\"");
  }
  void end() {
    out_[begin_] = '{';  // in the place of the first comma
    out_[at_++] = '}';
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
    reserve(key.size() + size + 1);
    copy(key);
  }
  void odd_text(std::string_view key, std::string_view value) {
    std::string quoted;
    append_json_string(quoted, as_utf8(value));
    raw(key, quoted);
  }

  std::string& out_;
  const std::size_t begin_;
  std::size_t at_;
};

std::string list_of(const std::vector<PassedOver>& targets) {
  json::array list;
  for (const PassedOver& target : targets)
    list.push_back({{"model", target.model}, {"provider", target.provider}, {"reason", target.reason}});
  return canonical_json(list);
}

}  // namespace

bool is_plain(std::string_view text) {
  return !any_word(text, [](ByteWord word) {
    return word.has_below(0x20) || word.has_high() || word.has('"') || word.has('\\');
  });
}

void append_json(std::string& out, const Record& record, std::string_view tenant, std::uint64_t sequence) {
  Members members(out);
  members.text("action"_key, record.action);
  members.text("agent_id"_key, record.agent_id);
  members.text("chunk_id"_key, record.chunk_id);
  if (record.cost != PicoDollars() || !record.model.empty())
    members.own_text("cost_usd"_key, record.cost.decimal().view());
  members.text("decision"_key, record.decision);
  members.text("domain"_key, record.domain);
  if (!record.extra_text.empty())
    members.raw("extra"_key, record.extra_text);
  else if (!record.extra.empty())
    members.raw("extra"_key, canonical_json(record.extra));
  if (record.input_tokens >= 0) members.number("input_tokens"_key, record.input_tokens);
  members.text("kind"_key, name_of(record.kind));
  if (record.latency_us >= 0) members.number("latency_us"_key, record.latency_us);
  members.text("model"_key, record.model);
  members.text("namespace"_key, record.name_space);
  if (record.output_tokens >= 0) members.number("output_tokens"_key, record.output_tokens);
  if (!record.passed_over.empty()) members.raw("passed_over"_key, list_of(record.passed_over));
  members.text("policy_revision"_key, record.policy_revision);
  // The lineage record of the governance documents calls it a version.
  if (record.kind == RecordKind::kLineage) members.text("policy_version"_key, record.policy_revision);
  members.text("principal"_key, record.principal);
  members.text("program"_key, record.program);
  members.text("provider"_key, record.provider);
  members.text("query_id"_key, record.query_id);
  members.text("reason"_key, record.reason);
  members.text("request_id"_key, record.request_id);
  members.text("resource"_key, record.resource);
  members.number("sequence"_key, static_cast<std::int64_t>(sequence));
  members.text("source_id"_key, record.source_id);
  if (record.status != 0) members.number("status"_key, record.status);
  members.text("tenant_id"_key, tenant);
  members.own_text("timestamp"_key, rfc3339(record.time).view());
  if (record.trust_score >= 0 && std::isfinite(record.trust_score))
    members.raw("trust_score"_key, fmt::format("{}", record.trust_score));
  members.text("usecase"_key, record.usecase);
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
