// signers.yaml of the folder `_platform`: whose keys may sign which tenants' revisions.
//
// This is the trust root of every tenant, so it stands where no tenant can write. A tenant's governance.yaml
// may narrow which of these sign for it and never adds one.
#pragma once

#include "base/binding.h"
#include "crypto/ed25519.h"

namespace bailiwick::snapshot {

/// A moment as files write it: RFC 3339, any offset.
struct Moment {
  WallTime time{};
  static Result<Moment> parse(std::string_view text);
  static json::object schema();
  std::string str() const { return to_rfc3339(time); }
};

/// A public key as PEM.
struct SignerKey {
  crypto::PublicKey key;
  static Result<SignerKey> parse(std::string_view text);
  static json::object schema();
  std::string str() const { return key.to_pem(); }
};

enum class SignerRole {
  kAuthor,    ///< signs what it wrote
  kApprover,  ///< agrees to what another wrote
};
constexpr std::array<std::pair<std::string_view, SignerRole>, 2> enum_table(SignerRole) {
  return {{{"author", SignerRole::kAuthor}, {"approver", SignerRole::kApprover}}};
}

struct Signer {
  std::string id;
  std::string person;
  SignerKey public_key;
  std::vector<std::string> tenants;
  std::vector<SignerRole> roles{SignerRole::kAuthor};
  Moment not_after;
  bool revoked = false;

  bool signs_for(std::string_view tenant) const;
  bool has(SignerRole role) const;
  /// Who holds the key: two keys of one person count once.
  const std::string& holder() const { return person.empty() ? id : person; }
};

/// What is wrong with the lists of one signer, or empty.
std::string fault_of(const Signer& signer);

template <class Visitor>
void describe(Visitor& v, Signer& signer) {
  v.required("id", signer.id, "Names the key: in records, and in the `signers` of governance.yaml.",
             {.max_length = 100, .min_length = 1});
  v.field("person", signer.person, "Who holds it; two keys of one person count once. Absent = the id.",
          {.max_length = 254});
  v.required("public_key", signer.public_key, "Ed25519 key as PEM: what `bailiwick bundle keygen` writes.");
  v.required("tenants", signer.tenants, "Ids of the tenants that it signs for; `*` = every tenant.",
             {.max_length = 10'000, .min_length = 1});
  v.field("roles", signer.roles, "What it may sign as.", {.max_length = 2, .min_length = 1});
  v.required("not_after", signer.not_after, "It signs nothing new after this moment (RFC 3339).");
  v.field("revoked", signer.revoked,
          "It signs nothing new. Keep the entry: what it signed and still holds is checked against it.");
  std::string fault = fault_of(signer);
  v.require(fault.empty(), fault);
}

struct SignerList {
  std::vector<Signer> signers;
};

/// Two entries with one id or one key, or empty.
std::string fault_of(const SignerList& list);

template <class Visitor>
void describe(Visitor& v, SignerList& list) {
  v.required("signers", list.signers, "Keys that may sign revisions of tenants' bundles.",
             {.max_length = 10'000});
  std::string fault = fault_of(list);
  v.require(fault.empty(), fault);
}

}  // namespace bailiwick::snapshot
