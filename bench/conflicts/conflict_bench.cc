// How long finding the conflicts of many rules takes: `conflict_bench [RULES [operations]]`, 1,000 without a
// number.
//
// Twice: rules of Bailiwick's operations, as tenants write them, with the platform's guardrails; and random
// policies without a schema, which meet far more often than rules do, unless `operations` is asked for. Exit
// 3 when the first takes over a second a thousand rules.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <map>
#include <random>

#include <fmt/format.h>

#include "policy/analysis/conflicts.h"
#include "policy/cedar/parser.h"
#include "support/random_policy.h"

namespace {

using namespace bailiwick;          // NOLINT(google-build-using-namespace)
using namespace bailiwick::policy;  // NOLINT(google-build-using-namespace)

/// Rules of one tenant, and a guardrail for each twenty.
class OperationRules {
 public:
  std::string rule() {
    return fmt::format("{} (principal{}, action {}, resource){};", chance(60) ? "permit" : "forbid",
                       chance(50) ? fmt::format(" in Bailiwick::Role::\"{}\"", pick(kRoles)) : "",
                       chance(80) ? fmt::format("== Bailiwick::Action::\"{}\"", pick(kActions))
                                  : fmt::format("in Bailiwick::Action::\"{}\"", pick(kGroups)),
                       condition());
  }
  std::string guardrail() {
    return fmt::format("forbid (principal, action == Bailiwick::Action::\"{}\", resource){};", pick(kActions),
                       condition());
  }

 private:
  using Words = std::initializer_list<const char*>;
  static constexpr Words kRoles = {"owner", "admin", "operator", "auditor", "viewer"};
  static constexpr Words kActions = {"corpus.read",   "corpus.write", "corpus.delete", "tokens.create",
                                     "tokens.revoke", "ask",          "models.chat",   "bundles.activate"};
  static constexpr Words kGroups = {"corpus", "content", "management", "all"};

  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool chance(int percent) { return below(100) < percent; }
  const char* pick(Words words) { return *(words.begin() + below(static_cast<int>(words.size()))); }

  std::string condition() {
    switch (below(6)) {
      case 0:
        return fmt::format(" when {{ context has program && context.program == \"program-{}\" }}", below(60));
      case 1:
        return fmt::format(" when {{ resource.kind == \"document\" && resource.name like \"team-{}/*\" }}",
                           below(200));
      case 2:
        return fmt::format(
            " unless {{ context.time.toTime() >= duration(\"{}h\") && context.time.toTime() < "
            "duration(\"{}h\") }}",
            below(10), 12 + below(10));
      case 3:
        return fmt::format(" when {{ resource.kind == \"{}\" && resource.name == \"name-{}\" }}",
                           pick({"document", "collection", "token"}), below(500));
      case 4:
        return fmt::format(" when {{ principal.scopes.contains(\"scope-{}\") }}", below(50));
      default:
        return fmt::format(" when {{ principal.subject like \"svc-{}-*\" }}", below(300));
    }
  }

  std::mt19937_64 random_{7};
};

double measure(const char* what, const std::vector<std::string>& texts, std::size_t guardrails) {
  std::vector<AnalysedRule> rules;
  for (const std::string& text : texts) {
    auto parsed = cedar::parse_policies(text, what);
    if (!parsed) {
      fmt::print("cannot read {}\n", text);
      std::exit(1);
    }
    bool is_platform = rules.size() < guardrails;
    rules.push_back({.policy = std::move(parsed->front()),
                     .id = fmt::format("r{}", rules.size()),
                     .place = what,
                     .origin = is_platform ? RuleOrigin::kPlatform : RuleOrigin::kTenant,
                     .tenant = is_platform ? "" : "acme"});
  }
  std::clock_t worked = std::clock();
  auto start = std::chrono::steady_clock::now();
  ConflictReport report = find_conflicts(rules, nullptr);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  double on_core = static_cast<double>(std::clock() - worked) / CLOCKS_PER_SEC;
  std::map<std::string_view, int> kinds;
  for (const Conflict& found : report.findings) ++kinds[name_of(found.kind)];
  fmt::print(
      "{}: {} rules in {:.3f} s ({:.3f} s on a core), {} questions to the solver, {} overlaps left out;",
      what, rules.size(), seconds, on_core, report.questions, report.overlaps_left_out);
  for (const auto& [kind, count] : kinds) fmt::print(" {} {}", count, kind);
  fmt::print("\n");
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 1000;
  if (argc > 1) std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), count);
  OperationRules operations;
  testing_support::RandomPolicy random(7);
  std::vector<std::string> written, drawn;
  for (std::size_t i = 0; i < count; ++i) {
    written.push_back(i < count / 20 ? operations.guardrail() : operations.rule());
    drawn.push_back(random.policy());
  }
  double seconds = measure("operations", written, count / 20);
  if (argc <= 2) measure("random", drawn, 0);
  return seconds > static_cast<double>(count) / 1000 ? 3 : 0;
}
