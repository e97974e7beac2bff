#include "api/access_record.h"

#include <fmt/format.h>

#include "crypto/hash.h"

namespace bailiwick::api {
namespace {

/// Bytes of canonical JSON.
constexpr std::size_t kMaxKept = 2048;

void keep(json::object& into, std::string_view key, const json::object* given) {
  if (!given || given->empty()) return;
  std::string text = canonical_json(*given);
  if (text.size() <= kMaxKept) {
    into[key] = *given;
  } else {
    into[fmt::format("{}_sha256", key)] = crypto::to_hex(crypto::sha256(text));
  }
}

json::object entity(const policy::AccessEntity& given) {
  json::object kept{{"type", given.type}};
  if (!given.id.empty()) kept["id"] = given.id;
  keep(kept, "properties", given.properties);
  return kept;
}

json::object asked(const policy::AccessRequest& request) {
  json::object kept{{"subject", entity(request.subject)}, {"resource", entity(request.resource)}};
  if (!request.action.empty()) {
    json::object action{{"name", request.action}};
    keep(action, "properties", request.action_properties);
    kept["action"] = std::move(action);
  }
  keep(kept, "context", request.context);
  return kept;
}

}  // namespace

void AccessRecord::add(const policy::AccessRequest& request, const policy::AccessDecision& decision) {
  json::object kept = asked(request);
  kept["decision"] = decision.allowed;
  if (!decision.policy.empty()) kept["policy"] = decision.policy;
  evaluations_.emplace_back(std::move(kept));
}

void AccessRecord::write(ledger::Record& record, std::string_view revision) && {
  record.extra["revision"] = revision;
  record.extra["evaluations"] = std::move(evaluations_);
}

void record_search(ledger::Record& record, const policy::AccessRequest& request, std::size_t found) {
  json::object search = asked(request);
  search["found"] = found;
  record.extra["search"] = std::move(search);
}

}  // namespace bailiwick::api
