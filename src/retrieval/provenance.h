// Provenance and trust: where a document came from, and how far that is believed.
//
// The trust score is a weighted sum of four parts, each 0 to 1:
//   domain     .4  1 from a domain of the allowlist, .3 from any other or none
//   signature  .3  1 when a signature was verified, else 0
//   freshness  .2  1 up to one year old, .6 up to two, .3 beyond
//   author     .1  1 when the author is a trusted one, else .5
// It says nothing about the content. An unsigned text of an unknown author and domain, three years old, has
// .23.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace bailiwick::retrieval {

enum class Signature { kNone, kVerified };

struct Provenance {
  std::string source;  ///< URL or path; empty = uploaded without one
  std::string domain;  ///< host of a URL in lower case, else empty
  std::string author;
  WallTime dated{};  ///< when it was published; when it was added, if it does not say
  Signature signature = Signature::kNone;
};

/// Reads `source` (or `url`), `author` and `published` (or `date`; RFC 3339 or YYYY-MM-DD) out of `metadata`.
/// A claim to be signed is not a signature, so nothing in the metadata makes one.
Provenance provenance_of(const json::object& metadata, WallTime added_at);

struct TrustWeights {
  double domain = 0.4, signature = 0.3, freshness = 0.2, author = 0.1;
};

/// Which sources a tenant believes, and how far.
struct TrustRules {
  std::vector<std::string> allowlist;        ///< domains
  std::vector<std::string> trusted_authors;  ///< compared without case
  double min_score = 0;                      ///< passages below are not found
  bool signature_required = false;
  TrustWeights weights;
};

/// A domain is allowed by itself and by every domain above it: `docs.who.int` by `who.int`.
bool is_allowed_domain(std::string_view domain, const std::vector<std::string>& allowlist);

/// 0 to 1; see above.
double trust_score(const Provenance& provenance, const TrustRules& rules, WallTime now);

}  // namespace bailiwick::retrieval
