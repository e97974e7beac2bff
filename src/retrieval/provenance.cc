#include "retrieval/provenance.h"

#include <algorithm>

#include "retrieval/words.h"

namespace bailiwick::retrieval {
namespace {

std::string text_of(const json::object& metadata, std::initializer_list<std::string_view> keys) {
  for (std::string_view key : keys) {
    const json::value* value = metadata.if_contains(key);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
  }
  return {};
}

std::string domain_of(std::string_view source) {
  std::size_t scheme = source.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view authority = source.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (std::size_t user = authority.rfind('@'); user != std::string_view::npos)
    authority.remove_prefix(user + 1);
  authority = authority.substr(0, authority.find(':'));
  return fold(authority);
}

double freshness(WallTime dated, WallTime now) {
  constexpr std::chrono::days kYear{365};
  auto age = now - dated;
  return age <= kYear ? 1.0 : age <= 2 * kYear ? 0.6 : 0.3;
}

}  // namespace

Provenance provenance_of(const json::object& metadata, WallTime added_at) {
  Provenance out{.source = text_of(metadata, {"source", "url"}),
                 .domain = {},
                 .author = text_of(metadata, {"author"}),
                 .dated = added_at};
  out.domain = domain_of(out.source);
  std::string published = text_of(metadata, {"published", "date"});
  if (published.size() == 10) published += "T00:00:00Z";
  if (auto time = parse_rfc3339(published)) out.dated = *time;
  return out;
}

bool is_allowed_domain(std::string_view domain, const std::vector<std::string>& allowlist) {
  for (const std::string& entry : allowlist) {
    std::string allowed = fold(entry);
    if (allowed.empty() || !domain.ends_with(allowed)) continue;
    if (domain.size() == allowed.size() || domain[domain.size() - allowed.size() - 1] == '.') return true;
  }
  return false;
}

double trust_score(const Provenance& provenance, const TrustRules& rules, WallTime now) {
  auto is_author = [author = fold(provenance.author)](const std::string& name) {
    return fold(name) == author;
  };
  double domain = is_allowed_domain(provenance.domain, rules.allowlist) ? 1.0 : 0.3;
  double signature = provenance.signature == Signature::kVerified ? 1.0 : 0.0;
  double author = std::ranges::any_of(rules.trusted_authors, is_author) ? 1.0 : 0.5;
  const TrustWeights& weights = rules.weights;
  return weights.domain * domain + weights.signature * signature +
         weights.freshness * freshness(provenance.dated, now) + weights.author * author;
}

}  // namespace bailiwick::retrieval
