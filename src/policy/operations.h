// The vocabulary in which rules speak of Bailiwick's own operations: namespace `Bailiwick` of Cedar.
//
// - principal: `Principal::"token:tok_…"`, in its tenant and in each role whose reach covers the request; in
// `TenantRole` too when the role reaches the whole tenant.
// - action: `Action::"corpus.read"`, in "corpus", in "content" or "management", and all of them in "all".
// - resource: `Resource::"document:default/handbook/3"`, in its tenant, and in the program and namespace
// named.
// - context: time; program and namespace when they are named; region, data_type, age, encryption, score and
// value when they are known (kernel.h).
//
// What needs no tenant (creating one, listing all) is no operation of a tenant: no rule speaks of it, and
// none names the platform's own role.
#pragma once

#include <string>

#include "policy/cedar/evaluator.h"
#include "policy/cedar/schema.h"
#include "policy/kernel.h"

namespace bailiwick::policy {

inline constexpr std::string_view kOperationType = "Bailiwick::Action";

/// Who may speak: tenants and the platform in their rules, or the roles, which know every operation.
enum class Vocabulary { kRules, kRoles };
/// `.cedarschema` text, made of the table of actions.
std::string operations_schema_text(Vocabulary vocabulary = Vocabulary::kRules);
const cedar::Schema& operations_schema();
/// The actions with their groups.
const cedar::Entities& operation_entities();

/// Which roles of the principal count in a question, a bit for each.
struct RoleSet {
  std::uint8_t anywhere = 0;  ///< bound to where the question is
  std::uint8_t whole = 0;     ///< those of them that are bound to the whole tenant, or to the platform
};
/// One that belongs to the other side, as the platform's in a tenant's token, is none.
RoleSet roles_in(const Question& question);

/// What a question says, as Cedar's evaluator takes it. Refers to the question and to `arena`.
struct OperationRequest {
  cedar::Entity principal;
  cedar::Entity resource;
  cedar::Request request;
};
/// Takes memory from `arena` alone.
void describe_operation(const Question& question, cedar::Arena& arena, OperationRequest& out);

/// What `ask` says of the question, described in memory that the thread keeps, so that decisions stop
/// allocating. `ask` describes no other question.
template <class Ask>
auto described(const Question& question, Ask ask) {
  thread_local cedar::Arena facts;
  facts.clear();
  OperationRequest operation;
  describe_operation(question, facts, operation);
  return ask(operation.request);
}

}  // namespace bailiwick::policy
