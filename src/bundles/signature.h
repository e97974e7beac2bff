// Stage 2 of a bundle: whether it is what its signers signed, and whether they may sign it.
//
// Fails closed: every signature of an envelope must be by a known signer and match; one that is not refuses
// the whole. All faults are reported at once, each at the file it speaks of.
#pragma once

#include "bundles/statement.h"

namespace bailiwick::bundles {

/// Whether a bundle without a signature is taken. One with a signature is checked either way.
enum class Signatures { kRequired, kOptional };

/// What the installation demands: `bundles.require_signature` and `bundles.platform_signers`.
struct SigningPolicy {
  Signatures signatures = Signatures::kOptional;
  std::vector<crypto::PublicKey> platform_keys;  ///< they sign `_platform`
};

/// A signature that was verified.
struct SignedBy {
  std::string signer;
  std::string key_id;
};

struct SignedRevision {
  Statement statement;
  std::vector<SignedBy> by;
  std::string envelope;  ///< see normal_envelope()

  /// SHA-256 of what was signed, in hex: the same for any number of signatures.
  std::string digest() const;
  /// For records and answers: serial, version, author and signers.
  json::object summary() const;
};

/// How much is asked of a signature.
enum class Scrutiny {
  kContent,     ///< that it speaks of these files; the keys are not known here
  kStored,      ///< and that known keys made it that sign for the tenant, though they may have lapsed since
  kActivation,  ///< and that it may take effect now
};

struct SigningRules {
  std::string_view tenant;
  std::vector<snapshot::Signer> signers;  ///< of all tenants
  std::vector<std::string> only;          ///< which of them sign for this one; empty = all
  std::int64_t people = 1;                ///< an author, and approvers who are somebody else
  WallTime now{};
  std::int64_t last_serial = 0;  ///< of the newest signed revision that was active; 0 = none was
  std::string last_digest;       ///< of the same
  Scrutiny scrutiny = Scrutiny::kActivation;
};

/// How the keys pinned in the settings sign for `_platform`.
std::vector<snapshot::Signer> platform_signers(const std::vector<crypto::PublicKey>& keys);

/// `place` stands before paths in problems. Errors: kForbidden with every problem; the reason is that of the
/// first: `bundle.envelope`, `bundle.tenant_mismatch`, `bundle.signer_unknown`, `bundle.signer_not_allowed`,
/// `bundle.signer_revoked`, `bundle.signer_expired`, `bundle.signature_mismatch`, `bundle.files_differ`,
/// `bundle.expired`, `bundle.replayed`, `bundle.two_person`.
Result<SignedRevision> check_signature(std::string_view envelope, const Manifest& files,
                                       std::string_view place, const SigningRules& rules);

/// kForbidden `bundle.unsigned`, with the remedy.
Error unsigned_bundle(std::string_view place);

}  // namespace bailiwick::bundles
