// Statement: what a signature says of a bundle: whose it is, which files with which content, and in which
// order it follows others. The payload of the envelope that stands beside the files it speaks of.
#pragma once

#include "bundles/revision.h"
#include "crypto/dsse.h"
#include "snapshot/signers.h"

namespace bailiwick::bundles {

inline constexpr std::string_view kStatementType = "application/vnd.bailiwick.bundle.v1+json";
/// The envelope's file in the folder of a tenant, or in `_platform`. No file of the bundle: nothing signs
/// itself.
inline constexpr std::string_view kEnvelopeFile = "bundle.dsse.json";

/// Exact in every reader of JSON.
inline constexpr std::int64_t kMaxSerial = 9'000'000'000'000'000;

struct Statement {
  std::string tenant;  ///< or `_platform`
  std::string version;
  std::int64_t serial = 1;
  std::string author;
  snapshot::Moment created_at;
  std::optional<snapshot::Moment> expires_at;
  Manifest files;
};

/// What is wrong with the version and the hashes, or empty.
std::string fault_of(const Statement& statement);

template <class Visitor>
void describe(Visitor& v, Statement& statement) {
  v.required("tenant", statement.tenant, "Whose bundle this is.", {.max_length = 63, .min_length = 1});
  v.required("version", statement.version, "Of the bundle: 1.2.3.", {.max_length = 63});
  v.required("serial", statement.serial, "Higher than that of every revision before it.",
             {.min = 1, .max = kMaxSerial});
  v.required("author", statement.author, "Who made it, for people to read.", {.max_length = 254});
  v.required("created_at", statement.created_at, "When it was signed first.");
  v.field("expires_at", statement.expires_at, "It may not be activated after this moment.");
  v.required("files", statement.files, "Path → SHA-256 in hex, of every file.",
             {.max_length = snapshot::kMaxBundleFiles});
  std::string fault = fault_of(statement);
  v.require(fault.empty(), fault);
}

/// Canonical JSON.
std::string to_payload(const Statement& statement);
/// Not signed yet.
crypto::Envelope envelope_of(const Statement& statement);
/// The envelope as our own writer writes it, whoever wrote it; a text that is none comes back as it is.
std::string normal_envelope(std::string_view text);
/// Errors: kInvalid `bundle.envelope` for a payload of another type, or one that is not canonical: two texts
/// of one statement would be two things to sign.
Result<Statement> statement_of(const crypto::Envelope& envelope);

}  // namespace bailiwick::bundles
