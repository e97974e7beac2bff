#include "policy/access.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/conformance.h"
#include "policy/cedar/entities_json.h"
#include "policy/denial_text.h"

namespace bailiwick::policy {
namespace {

using cedar::ActionInfo;
using cedar::Arena;
using cedar::Entity;
using cedar::Field;
using cedar::RecordData;
using cedar::Uid;

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return made;
}

bool names(const std::vector<std::string>& types, std::string_view type) {
  return std::ranges::find(types, type) != types.end();
}

/// What is declared, and from `given` what is not.
const RecordData* joined(const RecordData* declared, const RecordData& given, Arena& arena) {
  if (!declared || declared->fields.empty()) return &given;
  if (given.fields.empty()) return declared;
  std::span<Field> fields = arena.make_array<Field>(declared->fields.size() + given.fields.size());
  auto end = std::ranges::copy(declared->fields, fields.begin()).out;
  end = std::ranges::copy_if(given.fields, end, [&](const Field& field) {
          return declared->find(field.name) == nullptr;
        }).out;
  return cedar::make_record(arena, fields.first(static_cast<std::size_t>(end - fields.begin())));
}

/// Kept by the thread, so that decisions stop allocating.
struct Memory {
  Arena facts;
  cedar::Scratch scratch;
};
Memory& memory() {
  thread_local Memory kept;
  return kept;
}

/// Fills one page of a search; ends it when it is full, or has taken too much work.
class PageFiller {
 public:
  PageFiller(AccessPolicies::Found& found, AccessPolicies::Page page) : found_(found), limit_(page.limit) {}

  bool goes_on(std::size_t candidate) {
    if (found_.names.size() < limit_ && steps_ < kMaxRequestSteps) return true;
    found_.next = candidate;
    return false;
  }
  void take(const AccessDecision& decision, std::string_view name) {
    steps_ += decision.steps;
    if (decision.allowed) found_.names.emplace_back(name);
  }

 private:
  AccessPolicies::Found& found_;
  std::size_t limit_;
  std::uint64_t steps_ = 0;
};

}  // namespace

/// One request while it is being answered: its types found, its entities joined with those declared.
class AccessPolicies::Asked {
 public:
  Asked(const AccessPolicies& policies, const AccessRequest& request)
      : policies_(policies), request_(request), arena_(memory().facts) {
    arena_.clear();
    subject_type_ = policies.type_of(request.subject.type);
    resource_type_ = policies.type_of(request.resource.type);
  }

  std::string_view subject_type() const { return subject_type_; }
  std::string_view resource_type() const { return resource_type_; }

  Status take_subject() {
    return take(Uid(subject_type_, request_.subject.id), request_.subject.properties, "/subject/properties",
                subject_);
  }
  Status take_resource() {
    return take(Uid(resource_type_, request_.resource.id), request_.resource.properties,
                "/resource/properties", resource_);
  }
  /// Null: there is no such action.
  Status take_action(const ActionInfo* action) {
    action_ = action;
    context_ = nullptr;
    if (!action) return {};
    static const json::object kNothing;
    const json::object* given = request_.context ? request_.context : &kNothing;
    json::object with_action;
    if (request_.action_properties && action->context->attributes.contains("action")) {
      with_action = *given;
      with_action["action"] = *request_.action_properties;
      given = &with_action;
    }
    TRY(context_, cedar::parse_known(*given, *action->context, policies_.schema_, "/context", arena_));
    return {};
  }
  void set_subject(const Uid& uid) { place(uid, nullptr, subject_); }
  void set_resource(const Uid& uid) { place(uid, nullptr, resource_); }

  const ActionInfo* action() const { return action_; }
  bool applies() const {
    return action_ && names(action_->principals, subject_type_) && names(action_->resources, resource_type_);
  }
  /// Neither is an entity that its enumerated type does not have.
  bool names_are_known() const {
    return cedar::may_exist(subject_.uid, policies_.schema_) &&
           cedar::may_exist(resource_.uid, policies_.schema_);
  }
  cedar::Request to_cedar() const {
    return {.principal = subject_.uid,
            .action = Uid(action_->uid),
            .resource = resource_.uid,
            .context = context_,
            .principal_entity = &subject_,
            .resource_entity = &resource_};
  }

 private:
  Status take(const Uid& uid, const json::object* properties, std::string_view pointer, Entity& out) {
    const cedar::EntityTypeInfo* info = policies_.schema_.entity_type(uid.type);
    const RecordData* given = nullptr;
    if (info && properties && !properties->empty()) {
      TRY(given, cedar::parse_known(*properties, *info->shape, policies_.schema_, pointer, arena_));
    }
    place(uid, given, out);
    return {};
  }
  void place(const Uid& uid, const RecordData* given, Entity& out) {
    static constexpr RecordData kNothing{};
    const Entity* declared = policies_.entities_.find(uid);
    out = declared ? *declared : Entity{.uid = uid};
    out.attributes = joined(out.attributes, given ? *given : kNothing, arena_);
  }

  const AccessPolicies& policies_;
  const AccessRequest& request_;
  Arena& arena_;
  std::string_view subject_type_, resource_type_;
  Entity subject_, resource_;
  const ActionInfo* action_ = nullptr;
  const RecordData* context_ = nullptr;
};

