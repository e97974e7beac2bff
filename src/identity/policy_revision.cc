#include "identity/policy_revision.h"

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/role_table.h"

namespace bailiwick::identity {
namespace {

/// Takes what stands up to the next plus off `text`.
std::string_view take_part(std::string_view& text) {
  std::size_t end = std::min(text.find('+'), text.size());
  std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

Result<PolicyRevision> PolicyRevision::parse(std::string_view text) {
  std::string_view rest = text;
  std::string_view roles = take_part(rest);
  auto strange = [&](std::string_view why) {
    return fail(ErrorCode::kConflict, "record.policy_revision",
                fmt::format("its rules `{}` are not those of this version: {}", excerpt(text), why));
  };
  if (roles != policy::kRolesRevision)
    return strange(fmt::format("it decides by the table of roles `{}`", policy::kRolesRevision));
  PolicyRevision revision;
  while (!rest.empty()) {
    std::string_view part = take_part(rest);
    std::string* kind = &revision.tenant;
    if (take_prefix(part, "platform-"))
      kind = &revision.platform;
    else if (take_prefix(part, "before-"))
      kind = &revision.before;
    if (part.empty() || !kind->empty()) return strange("they are written in a way that it does not know");
    *kind = part;
  }
  return revision;
}

}  // namespace bailiwick::identity
