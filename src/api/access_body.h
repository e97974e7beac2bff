// Bodies of the Authorization API (AuthZEN 1.0): `{"subject": {"type", "id", "properties"?}, "action":
// {"name", "properties"?}, "resource": {…}, "context"?}`. Keys that it does not name are passed over.
#pragma once

#include "policy/access.h"

namespace bailiwick::api {

/// What a body leaves out, because that is what is looked for.
enum class LeftOut { kNothing, kSubjectId, kResourceId, kAction };

/// `defaults`, or null, stands in for whole members that `body` lacks. The request refers to both. Errors:
/// kInvalid `access.request` with the JSON pointer of each fault, behind `pointer`.
Result<policy::AccessRequest> read_access_request(const json::object& body, const json::object* defaults,
                                                  LeftOut left_out, std::string_view pointer = "");

/// When a batch of evaluations ends.
enum class EvaluationsSemantic { kExecuteAll, kDenyOnFirstDeny, kPermitOnFirstPermit };
constexpr std::array<std::pair<std::string_view, EvaluationsSemantic>, 3> enum_table(EvaluationsSemantic) {
  return {{{"execute_all", EvaluationsSemantic::kExecuteAll},
           {"deny_on_first_deny", EvaluationsSemantic::kDenyOnFirstDeny},
           {"permit_on_first_permit", EvaluationsSemantic::kPermitOnFirstPermit}}};
}

inline constexpr std::size_t kMaxEvaluations = 1000;
/// A record holds what was sent some levels further down, and must stay within what readers of JSON take.
inline constexpr JsonRules kAccessJson{.max_depth = 32};

struct AccessBatch {
  const json::array* evaluations = nullptr;  ///< null or empty: the body is one evaluation
  EvaluationsSemantic semantic = EvaluationsSemantic::kExecuteAll;
};
Result<AccessBatch> read_access_batch(const json::object& body);

/// `page` of a search.
struct AccessPage {
  std::string token;  ///< empty: the first
  std::size_t limit = 1000;
};
Result<AccessPage> read_access_page(const json::object& body);

}  // namespace bailiwick::api
