// Offline verification of an exported chain, with or without a checkpoint kept elsewhere. Needs no server and
// no key.
//
// An export is lines of `{"hash":"…","previous_hash":"…","record":{…}}` without a space between:
// hashes are over the record's bytes as they stand. It begins with record 1, or with the one right behind the
// checkpoint.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "ledger/ledger.h"

namespace bailiwick::ledger {

/// `{"tenant", "sequence", "hash", "time"}`: keep it away from the ledger, and truncation and rewriting show.
struct Checkpoint {
  std::string tenant;
  std::uint64_t sequence = 0;
  std::string hash;
  std::string time;

  static Result<Checkpoint> parse(std::string_view json_text);
  std::string to_json() const;
};

struct VerifyReport {
  std::string tenant;
  std::uint64_t records = 0;
  Head head;
  bool anchored = false;               ///< a checkpoint vouches for a prefix
  std::uint64_t anchored_through = 0;  ///< its sequence; 0 = none: truncation of the tail would not show
  std::vector<Problem> problems;       ///< `record 17`: flipped, missing, out of order, …
};

/// One line of an export, without its newline.
std::string to_export_line(const Entry& entry);
/// Reads lines until the end. Errors only for unreadable input; faults of the chain are in the report.
Result<VerifyReport> verify_export(std::istream& lines, const std::optional<Checkpoint>& checkpoint);

}  // namespace bailiwick::ledger