AccessPolicies::AccessPolicies(cedar::Schema schema, cedar::Entities entities, cedar::PolicySet set)
    : schema_(std::move(schema)), entities_(std::move(entities)), set_(std::move(set)) {
  for (const auto& [name, info] : schema_.entity_types()) {
    auto [other, only] = types_.try_emplace(lower(name), name);
    if (!only) other->second.clear();
    std::vector<Uid>& all = declared_[name];
    for (const std::string& choice : info.choices) all.emplace_back(name, choice);
  }
  for (const auto& [uid, info] : schema_.actions()) {
    if (info.principals.empty() || info.resources.empty()) continue;  // a group, nothing that is done
    declared_actions_.push_back(&info);
    actions_[uid.id].push_back(&info);
    folded_actions_[lower(uid.id)].push_back(&info);
  }
  std::ranges::sort(declared_actions_, {}, &ActionInfo::number);
  for (const Entity& entity : entities_.all()) {
    const cedar::EntityTypeInfo* info = schema_.entity_type(entity.uid.type);
    if (info && !info->is_enumerated()) declared_[info->name].push_back(entity.uid);
  }
}

Result<AccessPoliciesPtr> AccessPolicies::compile(std::span<const cedar::Policy> policies,
                                                  cedar::Schema schema, cedar::Entities entities,
                                                  std::string_view entities_name,
                                                  cedar::EntityNamesPtr names) {
  if (auto faults = cedar::nonconforming(entities, schema, entities_name); !faults.empty()) {
    Error error(ErrorCode::kInvalid, "access.entities", "the entities are not as the schema says");
    error.problems = std::move(faults);
    return std::unexpected(std::move(error));
  }
  TRY(cedar::PolicySet set, cedar::PolicySet::compile(policies, std::move(names)));
  std::shared_ptr<AccessPolicies> made(
      new AccessPolicies(std::move(schema), std::move(entities), std::move(set)));
  for (const cedar::Policy& policy : policies) {
    if (!policy.is_template()) made->denials_.push_back(denial_text(policy));
  }
  return made;
}

std::string_view AccessPolicies::type_of(std::string_view name) const {
  if (const cedar::EntityTypeInfo* info = schema_.entity_type(name)) return info->name;
  auto found = types_.find(lower(name));
  return found == types_.end() || found->second.empty() ? name : std::string_view(found->second);
}

const ActionInfo* AccessPolicies::action_of(std::string_view name, const Asked& asked) const {
  auto found = actions_.find(name);
  if (found == actions_.end()) {
    found = folded_actions_.find(lower(name));
    if (found == folded_actions_.end()) return nullptr;
  }
  const std::vector<const ActionInfo*>& all = found->second;
  auto fits = [&](const ActionInfo* info) {
    return names(info->principals, asked.subject_type()) && names(info->resources, asked.resource_type());
  };
  auto fitting = std::ranges::find_if(all, fits);
  if (fitting == all.end()) return all.front();
  bool another = std::any_of(fitting + 1, all.end(), fits);
  return another ? nullptr : *fitting;
}

AccessDecision AccessPolicies::answer(const Asked& asked) const {
  if (!asked.action()) return {.reason = "there is no such action, or several of its name that apply"};
  if (!asked.applies())
    return {.reason = "the action does not apply to a subject and a resource of these types"};
  if (!asked.names_are_known()) return {.reason = "the type has no such entity"};
  cedar::QuickVerdict verdict = set_.decide(asked.to_cedar(), entities_, memory().scratch);
  if (verdict.deciding == cedar::QuickVerdict::kNobody)
    return {.reason = "no policy permits this", .steps = verdict.steps};
  AccessDecision decision{.allowed = verdict.allowed,
                          .policy = set_.policies()[verdict.deciding].id,
                          .reason = {},
                          .steps = verdict.steps};
  if (verdict.allowed) return decision;
  decision.reason = denials_[verdict.deciding];
  if (verdict.fault != cedar::FaultKind::kNone) {
    decision.reason +=
        fmt::format("; the policy could not be evaluated, so it denies: {}", cedar::describe(verdict.fault));
  }
  return decision;
}

Result<AccessDecision> AccessPolicies::decide(const AccessRequest& request) const {
  Asked asked(*this, request);
  CHECK_OK(asked.take_subject());
  CHECK_OK(asked.take_resource());
  CHECK_OK(asked.take_action(action_of(request.action, asked)));
  return answer(asked);
}

Result<AccessPolicies::Found> AccessPolicies::search(const AccessRequest& request, Page page,
                                                     Side side) const {
  Asked asked(*this, request);
  bool subjects = side == Side::kSubject;
  CHECK_OK(subjects ? asked.take_resource() : asked.take_subject());
  CHECK_OK(asked.take_action(action_of(request.action, asked)));
  Found found;
  auto candidates = declared_.find(subjects ? asked.subject_type() : asked.resource_type());
  if (candidates == declared_.end() || !asked.applies()) return found;
  PageFiller filler(found, page);
  for (std::size_t at = page.start; at < candidates->second.size() && filler.goes_on(at); ++at) {
    const Uid& uid = candidates->second[at];
    subjects ? asked.set_subject(uid) : asked.set_resource(uid);
    filler.take(answer(asked), uid.id);
  }
  return found;
}

Result<AccessPolicies::Found> AccessPolicies::search_subjects(const AccessRequest& request, Page page) const {
  return search(request, page, Side::kSubject);
}
Result<AccessPolicies::Found> AccessPolicies::search_resources(const AccessRequest& request,
                                                               Page page) const {
  return search(request, page, Side::kResource);
}

Result<AccessPolicies::Found> AccessPolicies::search_actions(const AccessRequest& request, Page page) const {
  Asked asked(*this, request);
  CHECK_OK(asked.take_subject());
  CHECK_OK(asked.take_resource());
  Found found;
  PageFiller filler(found, page);
  for (std::size_t at = page.start; at < declared_actions_.size() && filler.goes_on(at); ++at) {
    CHECK_OK(asked.take_action(declared_actions_[at]));
    filler.take(answer(asked), declared_actions_[at]->uid.id);
  }
  return found;
}

}  // namespace bailiwick::policy
