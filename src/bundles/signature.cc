#include "bundles/signature.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "bundles/platform_bundle.h"
#include "crypto/hash.h"

namespace bailiwick::bundles {
namespace {

using snapshot::Signer, snapshot::SignerRole;

/// Collects what is wrong with one envelope.
class SignatureCheck {
 public:
  SignatureCheck(const Manifest& files, std::string_view place, const SigningRules& rules)
      : files_(files), place_(place), rules_(rules) {}

  Result<SignedRevision> run(std::string_view text) && {
    auto envelope = crypto::parse_envelope(text);
    if (!envelope) return refuse_whole(envelope.error().message);
    auto statement = statement_of(*envelope);
    if (!statement) return refuse_whole(statement.error().message);
    out_.statement = std::move(*statement);
    out_.envelope = crypto::to_json(*envelope);
    check_tenant();
    if (rules_.scrutiny != Scrutiny::kContent) check_signers(*envelope);
    check_files();
    if (rules_.scrutiny == Scrutiny::kActivation) check_time_and_order();
    if (rules_.scrutiny != Scrutiny::kContent) check_people();
    if (reason_.empty()) return std::move(out_);
    return refuse();
  }

 private:
  std::unexpected<Error> refuse_whole(std::string message) {
    fault("bundle.envelope", kEnvelopeFile, std::move(message));
    return refuse();
  }
  std::unexpected<Error> refuse() {
    Error error(ErrorCode::kForbidden, reason_, problems_.front().message);
    error.problems = std::move(problems_);
    return std::unexpected(std::move(error));
  }
  void fault(std::string_view reason, std::string_view path, std::string message) {
    if (reason_.empty()) reason_ = reason;
    problems_.push_back({fmt::format("{}{}:1:1", place_, path), std::move(message)});
  }

  void check_tenant() {
    if (out_.statement.tenant == rules_.tenant) return;
    fault("bundle.tenant_mismatch", kEnvelopeFile,
          fmt::format("signed for '{}', and this is '{}'; a signature holds for one tenant",
                      excerpt(out_.statement.tenant), rules_.tenant));
  }

  void check_signers(const crypto::Envelope& envelope) {
    std::set<std::string> seen;
    for (const crypto::EnvelopeSignature& signature : envelope.signatures) {
      const Signer* signer = signer_of(signature);
      if (signer == nullptr) continue;
      if (!crypto::verify(envelope, signature, signer->public_key.key)) {
        fault("bundle.signature_mismatch", kEnvelopeFile,
              fmt::format("the signature of '{}' does not match what is signed; sign again", signer->id));
        continue;
      }
      check_reach(*signer);
      if (rules_.scrutiny == Scrutiny::kActivation) check_standing(*signer);
      if (!seen.insert(signer->id).second) {
        fault("bundle.envelope", kEnvelopeFile, fmt::format("'{}' signed twice; one is enough", signer->id));
        continue;
      }
      signers_.push_back(signer);
      out_.by.push_back({signer->id, signer->public_key.key.id()});
    }
  }

  /// The signer that the signature names. Reports when there is none, and when it names none: trying every
  /// key would be work for whoever asks.
  const Signer* signer_of(const crypto::EnvelopeSignature& signature) {
    for (const Signer& signer : rules_.signers) {
      if (signature.key_id == signer.public_key.key.id()) return &signer;
    }
    std::string key =
        signature.key_id.empty() ? "a key without a name" : "the key " + excerpt(signature.key_id);
    fault("bundle.signer_unknown", kEnvelopeFile,
          fmt::format("signed by {}, which is no signer of this installation; {}", key, remedy()));
    return nullptr;
  }
  std::string_view remedy() const {
    if (rules_.tenant == kPlatformFolder)
      return "`bundles.platform_signers` names the file of those that are";
    return "_platform/signers.yaml lists those that are";
  }
  void check_reach(const Signer& signer) {
    if (!signer.signs_for(rules_.tenant)) {
      fault("bundle.signer_not_allowed", kEnvelopeFile,
            fmt::format("'{}' does not sign for '{}'; _platform/signers.yaml says for whom it does",
                        signer.id, rules_.tenant));
    } else if (!rules_.only.empty() && std::ranges::find(rules_.only, signer.id) == rules_.only.end()) {
      fault(
          "bundle.signer_not_allowed", kEnvelopeFile,
          fmt::format("'{}' is not among the `signers` of the tenant's policies/governance.yaml", signer.id));
    }
  }
  void check_standing(const Signer& signer) {
    if (signer.revoked) {
      fault("bundle.signer_revoked", kEnvelopeFile,
            fmt::format("the key of '{}' is revoked; have another signer sign", signer.id));
    }
    if (rules_.now > signer.not_after.time) {
      fault("bundle.signer_expired", kEnvelopeFile,
            fmt::format("the key of '{}' expired at {}; have another signer sign, or renew it in "
                        "_platform/signers.yaml",
                        signer.id, signer.not_after.str()));
    }
  }

