// Record: one thing that happened. What auditors, bills and lineage are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "crypto/hash.h"

namespace bailiwick::ledger {

enum class RecordKind {
  kRequest,    ///< a decision and, when it was allowed, what the work used
  kLineage,    ///< one chunk that supported one answer
  kLifecycle,  ///< a tenant, token or bundle changed
  kBudget,     ///< a slice of budget was granted or handed back
};

constexpr std::string_view name_of(RecordKind kind) {
  switch (kind) {
    case RecordKind::kRequest:
      return "request";
    case RecordKind::kLineage:
      return "lineage";
    case RecordKind::kLifecycle:
      return "lifecycle";
    case RecordKind::kBudget:
      return "budget";
  }
  return "";
}

/// A target of a model call that did not give its answer.
struct PassedOver {
  std::string provider;
  std::string model;
  std::string reason;  ///< `upstream.timeout`, `upstream.status`, `upstream.outrun`
};

/// Fields of every kind; what does not apply stays empty and is left out of the JSON. Never a secret, never
/// content.
struct Record {
  RecordKind kind = RecordKind::kRequest;
  WallTime time{};  ///< left at zero, the journal sets the time of the append
  std::string request_id;
  std::string principal;  ///< `token:tok_…`, `system:replay`
  std::string action;     ///< `models.chat`
  std::string resource;
  std::string decision;  ///< `allow` or `deny`
  std::string reason;    ///< why: `role.operator`, `tenant.suspended`, `budget.daily`
  std::string policy_revision;
  std::string program;     ///< named by the request, or the credential's only one
  std::string name_space;  ///< `namespace` in JSON; named by the request
  int status = 0;          ///< HTTP status of the answer; 0 when it is not an answer
  std::int64_t latency_us = -1;
  // usage
  std::string provider;
  std::string model;
  std::int64_t input_tokens = -1;
  std::int64_t output_tokens = -1;
  PicoDollars cost;
  std::vector<PassedOver> passed_over;  ///< in the order in which they failed
  // lineage (one chunk)
  std::string domain, usecase, source_id, query_id, chunk_id, agent_id;
  double trust_score = -1;
  // lifecycle and budget
  json::object extra;
  std::string extra_text;  ///< instead of `extra`: its canonical JSON, from who writes it often
};

/// The record's canonical JSON, without sequence and hash, which the journal adds.
std::string to_json(const Record& record, std::string_view tenant, std::uint64_t sequence);

/// A record where a reader of the journal holds it; good until its visitor returns.
struct Entry {
  std::uint64_t sequence = 0;      ///< 1, 2, … per chain, no gaps
  std::string_view payload;        ///< canonical JSON, includes tenant and sequence
  crypto::Digest previous_hash{};  ///< zeros for the first
  crypto::Digest hash{};           ///< SHA-256 over version tag, previous hash and payload
};
/// The record of an entry. Errors: kInvalid `json.…`; what the ledger wrote has none.
Result<json::object> read_record(const Entry& entry);

}  // namespace bailiwick::ledger
