// Any bytes as policies, entities and a context in JSON: no crash; a policy that is accepted prints to Cedar
// that is read back.
#include <cstdint>

#include "policy/cedar/entities_json.h"
#include "policy/cedar/est.h"
#include "policy/cedar/format.h"
#include "policy/cedar/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailiwick;
  using namespace bailiwick::cedar;
  static const auto kSchema =
      parse_schema("entity A in B = { a: Long, b?: ipaddr, c: Set<A> } tags datetime; entity B; action x;",
                   "s")
          .value();
  auto value = parse_json({reinterpret_cast<const char*>(data), size}, kPolicyJson);
  if (!value) return 0;
  Arena arena;
  (void)parse_context(*value, nullptr, arena);
  (void)parse_entities(*value, "e", nullptr);
  (void)parse_entities(*value, "e", &kSchema);
  (void)policies_from_json(*value, "p");
  auto policy = policy_from_json(*value, "p", "p");
  if (!policy) return 0;
  std::string printed = to_string(*policy);
  auto again = parse_policies(printed, "printed");
  if (!again || to_string(again->front()) != printed) __builtin_trap();
  return 0;
}
