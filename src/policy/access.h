// AccessPolicies: a tenant's policies for an application of its own, and what they say of who may do what.
//
// What the tenant declares of an entity holds; a request adds properties of entities that the tenant does not
// declare, or does not declare fully. Nothing is allowed that the schema does not know: an action applies to
// the types that its `appliesTo` names. Unlike Cedar's reference, a forbid that fails denies.
//
// Names of types and actions are those of the schema; one that differs in case alone is understood when only
// one can be meant. Immutable, safe from any thread. No I/O.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "policy/cedar/entities.h"
#include "policy/cedar/policy_set.h"
#include "policy/cedar/schema.h"

namespace bailiwick::policy {

/// A subject or a resource, as a request names it. Views and pointers belong to the request.
struct AccessEntity {
  std::string_view type;
  std::string_view id;
  const json::object* properties = nullptr;
};

struct AccessRequest {
  AccessEntity subject;
  std::string_view action;
  const json::object* action_properties = nullptr;  ///< `context.action`, where the schema declares it
  AccessEntity resource;
  const json::object* context = nullptr;
};

struct AccessDecision {
  bool allowed = false;
  std::string_view policy;  ///< that decided; empty when nothing permits
  std::string reason;       ///< of a denial, for the caller
  std::uint64_t steps = 0;  ///< of evaluation that it took
};

/// Steps of evaluation that one request may take, however many decisions it asks for: about 50 ms, where a
/// tenant's policies are as slow as they may be.
inline constexpr std::uint64_t kMaxRequestSteps = 5'000'000;

class AccessPolicies {
 public:
  /// `policies` were read and checked against `schema` (rule_files.h). Errors: kInvalid `access.entities`
  /// with every declared entity that is not as the schema says, places behind `entities_name#`. `names` are
  /// those that the entities were read with.
  static Result<std::shared_ptr<const AccessPolicies>> compile(std::span<const cedar::Policy> policies,
                                                               cedar::Schema schema, cedar::Entities entities,
                                                               std::string_view entities_name,
                                                               cedar::EntityNamesPtr names = nullptr);

  /// Errors: kInvalid `access.request` with the JSON pointer of every property that is not of the schema's
  /// type. Keys that the schema does not know are passed over.
  Result<AccessDecision> decide(const AccessRequest& request) const;

  /// What of a search was looked at, and where to go on.
  struct Page {
    std::size_t start = 0;     ///< index of the first candidate
    std::size_t limit = 1000;  ///< results at most
  };
  struct Found {
    std::vector<std::string> names;   ///< ids of entities, or names of actions; in the order of declaration
    std::optional<std::size_t> next;  ///< candidate to continue with; nothing at the end
  };
  /// Declared entities of the subject's type that may do the action; its id is not read. A page ends early at
  /// kMaxRequestSteps. Errors: as decide().
  Result<Found> search_subjects(const AccessRequest& request, Page page) const;
  Result<Found> search_resources(const AccessRequest& request, Page page) const;
  /// Actions that apply and are allowed; the request's own is not read.
  Result<Found> search_actions(const AccessRequest& request, Page page) const;

 private:
  class Asked;
  enum class Side { kSubject, kResource };
  AccessPolicies(cedar::Schema schema, cedar::Entities entities, cedar::PolicySet set);

  std::string_view type_of(std::string_view name) const;
  /// The action of that name that applies to the types; else any of that name. Null when there is none, or
  /// when several could be meant.
  const cedar::ActionInfo* action_of(std::string_view name, const Asked& asked) const;
  AccessDecision answer(const Asked& asked) const;
  Result<Found> search(const AccessRequest& request, Page page, Side side) const;

  const cedar::Schema schema_;
  const cedar::Entities entities_;
  const cedar::PolicySet set_;
  std::vector<std::string> denials_;                       ///< by policy: what it says when it forbids
  std::map<std::string, std::string, std::less<>> types_;  ///< in lower case → name; empty: several
  using Actions = std::map<std::string, std::vector<const cedar::ActionInfo*>, std::less<>>;
  Actions actions_;                                         ///< by id
  Actions folded_actions_;                                  ///< by id in lower case
  std::vector<const cedar::ActionInfo*> declared_actions_;  ///< those that can be asked, as declared
  std::map<std::string, std::vector<cedar::Uid>, std::less<>> declared_;  ///< entities by type, as declared
};

using AccessPoliciesPtr = std::shared_ptr<const AccessPolicies>;

}  // namespace bailiwick::policy
