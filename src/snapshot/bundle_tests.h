// tests/*.yaml: what a bundle says of itself: who may do what under it, and who may not. Stage 3 decides
// every case again, and one that comes out otherwise refuses the bundle.
#pragma once

#include "snapshot/signers.h"
#include "tenancy/action.h"
#include "tenancy/principal.h"

namespace bailiwick::snapshot {

/// An operation of a tenant by its name, such as `corpus.read`.
struct OperationName {
  tenancy::Action action = tenancy::Action::kAsk;
  static Result<OperationName> parse(std::string_view text);
  static json::object schema();
  std::string str() const { return std::string(tenancy::name_of(action)); }
};

enum class Expected { kAllow, kDeny };
constexpr std::array<std::pair<std::string_view, Expected>, 2> enum_table(Expected) {
  return {{{"allow", Expected::kAllow}, {"deny", Expected::kDeny}}};
}

/// Who asks for an operation of Bailiwick's.
struct TestPrincipal {
  std::vector<tenancy::Role> roles;
  std::string token = "tok_test";
  std::vector<std::string> scopes;
  std::optional<tenancy::ProgramId> program;
  std::optional<tenancy::NamespaceId> name_space;
};
template <class Visitor>
void describe(Visitor& v, TestPrincipal& principal) {
  v.required("roles", principal.roles, "Roles that it was given; platform-admin stands alone.",
             {.max_length = 7, .min_length = 1});
  v.field("token", principal.token, "Id of its token: rules see `token:tok_test`.",
          {.max_length = 128, .min_length = 1});
  v.field("scopes", principal.scopes, "What its token is narrowed to; empty = all that the roles permit.",
          {.max_length = 64});
  v.field("program", principal.program, "Its roles hold in this program only.");
  v.field("namespace", principal.name_space, "Its roles hold in this namespace only.");
  bool admin = std::ranges::find(principal.roles, tenancy::Role::kPlatformAdmin) != principal.roles.end();
  v.require(!admin || principal.roles.size() == 1,
            "platform-admin stands alone: it is no principal of a tenant");
}

/// One question about an operation, and its answer.
struct OperationCase {
  std::string name;
  TestPrincipal principal;
  OperationName action;
  std::string resource;
  std::optional<tenancy::ProgramId> program;
  std::optional<tenancy::NamespaceId> name_space;
  Moment time{WallTime(std::chrono::sys_days(std::chrono::January / 1 / 2026)) + std::chrono::hours(12)};
  Expected expect = Expected::kAllow;
  std::string reason;
};
template <class Visitor>
void describe(Visitor& v, OperationCase& one) {
  v.required("name", one.name, "What is tested; stands in reports.", {.max_length = 200, .min_length = 1});
  v.required("principal", one.principal, "Who asks.");
  v.required("action", one.action, "The operation: corpus.delete.");
  v.field("resource", one.resource,
          "What the URL names: document:default/handbook/3; empty = the tenant itself.",
          {.max_length = 2048});
  v.field("program", one.program, "The program that the request names.");
  v.field("namespace", one.name_space, "The namespace that the request names.");
  v.field("time", one.time, "When it is asked (RFC 3339); 2026-01-01T12:00:00Z when absent.");
  v.required("expect", one.expect, "What must be decided.");
  v.field("reason", one.reason,
          "The reason that must be given, such as rule.no-deletes or role.owner; empty = any.",
          {.max_length = 128});
}

/// A subject or a resource, as AuthZEN writes it.
struct AccessTestEntity {
  std::string type;
  std::string id;
  Json properties;
};
template <class Visitor>
void describe(Visitor& v, AccessTestEntity& entity) {
  v.required("type", entity.type, "Its type in schema.cedarschema.", {.max_length = 1024});
  v.required("id", entity.id, "Its id.", {.max_length = 2048});
  v.field("properties", entity.properties, "Attributes that entities.json does not declare.");
  v.require(entity.properties.value.is_null() || entity.properties.value.is_object(),
            "properties are a mapping");
}
struct AccessTestAction {
  std::string name;
  Json properties;
};
template <class Visitor>
void describe(Visitor& v, AccessTestAction& action) {
  v.required("name", action.name, "Its name in schema.cedarschema.", {.max_length = 1024});
  v.field("properties", action.properties, "`context.action`, where the schema declares it.");
  v.require(action.properties.value.is_null() || action.properties.value.is_object(),
            "properties are a mapping");
}

/// One request to the tenant's own application policies, and its answer.
struct AccessCase {
  std::string name;
  AccessTestEntity subject;
  AccessTestAction action;
  AccessTestEntity resource;
  Json context;
  Expected expect = Expected::kAllow;
  std::string policy;
};
template <class Visitor>
void describe(Visitor& v, AccessCase& one) {
  v.required("name", one.name, "What is tested; stands in reports.", {.max_length = 200, .min_length = 1});
  v.required("subject", one.subject, "Who asks.");
  v.required("action", one.action, "What is asked for.");
  v.required("resource", one.resource, "Of what.");
  v.field("context", one.context, "What else is known.");
  v.required("expect", one.expect, "What must be decided.");
  v.field("policy", one.policy, "The policy that must decide, by its id; empty = any, or none.",
          {.max_length = 255});
  v.require(one.context.value.is_null() || one.context.value.is_object(), "context is a mapping");
}

struct BundleTests {
  std::vector<OperationCase> operations;
  std::vector<AccessCase> access;
};
template <class Visitor>
void describe(Visitor& v, BundleTests& tests) {
  constexpr std::size_t kMostCases = 10'000;
  v.field("operations", tests.operations, "Questions about Bailiwick's own operations.",
          {.max_length = kMostCases});
  v.field("access", tests.access, "Requests to the policies of an application of the tenant's.",
          {.max_length = kMostCases});
}

}  // namespace bailiwick::snapshot
