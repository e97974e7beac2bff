// The tests that a bundle brings: every case is decided as a request would be.
#include <fmt/format.h>

#include "base/excerpt.h"
#include "bundles/trial.h"
#include "policy/role_kernel.h"

namespace bailiwick::bundles {
namespace {

using snapshot::AccessCase, snapshot::Expected, snapshot::OperationCase;

/// What was decided, in words: `denied (rule.no-deletes)`.
std::string outcome(Expected decided, std::string_view by) {
  return fmt::format("{} ({})", decided == Expected::kAllow ? "allowed" : "denied", excerpt(by));
}

const json::object* object_in(const Json& json) {
  return json.value.if_object();
}

tenancy::Principal principal_of(const snapshot::TestPrincipal& declared, const tenancy::TenantId& tenant) {
  tenancy::Principal principal;
  principal.subject = "token:" + declared.token;
  principal.scopes = declared.scopes;
  for (tenancy::Role role : declared.roles) {
    principal.bindings.push_back({role, declared.program, declared.name_space});
    if (role != tenancy::Role::kPlatformAdmin) principal.tenant = tenant;
  }
  return principal;
}

class TestRun {
 public:
  TestRun(const snapshot::ParsedBundle& bundle, const policy::Rules* guardrails, std::string_view place)
      : bundle_(bundle), guardrails_(guardrails), place_(place) {}

  void run(const std::string& file, const snapshot::BundleTests& tests) {
    for (std::size_t i = 0; i < tests.operations.size(); ++i) {
      std::string fault = fault_of(tests.operations[i]);
      if (!fault.empty()) report(file, "operations", i, tests.operations[i].name, fault);
    }
    for (std::size_t i = 0; i < tests.access.size(); ++i) {
      std::string fault = fault_of(tests.access[i]);
      if (!fault.empty()) report(file, "access", i, tests.access[i].name, fault);
    }
    decided_ += static_cast<std::int64_t>(tests.operations.size() + tests.access.size());
  }

  std::int64_t decided() const { return decided_; }
  std::vector<Problem> take() { return std::move(problems_); }

 private:
  void report(const std::string& file, std::string_view list, std::size_t index, std::string_view name,
              std::string_view fault) {
    const Node* all = nullptr;
    if (auto tree = bundle_.documents.find(file); tree != bundle_.documents.end())
      all = tree->second.find(list);
    const Node* node = all != nullptr && index < all->items.size() ? &all->items[index] : nullptr;
    problems_.push_back({fmt::format("{}{}:{}:{}", place_, file, node == nullptr ? 1 : node->line,
                                     node == nullptr ? 1 : node->column),
                         fmt::format("test '{}': {}", excerpt(name), fault)});
  }

  /// What is wrong, or nothing.
  std::string fault_of(const OperationCase& one) const {
    if (one.program && !declares(*one.program))
      return fmt::format("tenant.yaml declares no program '{}', so no request can name it",
                         one.program->view());
    if (one.name_space && !declares(*one.name_space))
      return fmt::format("tenant.yaml declares no namespace '{}', so no request can name it",
                         one.name_space->view());
    tenancy::Principal principal = principal_of(one.principal, bundle_.tenant.id);
    policy::Decision decision = kernel_.decide({.principal = principal,
                                                .action = one.action.action,
                                                .tenant = &bundle_.tenant.id,
                                                .program = one.program ? &*one.program : nullptr,
                                                .name_space = one.name_space ? &*one.name_space : nullptr,
                                                .resource = one.resource,
                                                .time = one.time.time,
                                                .guardrails = guardrails_,
                                                .rules = bundle_.files.compiled_rules.get()});
    Expected decided = decision.effect == policy::Effect::kAllow ? Expected::kAllow : Expected::kDeny;
    return fault_of(decided, decision.reason, one.expect, "reason", one.reason);
  }

  std::string fault_of(const AccessCase& one) const {
    if (!bundle_.files.access)
      return "there is no schema.cedarschema, so there are no policies to ask; add it, or remove the test";
    auto decision = bundle_.files.access->decide(
        {.subject = {one.subject.type, one.subject.id, object_in(one.subject.properties)},
         .action = one.action.name,
         .action_properties = object_in(one.action.properties),
         .resource = {one.resource.type, one.resource.id, object_in(one.resource.properties)},
         .context = object_in(one.context)});
    if (!decision) {
      std::string why = decision.error().message;
      for (const Problem& problem : decision.error().problems)
        why = fmt::format("{}: {}", excerpt(problem.where), excerpt(problem.message));
      return fmt::format("the request is not as the schema says: {}", why);
    }
    Expected decided = decision->allowed ? Expected::kAllow : Expected::kDeny;
    std::string_view by = decision->policy;
    if (by.empty() && one.expect != decided) by = decision->reason;
    return fault_of(decided, by, one.expect, "policy", one.policy);
  }

  static std::string fault_of(Expected decided, std::string_view by, Expected expected, std::string_view what,
                              std::string_view expected_by) {
    if (decided != expected)
      return fmt::format("expected {}, and it is {}", name_of(expected), outcome(decided, by));
    if (expected_by.empty() || by == expected_by) return {};
    return fmt::format("expected the {} '{}', and it is {}", what, excerpt(expected_by),
                       outcome(decided, by.empty() ? "by no policy" : by));
  }

  bool declares(const tenancy::ProgramId& program) const {
    return std::ranges::find(bundle_.tenant.programs, program) != bundle_.tenant.programs.end();
  }
  bool declares(const tenancy::NamespaceId& name_space) const {
    return std::ranges::find(bundle_.tenant.namespaces, name_space) != bundle_.tenant.namespaces.end();
  }

  const snapshot::ParsedBundle& bundle_;
  const policy::Rules* guardrails_;
  std::string_view place_;
  policy::RoleKernel kernel_;
  std::int64_t decided_ = 0;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> run_tests(const snapshot::ParsedBundle& bundle, const policy::Rules* guardrails,
                               std::string_view place, std::int64_t& decided) {
  TestRun run(bundle, guardrails, place);
  for (const auto& [file, tests] : bundle.tests) run.run(file, tests);
  decided += run.decided();
  return run.take();
}

}  // namespace bailiwick::bundles
