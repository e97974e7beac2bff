// Any bytes as Cedar policies: no crash; what parses is printed, parses again to the same print, goes through
// JSON unchanged, and decides the same alone and in its set.
#include <cstdint>

#include "policy/cedar/est.h"
#include "policy/cedar/format.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/policy_set.h"

namespace {

using namespace bailiwick;         // NOLINT(google-build-using-namespace)
using namespace bailiwick::cedar;  // NOLINT(google-build-using-namespace)

void check_forms(const std::vector<Policy>& policies) {
  std::string printed = to_string(policies);
  auto again = parse_policies(printed, "printed");
  if (!again || to_string(*again) != printed) __builtin_trap();
  for (const Policy& policy : policies) {
    auto read = policy_from_json(to_json(policy), policy.id, "json");
    if (!read || to_json(*read) != to_json(policy)) __builtin_trap();
  }
}

void check_decisions(const std::vector<Policy>& policies) {
  static const Entities kNobody;
  Request request{{"User", "a"}, {"Action", "view"}, {"Doc", "d"}};
  Scratch scratch;
  auto set = PolicySet::compile(policies);
  if (!set) __builtin_trap();
  Verdict verdict = set->explain(request, kNobody, scratch);
  if (set->decide(request, kNobody, scratch).allowed != verdict.allowed) __builtin_trap();
  for (std::uint32_t index : verdict.deciding) {
    const std::string& id = set->policies()[index].id;
    for (const Policy& policy : policies) {
      if (policy.id != id) continue;
      auto alone = PolicySet::compile({&policy, 1});
      if (alone->explain(request, kNobody, scratch).deciding.empty()) __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto policies = parse_policies({reinterpret_cast<const char*>(data), size}, "p");
  if (!policies) return 0;
  check_forms(*policies);
  check_decisions(*policies);
  return 0;
}
