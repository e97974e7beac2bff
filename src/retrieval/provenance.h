// Provenance and trust: where a document came from, and how far that is believed.
//
// The trust score is a weighted sum of four parts, each 0 to 1:
//   domain     .4  1 from a domain of the allowlist, .3 from any other or none
//   signature  .3  1 when a signature was verified, else 0
//   freshness  .2  1 up to one year old, .6 up to two, .3 beyond
//   author     .1  1 when an author is named, .5 when not
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

/// A domain is allowed by itself and by every domain above it: `docs.who.int` by `who.int`.
bool is_allowed_domain(std::string_view domain, const std::vector<std::string>& allowlist);

/// 0 to 1; see above.
double trust_score(const Provenance& provenance, const std::vector<std::string>& allowlist, WallTime now);

}  // namespace bailiwick::retrieval
