#include "snapshot/bundle_tests.h"

#include <fmt/format.h>

namespace bailiwick::snapshot {
namespace {

std::vector<std::string> operation_names() {
  std::vector<std::string> names;
  for (const tenancy::ActionInfo& info : tenancy::kActions) {
    if (info.reach != tenancy::Reach::kPlatform) names.emplace_back(info.name);
  }
  return names;
}

}  // namespace

Result<OperationName> OperationName::parse(std::string_view text) {
  std::optional<tenancy::Action> action = tenancy::action_from(text);
  if (action && tenancy::reach_of(*action) != tenancy::Reach::kPlatform) return OperationName{*action};
  std::string near = nearest(text, operation_names());
  return fail(ErrorCode::kInvalid, "operation.unknown",
              near.empty() ? "is no operation of a tenant; `bailiwick policy schema` lists them"
                           : fmt::format("is no operation of a tenant; did you mean '{}'?", near));
}

json::object OperationName::schema() {
  json::array names;
  for (const std::string& name : operation_names()) names.emplace_back(name);
  return {{"type", "string"}, {"enum", std::move(names)}};
}

}  // namespace bailiwick::snapshot