  void check_files() {
    const Manifest& signed_files = out_.statement.files;
    for (const auto& [path, hash] : files_) {
      auto found = signed_files.find(path);
      if (found == signed_files.end())
        fault("bundle.files_differ", path, "is not among the signed files; remove it, or sign again");
      else if (found->second != hash)
        fault("bundle.files_differ", path, "was changed after it was signed; restore it, or sign again");
    }
    for (const auto& [path, hash] : signed_files) {
      if (!files_.contains(path))
        fault("bundle.files_differ", excerpt(path), "was signed and is missing; restore it, or sign again");
    }
  }

  void check_time_and_order() {
    const Statement& statement = out_.statement;
    if (statement.expires_at && rules_.now > statement.expires_at->time) {
      fault("bundle.expired", kEnvelopeFile,
            fmt::format("what was signed expired at {}; sign again", statement.expires_at->str()));
    }
    bool same = statement.serial == rules_.last_serial && out_.digest() == rules_.last_digest;
    if (statement.serial > rules_.last_serial || same) return;
    fault(
        "bundle.replayed", kEnvelopeFile,
        fmt::format("serial {} is not higher than {}, which was active already; to go back to older content, "
                    "sign it again with a higher serial",
                    statement.serial, rules_.last_serial));
  }

  void check_people() {
    if (signers_.empty()) return;  // said already
    bool has_author =
        std::ranges::any_of(signers_, [](const Signer* s) { return s->has(SignerRole::kAuthor); });
    if (!has_author) {
      fault("bundle.two_person", kEnvelopeFile,
            "no signer of it may sign as an author; `roles` in _platform/signers.yaml says who may");
    } else if (std::int64_t agreed = most_people(); agreed < rules_.people) {
      fault("bundle.two_person", kEnvelopeFile,
            fmt::format(
                "{} of {} people signed: governance asks for an author and for approvers who are somebody "
                "else; `bailiwick bundle sign --approve` adds a signature",
                agreed, rules_.people));
    }
  }
  /// Over every choice of the author: that one, and the other people who may approve.
  std::int64_t most_people() const {
    std::int64_t most = 0;
    for (const Signer* author : signers_) {
      if (!author->has(SignerRole::kAuthor)) continue;
      std::set<std::string_view> approvers;
      for (const Signer* other : signers_) {
        if (other->has(SignerRole::kApprover) && other->holder() != author->holder())
          approvers.insert(other->holder());
      }
      most = std::max(most, static_cast<std::int64_t>(approvers.size()) + 1);
    }
    return most;
  }

  const Manifest& files_;
  const std::string_view place_;
  const SigningRules& rules_;
  SignedRevision out_;
  std::vector<const Signer*> signers_;
  std::string reason_;
  std::vector<Problem> problems_;
};

}  // namespace

std::string SignedRevision::digest() const {
  return crypto::to_hex(crypto::sha256(to_payload(statement)));
}

json::object SignedRevision::summary() const {
  json::array signers;
  for (const SignedBy& one : by)
    signers.push_back(
        json::object{{"signer", json::string(one.signer)}, {"key_id", json::string(one.key_id)}});
  return {{"serial", statement.serial},
          {"version", json::string(statement.version)},
          {"author", json::string(statement.author)},
          {"signers", std::move(signers)}};
}

std::vector<Signer> platform_signers(const std::vector<crypto::PublicKey>& keys) {
  std::vector<Signer> signers;
  for (const crypto::PublicKey& key : keys) {
    signers.push_back({.id = key.id(),
                       .person = {},
                       .public_key = {key},
                       .tenants = {std::string(kPlatformFolder)},
                       .roles = {SignerRole::kAuthor},
                       .not_after = {WallTime::max()},
                       .revoked = false});
  }
  return signers;
}

Result<SignedRevision> check_signature(std::string_view envelope, const Manifest& files,
                                       std::string_view place, const SigningRules& rules) {
  return SignatureCheck(files, place, rules).run(envelope);
}

Error unsigned_bundle(std::string_view place) {
  std::string message =
      "is missing: this server takes signed bundles only; sign it with `bailiwick bundle sign DIR --key "
      "FILE`";
  Error error(ErrorCode::kForbidden, "bundle.unsigned", fmt::format("{} {}", kEnvelopeFile, message));
  error.problems.push_back({fmt::format("{}{}:1:1", place, kEnvelopeFile), std::move(message)});
  return error;
}

}  // namespace bailiwick::bundles
