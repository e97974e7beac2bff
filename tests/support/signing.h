// Keys, signers and envelopes for tests. The same seed is the same key.
#pragma once

#include "bundles/statement.h"

namespace bailiwick::testing_support {

inline crypto::PrivateKey key_of(std::uint64_t seed) {
  SeededRandom random(seed);
  return crypto::PrivateKey::generate(random);
}

inline snapshot::Moment moment(std::string_view text) {
  return snapshot::Moment::parse(text).value();
}

/// One that signs for every tenant, as an author.
inline snapshot::Signer signer(std::string id, std::uint64_t seed) {
  return {.id = std::move(id),
          .person = {},
          .public_key = {key_of(seed).public_key()},
          .tenants = {"*"},
          .roles = {snapshot::SignerRole::kAuthor},
          .not_after = moment("2030-01-01T00:00:00Z"),
          .revoked = false};
}

inline bundles::Statement statement(std::string tenant, std::int64_t serial,
                                    const snapshot::FileTexts& files) {
  return {.tenant = std::move(tenant),
          .version = "1.0.0",
          .serial = serial,
          .author = "ada",
          .created_at = moment("2026-11-25T11:00:00Z"),
          .expires_at = std::nullopt,
          .files = bundles::manifest_of(files)};
}

/// Signed by the keys of these seeds.
inline std::string sign(const bundles::Statement& statement, const std::vector<std::uint64_t>& seeds) {
  crypto::Envelope envelope = bundles::envelope_of(statement);
  for (std::uint64_t seed : seeds) crypto::add_signature(envelope, key_of(seed));
  return crypto::to_json(envelope);
}

/// A `signers.yaml` entry of the key of the seed; `more` is further keys, such as `, revoked: true`.
inline std::string signer_yaml(const std::string& id, std::uint64_t seed, const std::string& more = "") {
  std::string pem = key_of(seed).public_key().to_pem(), block;
  for (std::size_t at = 0; at < pem.size();) {
    std::size_t end = pem.find('\n', at);
    block += "      " + pem.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return "  - id: " + id + "\n    tenants: [\"*\"]\n    not_after: 2030-01-01T00:00:00Z\n" + more +
         "    public_key: |\n" + block;
}

}  // namespace bailiwick::testing_support
