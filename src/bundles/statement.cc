#include "bundles/statement.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/printing.h"
#include "crypto/hash.h"
#include "snapshot/policy_header.h"

namespace bailiwick::bundles {

std::string fault_of(const Statement& statement) {
  if (!snapshot::is_semver(statement.version)) return "version: write a version like 1.2.3";
  for (const auto& [path, hash] : statement.files) {
    if (!crypto::digest_from_hex(hash))
      return fmt::format("files: '{}' has no SHA-256 in hex", excerpt(path));
  }
  return {};
}

std::string to_payload(const Statement& statement) {
  json::value value = to_json_value(statement);
  if (!statement.expires_at) value.as_object().erase("expires_at");
  return canonical_json(value);
}

crypto::Envelope envelope_of(const Statement& statement) {
  return {.payload = to_payload(statement), .payload_type = std::string(kStatementType), .signatures = {}};
}

std::string normal_envelope(std::string_view text) {
  auto envelope = crypto::parse_envelope(text);
  return envelope ? crypto::to_json(*envelope) : std::string(text);
}

Result<Statement> statement_of(const crypto::Envelope& envelope) {
  auto malformed = [](std::string message) {
    return fail(ErrorCode::kInvalid, "bundle.envelope", std::move(message));
  };
  if (envelope.payload_type != kStatementType) {
    return malformed(fmt::format("it signs a payload of type '{}', and a bundle's is {}",
                                 excerpt(envelope.payload_type), kStatementType));
  }
  auto object = parse_json_object(envelope.payload);
  if (!object) return malformed("its payload is no statement: " + object.error().message);
  if (canonical_json(*object) != envelope.payload)
    return malformed("its payload is not canonical JSON; sign with `bailiwick bundle sign`");
  auto statement = bind_document<Statement>(to_node(*object), "", "bundle.envelope");
  if (!statement) {
    const Problem& first = statement.error().problems.front();
    return malformed(fmt::format("its statement is wrong at {}: {}", first.where, first.message));
  }
  return std::move(*statement);
}

}  // namespace bailiwick::bundles
