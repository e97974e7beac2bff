#include "ledger/verify.h"

#include <istream>
#include <vector>

#include <fmt/format.h>

#include "ledger/frame.h"

namespace bailiwick::ledger {
namespace {

// A line is `{"hash":"…","previous_hash":"…","record":…}`, byte for byte: the record is hashed as it stands,
// so a line that was written anew, even with the same meaning, cannot be vouched for.
constexpr std::string_view kHashKey = "{\"hash\":\"", kPreviousKey = "\",\"previous_hash\":\"",
                           kRecordKey = "\",\"record\":";
constexpr std::size_t kHexDigits = 64;
constexpr std::size_t kMaxLineBytes = kMaxPayloadBytes + 1024;
constexpr std::size_t kMaxProblems = 100;

struct Line {
  std::string_view hash, previous_hash, payload;
};

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_hex(std::string_view& text, std::string_view& hex) {
  hex = text.substr(0, kHexDigits);
  if (hex.size() != kHexDigits || hex.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return false;
  text.remove_prefix(kHexDigits);
  return true;
}

std::optional<Line> parse_line(std::string_view text) {
  Line line;
  bool shape = take(text, kHashKey) && take_hex(text, line.hash) && take(text, kPreviousKey) &&
               take_hex(text, line.previous_hash) && take(text, kRecordKey) && text.ends_with('}');
  if (!shape) return std::nullopt;
  line.payload = text.substr(0, text.size() - 1);
  return line;
}

/// What a record says of its place.
struct Claim {
  std::string tenant;
  std::uint64_t sequence = 0;
};

std::optional<Claim> read_claim(std::string_view payload) {
  auto record = parse_json_object(payload);
  if (!record) return std::nullopt;
  const json::value* tenant = record->if_contains("tenant_id");
  const json::value* sequence = record->if_contains("sequence");
  if (tenant == nullptr || !tenant->is_string() || sequence == nullptr || !sequence->is_int64())
    return std::nullopt;
  if (sequence->as_int64() < 1) return std::nullopt;
  return Claim{std::string(tenant->as_string()), static_cast<std::uint64_t>(sequence->as_int64())};
}

/// Goes down the lines. After a fault it believes the record, so that one fault is told once and where it is.
class Verifier {
 public:
  explicit Verifier(const std::optional<Checkpoint>& checkpoint) : checkpoint_(checkpoint) {}

  void line(std::uint64_t number, std::string_view text) {
    std::optional<Line> parts = parse_line(text);
    if (!parts) return problem(fmt::format("line {}", number), "is not a line of an export; export again");
    std::optional<Claim> claim = read_claim(parts->payload);
    if (!claim)
      return problem(fmt::format("line {}", number), "holds no record with a tenant and a sequence");
    record(*parts, *claim);
  }

  VerifyReport finish() {
    if (checkpoint_) check_anchor();
    return std::move(report_);
  }

 private:
  void record(const Line& parts, const Claim& claim) {
    const std::string where = fmt::format("record {}", claim.sequence);
    ++report_.records;
    if (report_.tenant.empty()) begin(claim);
    if (claim.tenant != report_.tenant) {
      problem(where, fmt::format("is of {}, in the chain of {}", claim.tenant, report_.tenant));
    }
    check_place(where, claim.sequence, parts.previous_hash);
    if (auto previous = crypto::digest_from_hex(parts.previous_hash)) {
      if (crypto::to_hex(chain_hash(*previous, parts.payload)) != parts.hash) {
        problem(where, "was changed: its hash is not that of its content");
      }
    }
    report_.head = {claim.sequence, std::string(parts.hash)};
    if (checkpoint_ && claim.sequence == checkpoint_->sequence) anchor(where, parts.hash);
  }

  /// An export begins with record 1, or right behind the checkpoint.
  void begin(const Claim& claim) {
    report_.tenant = claim.tenant;
    if (checkpoint_ && claim.sequence == checkpoint_->sequence + 1) {
      report_.head = {checkpoint_->sequence, checkpoint_->hash};
      anchored_ = true;
    } else {
      report_.head = {0, std::string(kHexDigits, '0')};
    }
  }

  void check_place(const std::string& where, std::uint64_t sequence, std::string_view previous_hash) {
    const std::uint64_t expected = report_.head.sequence + 1;
    if (sequence == expected + 1) {
      problem(where, fmt::format("record {} is missing before it", expected));
    } else if (sequence > expected) {
      problem(where, fmt::format("records {} to {} are missing before it", expected, sequence - 1));
    } else if (sequence < expected) {
      problem(where, fmt::format("stands after record {}: out of order or twice", report_.head.sequence));
    } else if (previous_hash != report_.head.hash) {
      problem(where, "does not follow the record before it");
    }
  }

  void anchor(const std::string& where, std::string_view hash) {
    if (hash == checkpoint_->hash)
      anchored_ = true;
    else
      problem(where, "is not the one of the checkpoint: the chain was rewritten");
  }

  void check_anchor() {
    if (!report_.tenant.empty() && checkpoint_->tenant != report_.tenant) {
      problem("checkpoint", fmt::format("is of {}, not of {}", checkpoint_->tenant, report_.tenant));
      return;
    }
    if (report_.head.sequence < checkpoint_->sequence) {
      problem(fmt::format("record {}", checkpoint_->sequence),
              fmt::format("the checkpoint knows it, the export ends with record {}: the chain was truncated",
                          report_.head.sequence));
      return;
    }
    if (anchored_)
      report_.anchored = true, report_.anchored_through = checkpoint_->sequence;
    else if (report_.problems.empty())
      problem("checkpoint", "its record is not in the export");
  }

  void problem(std::string where, std::string message) {
    if (report_.problems.size() < kMaxProblems)
      report_.problems.push_back({std::move(where), std::move(message)});
    else if (report_.problems.size() == kMaxProblems)
      report_.problems.push_back({"…", "further faults are not listed"});
  }

  const std::optional<Checkpoint>& checkpoint_;
  VerifyReport report_;
  bool anchored_ = false;
};

}  // namespace

Result<Checkpoint> Checkpoint::parse(std::string_view json_text) {
  TRY(json::object object, parse_json_object(json_text));
  auto text = [&](std::string_view key) -> std::string {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
  };
  const json::value* sequence = object.if_contains("sequence");
  Checkpoint checkpoint{text("tenant"), 0, text("hash"), text("time")};
  bool whole = !checkpoint.tenant.empty() && checkpoint.hash.size() == kHexDigits && sequence != nullptr &&
               sequence->is_int64() && sequence->as_int64() >= 0;
  if (!whole) {
    return fail(ErrorCode::kInvalid, "checkpoint.malformed",
                "not a checkpoint: expected {\"tenant\", \"sequence\", \"hash\", \"time\"}");
  }
  checkpoint.sequence = static_cast<std::uint64_t>(sequence->as_int64());
  return checkpoint;
}

std::string Checkpoint::to_json() const {
  return canonical_json(
      json::object{{"tenant", tenant}, {"sequence", sequence}, {"hash", hash}, {"time", time}});
}

std::string to_export_line(const Entry& entry) {
  std::string line;
  line.reserve(entry.payload.size() + 2 * kHexDigits + 64);
  line.append(kHashKey)
      .append(crypto::to_hex(entry.hash))
      .append(kPreviousKey)
      .append(crypto::to_hex(entry.previous_hash))
      .append(kRecordKey);
  line.append(entry.payload).append("}");
  return line;
}

Result<VerifyReport> verify_export(std::istream& lines, const std::optional<Checkpoint>& checkpoint) {
  Verifier verifier(checkpoint);
  std::vector<char> buffer(kMaxLineBytes);
  std::uint64_t number = 0;
  while (lines.getline(buffer.data(), static_cast<std::streamsize>(buffer.size())) || lines.gcount() > 0) {
    ++number;
    if (lines.fail() && !lines.eof()) {
      return fail(ErrorCode::kInvalid, "export.line_too_long",
                  fmt::format("line {}: longer than {} bytes; not an export", number, kMaxLineBytes));
    }
    auto size = static_cast<std::size_t>(lines.gcount()) - (lines.eof() ? 0 : 1);
    verifier.line(number, std::string_view(buffer.data(), size));
  }
  if (lines.bad())
    return fail(ErrorCode::kUnavailable, "export.unreadable", "the export cannot be read to its end");
  return verifier.finish();
}

}  // namespace bailiwick::ledger
