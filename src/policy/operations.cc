#include "policy/operations.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "policy/cedar/entities_json.h"

namespace bailiwick::policy {
namespace {

using cedar::Field;
using cedar::Uid;
using cedar::Value;

constexpr std::string_view kPrincipalType = "Bailiwick::Principal";
constexpr std::string_view kResourceType = "Bailiwick::Resource";
constexpr std::string_view kRoleType = "Bailiwick::Role";
constexpr std::string_view kTenantRoleType = "Bailiwick::TenantRole";
constexpr std::string_view kTenantType = "Bailiwick::Tenant";
constexpr std::string_view kProgramType = "Bailiwick::Program";
constexpr std::string_view kNamespaceType = "Bailiwick::Namespace";

/// `corpus` of `corpus.read`; empty of `ask`.
std::string_view family_of(std::string_view action) {
  std::size_t dot = action.find('.');
  return dot == std::string_view::npos ? std::string_view() : action.substr(0, dot);
}

std::string_view group_of(tenancy::Reach reach) {
  switch (reach) {
    case tenancy::Reach::kContent:
      return "content";
    case tenancy::Reach::kManagement:
      return "management";
    case tenancy::Reach::kPlatform:
      break;
  }
  return "installation";
}

std::string list_roles(Vocabulary vocabulary) {
  std::string roles;
  for (const auto& [name, role] : tenancy::enum_table(tenancy::Role{})) {
    if (role == tenancy::Role::kPlatformAdmin && vocabulary == Vocabulary::kRules) continue;
    roles += fmt::format("{}\"{}\"", roles.empty() ? "" : ", ", name);
  }
  return roles;
}

std::string list_actions(Vocabulary vocabulary) {
  std::set<std::string_view> families;
  std::string actions;
  for (const tenancy::ActionInfo& info : tenancy::kActions) {
    if (info.reach == tenancy::Reach::kPlatform && vocabulary == Vocabulary::kRules) continue;
    std::string_view family = family_of(info.name);
    if (!family.empty()) families.insert(family);
    actions += fmt::format(
        "  action \"{}\" in [\"{}\"{}] appliesTo {{ principal: Principal, resource: Resource, context: "
        "Context }};\n",
        info.name, group_of(info.reach), family.empty() ? "" : fmt::format(", \"{}\"", family));
  }
  std::string groups;
  for (std::string_view family : families) groups += fmt::format("  action \"{}\";\n", family);
  return groups + actions;
}

std::string write_schema(Vocabulary vocabulary) {
  bool all = vocabulary == Vocabulary::kRoles;
  std::string roles = list_roles(vocabulary);
  return fmt::format(R"(namespace Bailiwick {{
  entity Role enum [{}];
{}  entity Tenant, Program, Namespace;
  entity Principal in [Role, {}Tenant] = {{ subject: String, scopes: Set<String> }};
  entity Resource in [Tenant, Program, Namespace] = {{ kind: String, name: String }};
  type Encryption = {{ at_rest?: String, in_transit?: String }};
  type ScoreValue = {{ floor: decimal, ceiling: decimal }};
  type Context = {{ time: datetime, program?: String, "namespace"?: String, region?: String,
    data_type?: String, age?: duration, encryption?: Encryption, score?: String, value?: ScoreValue }};
  action "all";
  action "content", "management"{} in ["all"];
{}}}
)",
                     roles, all ? fmt::format("  entity TenantRole enum [{}];\n", roles) : "",
                     all ? "TenantRole, " : "", all ? ", \"installation\"" : "", list_actions(vocabulary));
}

/// Sorted into a span of their own.
std::span<const Uid> ancestors(std::initializer_list<const Uid*> some, std::span<const Uid> more,
                               cedar::Arena& arena) {
  std::span<Uid> all = arena.make_array<Uid>(some.size() + more.size());
  std::size_t count = 0;
  for (const Uid* uid : some) {
    if (uid) all[count++] = *uid;
  }
  for (const Uid& uid : more) all[count++] = uid;
  all = all.first(count);
  std::ranges::sort(all);
  return all;
}

using RoleUids = std::array<Uid, 7>;

RoleUids role_uids(std::string_view type) {
  RoleUids uids;
  for (const auto& [name, role] : tenancy::enum_table(tenancy::Role{}))
    uids[static_cast<std::size_t>(role)] = Uid(type, name);
  return uids;
}

std::span<const Uid> roles_of(const Question& question, cedar::Arena& arena) {
  static const RoleUids kRoles = role_uids(kRoleType), kTenantRoles = role_uids(kTenantRoleType);
  const RoleSet set = roles_in(question);
  std::span<Uid> roles = arena.make_array<Uid>(kRoles.size() + kTenantRoles.size());
  std::size_t count = 0;
  for (std::size_t role = 0; role < kRoles.size(); ++role) {
    if ((set.anywhere >> role & 1) != 0) roles[count++] = kRoles[role];
    if ((set.whole >> role & 1) != 0) roles[count++] = kTenantRoles[role];
  }
  return roles.first(count);
}

const cedar::RecordData* record(std::initializer_list<Field> fields, cedar::Arena& arena) {
  std::span<Field> kept = arena.make_array<Field>(fields.size());
  std::ranges::copy(fields, kept.begin());
  return cedar::make_record(arena, kept);
}

