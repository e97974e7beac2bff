// policy explain: a recorded decision, decided again by the server, and told to a reader.
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

std::string_view member_text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
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
  return decided(member_text(half, "decision"), member_text(half, "reason"));
}

void print_verdict(std::ostream& out, const json::object& whole) {
  const json::object& record = whole.at("record").as_object();
  const json::object& then = whole.at("then").as_object();
  const json::object& now = whole.at("now").as_object();
  std::string_view resource = member_text(record, "resource"),
                   revision = member_text(then, "policy_revision");
  out << fmt::format("record {}: {}{} by {} at {}\n", json::serialize(record.at("sequence")),
                     member_text(record, "action"), resource.empty() ? "" : fmt::format(" on {}", resource),
                     member_text(record, "principal"), member_text(record, "timestamp"));
  out << fmt::format("{}; decided again{}: {}; under the rules of now: {}\n",
                     decided(member_text(record, "decision"), member_text(record, "reason")),
                     revision.empty() ? "" : fmt::format(" under {}", revision), again(then), again(now));
  if (std::string_view note = member_text(whole, "note"); !note.empty()) out << note << '\n';
}

/// `operator in program support`.
std::string role_text(const json::object& role) {
  std::string text(member_text(role, "role"));
  if (auto program = member_text(role, "program"); !program.empty())
    text += fmt::format(" in program {}", program);
  if (auto space = member_text(role, "namespace"); !space.empty())
    text += fmt::format(" in namespace {}", space);
  return text;
}

void print_asker(std::ostream& out, const json::object& asked_by) {
  if (!is_true(asked_by, "known")) return;
  std::string roles, scopes;
  for (const json::value& role : asked_by.at("roles").as_array())
    roles += fmt::format("{}{}", roles.empty() ? "" : ", ", role_text(role.as_object()));
  for (const json::value& scope : asked_by.at("scopes").as_array())
    scopes += fmt::format("{}{}", scopes.empty() ? "" : ", ", std::string_view(scope.as_string()));
  out << fmt::format("asked by {}: {}; scopes: {}\n", member_text(asked_by, "subject"),
                     roles.empty() ? "no role" : roles, scopes.empty() ? "all" : scopes);
}

void print_indented(std::ostream& out, std::string_view text, std::string_view indent) {
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    out << indent << text.substr(0, end) << '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// The text of a rule where it matters: of one that applies, or failed.
void print_step(std::ostream& out, const json::object& step) {
  std::string_view outcome = member_text(step, "outcome");
  out << fmt::format("  {:<11}{}: {}\n", member_text(step, "step"),
                     outcome == "not_asked" ? "not asked" : outcome, member_text(step, "message"));
  for (const json::value& role : step.at("roles").as_array())
    out << fmt::format("    {}: {}\n", role_text(role.as_object()), member_text(role.as_object(), "outcome"));
  for (const json::value& value : step.at("rules").as_array()) {
    const json::object& rule = value.as_object();
    std::string_view said = member_text(rule, "outcome");
    out << fmt::format("    {} {}: {}\n", member_text(rule, "effect"), member_text(rule, "id"), said);
    if (said != "does not apply") print_indented(out, member_text(rule, "cedar"), "      ");
  }
  auto left_out = step.at("rules_left_out").to_number<std::int64_t>();
  if (left_out > 0) out << fmt::format("    and {} more that speak of this operation\n", left_out);
}

void print_half(std::ostream& out, std::string_view name, const json::object& half) {
  std::string_view revision = member_text(half, "policy_revision");
  std::string said = decided(member_text(half, "decision"), member_text(half, "reason"));
  if (half.at("decision").is_null())
    said = fmt::format("cannot be decided again: {}", member_text(half, "why_not"));
  out << fmt::format("\n{}{}: {}\n", name, revision.empty() ? "" : fmt::format(", {}", revision), said);
  if (std::string_view message = member_text(half, "message"); !message.empty())
    out << fmt::format("  {}\n", message);
  for (const json::value& step : half.at("steps").as_array()) print_step(out, step.as_object());
}

std::string replayed(const json::object& half) {
  if (half.at("decision").is_null())
    return fmt::format("cannot be decided again: {}", member_text(half, "why_not"));
  std::string_view policy = member_text(half, "policy");
  std::string said = is_true(half, "decision") ? "allowed" : "denied";
  if (!policy.empty()) said += fmt::format(" by {}", policy);
  return is_true(half, "agrees") ? fmt::format("the same, {}", said) : said;
}

void print_evaluations(std::ostream& out, const json::array& evaluations) {
  for (const json::value& value : evaluations) {
    const json::object& evaluation = value.as_object();
    const json::object& recorded = evaluation.at("recorded").as_object();
    auto part = [&](std::string_view name, std::string_view key) {
      const json::value* found = recorded.if_contains(name);
      return found != nullptr && found->is_object() ? member_text(found->get_object(), key)
                                                    : std::string_view("?");
    };
    std::string_view policy = member_text(recorded, "policy");
    out << fmt::format("\nevaluation {}: {} {}, {}, {} {}: {}{}\n  then: {}\n  now: {}\n",
                       json::serialize(evaluation.at("index")), part("subject", "type"),
                       part("subject", "id"), part("action", "name"), part("resource", "type"),
                       part("resource", "id"), is_true(recorded, "decision") ? "allowed" : "denied",
                       policy.empty() ? "" : fmt::format(" by {}", policy),
                       replayed(evaluation.at("then").as_object()),
                       replayed(evaluation.at("now").as_object()));
  }
}

/// A sequence from 1 on, or a request id as the server writes or takes one.
Status check_record(std::string_view record) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  bool is_number = record.find_first_not_of(kDigits) == std::string_view::npos;
  bool good =
      !record.empty() && record.size() <= 128 && record.find_first_not_of(kPlain) == std::string_view::npos;
  if (good && (!is_number || record.find_first_not_of('0') != std::string_view::npos)) return {};
  return fail(
      ErrorCode::kInvalid, "usage.record",
      fmt::format("'{}' names no record: give its sequence, which `bailiwick ledger tail` shows, or the "
                  "request id of the answer's X-Request-Id",
                  excerpt(record)));
}

Result<Exit> explain(const Context& context, const std::string& record) {
  CHECK_OK(check_record(record));
  TRY(std::string tenant, required_tenant(context));
  TRY(ApiAnswer answer,
      ApiClient(context).call({.path = "/v1/ledger/records/" + percent_encode(record) + "/explanation",
                               .headers = {{"X-Bailiwick-Tenant", tenant}}}));
  TRY(json::value view, answer.json());
  if (context.format != Format::kTable) {
    print_value(context, view);
    return Exit::kOk;
  }
  const json::object& whole = view.as_object();
  print_verdict(*context.out, whole);
  print_asker(*context.out, whole.at("asked_by").as_object());
  print_half(*context.out, "then", whole.at("then").as_object());
  print_half(*context.out, "now", whole.at("now").as_object());
  print_evaluations(*context.out, whole.at("evaluations").as_array());
  return Exit::kOk;
}

}  // namespace

void add_policy_explain(CLI::App& policy, Context& context) {
  auto record = std::make_shared<std::string>();
  CLI::App* explained = policy.add_subcommand(
      "explain", "Decide a recorded request again, by the rules of then and of now, and say why");
  explained
      ->add_option("record", *record,
                   "A record of the tenant's ledger: its sequence (see `ledger tail`), or the request's id")
      ->required();
  explained->callback(
      [&context, record] { context.command = [&context, record] { return explain(context, *record); }; });
}

}  // namespace bailiwick::cli
