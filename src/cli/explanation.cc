#include "cli/explanation.h"

#include <ostream>

#include <fmt/format.h>

#include "base/json_members.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

std::string shown_member(const json::object& object, std::string_view key) {
  return shown(text_member(object, key));
}
bool is_true(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// `allowed by role.operator`; a decision that is not there reads as it is.
std::string decided(std::string_view decision, std::string_view reason) {
  std::string text(decision == "allow" ? "allowed" : decision == "deny" ? "denied" : "not decided");
  if (!reason.empty()) text += fmt::format(" by {}", reason);
  return text;
}

/// What deciding it again came to, beside the record.
std::string again(const json::object& half) {
  if (half.at("decision").is_null()) return "cannot be decided again";
  if (is_true(half, "agrees")) return "the same";
  return decided(shown_member(half, "decision"), shown_member(half, "reason"));
}

void print_verdict(std::ostream& out, const json::object& whole) {
  const json::object& record = whole.at("record").as_object();
  const json::object& then = whole.at("then").as_object();
  const json::object& now = whole.at("now").as_object();
  std::string resource = shown_member(record, "resource"), revision = shown_member(then, "policy_revision");
  out << fmt::format("record {}: {}{} by {} at {}\n", json::serialize(record.at("sequence")),
                     shown_member(record, "action"), resource.empty() ? "" : fmt::format(" on {}", resource),
                     shown_member(record, "principal"), shown_member(record, "timestamp"));
  out << fmt::format("{}; decided again{}: {}; under the rules of now: {}\n",
                     decided(shown_member(record, "decision"), shown_member(record, "reason")),
                     revision.empty() ? "" : fmt::format(" under {}", revision), again(then), again(now));
  if (std::string note = shown_member(whole, "note"); !note.empty()) out << note << '\n';
}

/// `operator in program support`.
std::string role_text(const json::object& role) {
  std::string text = shown_member(role, "role");
  if (std::string program = shown_member(role, "program"); !program.empty())
    text += fmt::format(" in program {}", program);
  if (std::string space = shown_member(role, "namespace"); !space.empty())
    text += fmt::format(" in namespace {}", space);
  return text;
}

void print_asker(std::ostream& out, const json::object& asked_by) {
  if (!is_true(asked_by, "known")) return;
  std::string roles, scopes;
  for (const json::value& role : asked_by.at("roles").as_array())
    roles += fmt::format("{}{}", roles.empty() ? "" : ", ", role_text(role.as_object()));
  for (const json::value& scope : asked_by.at("scopes").as_array())
    scopes += fmt::format("{}{}", scopes.empty() ? "" : ", ", shown(std::string_view(scope.as_string())));
  out << fmt::format("asked by {}: {}; scopes: {}\n", shown_member(asked_by, "subject"),
                     roles.empty() ? "no role" : roles, scopes.empty() ? "all" : scopes);
}

void print_indented(std::ostream& out, std::string_view text, std::string_view indent) {
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    out << indent << shown(text.substr(0, end)) << '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// The text of a rule where it matters: of one that applies, or failed.
void print_step(std::ostream& out, const json::object& step) {
  std::string outcome = shown_member(step, "outcome");
  out << fmt::format("  {:<11}{}: {}\n", shown_member(step, "step"),
                     outcome == "not_asked" ? "not asked" : outcome, shown_member(step, "message"));
  for (const json::value& role : step.at("roles").as_array())
    out << fmt::format("    {}: {}\n", role_text(role.as_object()),
                       shown_member(role.as_object(), "outcome"));
  for (const json::value& value : step.at("rules").as_array()) {
    const json::object& rule = value.as_object();
    std::string said = shown_member(rule, "outcome");
    out << fmt::format("    {} {}: {}\n", shown_member(rule, "effect"), shown_member(rule, "id"), said);
    if (said != "does not apply") print_indented(out, text_member(rule, "cedar"), "      ");
  }
  auto left_out = step.at("rules_left_out").to_number<std::int64_t>();
  if (left_out > 0) out << fmt::format("    and {} more that speak of this operation\n", left_out);
}

void print_half(std::ostream& out, std::string_view name, const json::object& half) {
  std::string revision = shown_member(half, "policy_revision");
  std::string said = decided(shown_member(half, "decision"), shown_member(half, "reason"));
  if (half.at("decision").is_null())
    said = fmt::format("cannot be decided again: {}", shown_member(half, "why_not"));
  out << fmt::format("\n{}{}: {}\n", name, revision.empty() ? "" : fmt::format(", {}", revision), said);
  if (std::string message = shown_member(half, "message"); !message.empty())
    out << fmt::format("  {}\n", message);
  for (const json::value& step : half.at("steps").as_array()) print_step(out, step.as_object());
}

std::string replayed(const json::object& half) {
  if (half.at("decision").is_null())
    return fmt::format("cannot be decided again: {}", shown_member(half, "why_not"));
  std::string policy = shown_member(half, "policy");
  std::string said = is_true(half, "decision") ? "allowed" : "denied";
  if (!policy.empty()) said += fmt::format(" by {}", policy);
  return is_true(half, "agrees") ? fmt::format("the same, {}", said) : said;
}

void print_evaluations(std::ostream& out, const json::array& evaluations) {
  for (const json::value& value : evaluations) {
    const json::object& evaluation = value.as_object();
    const json::object& recorded = evaluation.at("recorded").as_object();
    auto part = [&](std::string_view name, std::string_view key) {
      const json::object* found = object_member(recorded, name);
      return found != nullptr ? shown_member(*found, key) : std::string("?");
    };
    std::string policy = shown_member(recorded, "policy");
    out << fmt::format("\nevaluation {}: {} {}, {}, {} {}: {}{}\n  then: {}\n  now: {}\n",
                       json::serialize(evaluation.at("index")), part("subject", "type"),
                       part("subject", "id"), part("action", "name"), part("resource", "type"),
                       part("resource", "id"), is_true(recorded, "decision") ? "allowed" : "denied",
                       policy.empty() ? "" : fmt::format(" by {}", policy),
                       replayed(evaluation.at("then").as_object()),
                       replayed(evaluation.at("now").as_object()));
  }
}

}  // namespace

void print_explanation(const Context& context, const json::object& whole) {
  print_verdict(*context.out, whole);
  print_asker(*context.out, whole.at("asked_by").as_object());
  print_half(*context.out, "then", whole.at("then").as_object());
  print_half(*context.out, "now", whole.at("now").as_object());
  print_evaluations(*context.out, whole.at("evaluations").as_array());
}

}  // namespace bailiwick::cli
