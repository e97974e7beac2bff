#include "identity/past_question.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/json_members.h"
#include "identity/token_store.h"

namespace bailiwick::identity {
namespace {

constexpr std::string_view kToken = "token:";

std::unexpected<Error> no_question(std::string_view why) {
  return fail(ErrorCode::kConflict, "record.no_question",
              fmt::format("this record cannot be decided again: {}", why));
}

/// Its token, be it over; a platform admin's belongs to no tenant.
Result<TokenPtr> find_token(storage::PlatformStore& store, const tenancy::TenantId& tenant,
                            std::string_view subject) {
  if (!subject.starts_with(kToken)) return TokenPtr();
  std::string_view id = subject.substr(kToken.size());
  TRY(TokenPtr token, token_store::find(store, tenant.view(), id));
  return token ? token : token_store::find(store, "", id);
}

}  // namespace

bool decided_by_policy(const json::object& record) {
  constexpr std::array<std::string_view, 3> kDoor = {"role.", "scope.", "rule."};
  std::string_view reason = text_member(record, "reason");
  return std::ranges::any_of(kDoor, [&](std::string_view prefix) { return reason.starts_with(prefix); });
}

Result<DoorDecision> door_decision(const json::object& record) {
  auto none = [](std::string why) {
    return fail(ErrorCode::kConflict, "record.no_decision", std::move(why));
  };
  std::string reason(text_member(record, "reason"));
  if (text_member(record, "policy_revision").empty())
    return none(fmt::format("roles and rules were not asked: `{}` ended it before", excerpt(reason)));
  if (text_member(record, "decision") != "deny") return DoorDecision{};
  // The door answers by itself; a denial with a status was made behind it.
  if (!record.contains("status")) return DoorDecision{policy::Effect::kDeny, std::move(reason), {}};
  if (reason.starts_with("rule.") || reason.starts_with("sovereignty.")) {
    return none(fmt::format(
        "`{}` denied it behind the door, by facts that only the work knew, such as where data goes or how "
        "old it is; records do not keep them",
        excerpt(reason)));
  }
  return DoorDecision{policy::Effect::kAllow, {}, std::move(reason)};
}

Result<PastQuestion> past_question(storage::PlatformStore& store, const tenancy::TenantId& tenant,
                                   const json::object& record) {
  if (text_member(record, "kind") != "request") return no_question("it is no request");
  const json::value* extra = record.if_contains("extra");
  if (extra != nullptr && extra->is_object() && extra->get_object().contains("repeated"))
    return no_question("it stands for many denials");
  auto action = tenancy::action_from(text_member(record, "action"));
  if (!action) return no_question("its operation is none of this version's");
  PastQuestion past{.principal = {}, .action = *action, .tenant = tenant};
  std::string_view subject = text_member(record, "principal");
  TRY(TokenPtr token, find_token(store, tenant, subject));
  if (!token) return no_question(fmt::format("what '{}' might do is not stored", excerpt(subject)));
  past.principal = token->principal;
  if (std::string_view name = text_member(record, "program"); !name.empty()) {
    TRY(past.program, tenancy::ProgramId::parse(name));
  }
  if (std::string_view name = text_member(record, "namespace"); !name.empty()) {
    TRY(past.name_space, tenancy::NamespaceId::parse(name));
  }
  past.resource = text_member(record, "resource");
  // What made a token names it in its record: the question knew it not yet.
  const json::value* status = record.if_contains("status");
  if (status != nullptr && *status == 201) {
    if (*action == tenancy::Action::kTokensCreate) past.resource.clear();
    if (*action == tenancy::Action::kTokensRotate)
      return no_question("it names the new token, and which one was asked about is not kept");
  }
  TRY(past.time, parse_rfc3339(text_member(record, "timestamp")));
  return past;
}

}  // namespace bailiwick::identity