Value strings(const std::vector<std::string>& texts, cedar::Arena& arena) {
  std::span<Value> values = arena.make_array<Value>(texts.size());
  std::ranges::transform(texts, values.begin(), [](const std::string& text) { return Value::string(text); });
  return Value::set(cedar::make_set(arena, values));
}

const cedar::RecordData* encryption_of(const Facts& facts, cedar::Arena& arena) {
  std::span<Field> fields = arena.make_array<Field>(2);
  std::size_t count = 0;
  if (!facts.at_rest.empty()) fields[count++] = {"at_rest", Value::string(facts.at_rest)};
  if (!facts.in_transit.empty()) fields[count++] = {"in_transit", Value::string(facts.in_transit)};
  return cedar::make_record(arena, fields.first(count));
}

const cedar::RecordData* value_of(const DecimalRange& range, cedar::Arena& arena) {
  return record({{"ceiling", Value::number(cedar::ValueKind::kDecimal, range.ceiling)},
                 {"floor", Value::number(cedar::ValueKind::kDecimal, range.floor)}},
                arena);
}

const cedar::RecordData* context_of(const Question& question, cedar::Arena& arena) {
  auto now = std::chrono::duration_cast<std::chrono::milliseconds>(question.time.time_since_epoch()).count();
  const Facts& facts = question.facts;
  std::span<Field> fields = arena.make_array<Field>(9);
  std::size_t count = 0;
  fields[count++] = {"time", Value::number(cedar::ValueKind::kDatetime, now)};
  if (question.program) fields[count++] = {"program", Value::string(question.program->view())};
  if (question.name_space) fields[count++] = {"namespace", Value::string(question.name_space->view())};
  if (!facts.region.empty()) fields[count++] = {"region", Value::string(facts.region)};
  if (!facts.data_type.empty()) fields[count++] = {"data_type", Value::string(facts.data_type)};
  if (facts.age) fields[count++] = {"age", Value::number(cedar::ValueKind::kDuration, facts.age->count())};
  if (!facts.at_rest.empty() || !facts.in_transit.empty())
    fields[count++] = {"encryption", Value::record(encryption_of(facts, arena))};
  if (!facts.score.empty()) fields[count++] = {"score", Value::string(facts.score)};
  if (facts.value) fields[count++] = {"value", Value::record(value_of(*facts.value, arena))};
  return cedar::make_record(arena, fields.first(count));
}

}  // namespace

std::string operations_schema_text(Vocabulary vocabulary) {
  return write_schema(vocabulary);
}

const cedar::Schema& operations_schema() {
  static const cedar::Schema kSchema = cedar::parse_schema(operations_schema_text(), "Bailiwick").value();
  return kSchema;
}

const cedar::Entities& operation_entities() {
  static const cedar::Entities kEntities =
      cedar::parse_entities(json::array(), "Bailiwick", &operations_schema()).value();
  return kEntities;
}

RoleSet roles_in(const Question& question) {
  RoleSet set;
  for (const tenancy::RoleBinding& binding : question.principal.bindings) {
    bool of_platform = binding.role == tenancy::Role::kPlatformAdmin;
    if (of_platform != question.principal.is_platform_admin() || !reaches(binding, question)) continue;
    const auto bit = static_cast<std::uint8_t>(1u << static_cast<unsigned>(binding.role));
    set.anywhere |= bit;
    if (!binding.program && !binding.name_space) set.whole |= bit;
  }
  return set;
}

void describe_operation(const Question& question, cedar::Arena& arena, OperationRequest& out) {
  const tenancy::Principal& principal = question.principal;
  std::string_view resource = question.resource.empty() ? std::string_view("tenant") : question.resource;
  Uid tenant(kTenantType, question.tenant ? question.tenant->view() : std::string_view());
  Uid program, name_space;
  if (question.program) program = Uid(kProgramType, question.program->view());
  if (question.name_space) name_space = Uid(kNamespaceType, question.name_space->view());

  out.principal.uid = Uid(kPrincipalType, principal.subject);
  out.principal.attributes = record(
      {{"subject", Value::string(principal.subject)}, {"scopes", strings(principal.scopes, arena)}}, arena);
  out.principal.ancestors = ancestors({&tenant}, roles_of(question, arena), arena);
  out.resource.uid = Uid(kResourceType, resource);
  std::size_t colon = resource.find(':');
  std::string_view kind = resource.substr(0, colon);
  std::string_view name = colon == std::string_view::npos ? std::string_view() : resource.substr(colon + 1);
  out.resource.attributes = record({{"kind", Value::string(kind)}, {"name", Value::string(name)}}, arena);
  out.resource.ancestors =
      ancestors({&tenant, question.program ? &program : nullptr, question.name_space ? &name_space : nullptr},
                {}, arena);
  out.request.principal = out.principal.uid;
  out.request.action = Uid(kOperationType, tenancy::name_of(question.action));
  out.request.resource = out.resource.uid;
  out.request.context = context_of(question, arena);
  out.request.principal_entity = &out.principal;
  out.request.resource_entity = &out.resource;
}

}  // namespace bailiwick::policy
