// Any bytes as a schema, in text and in JSON: no crash, and a policy is validated against what is accepted.
#include <cstdint>

#include "policy/cedar/parser.h"
#include "policy/cedar/validator.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailiwick::cedar;
  static const auto kPolicies =
      parse_policies(
          R"(permit(principal, action, resource) when { principal has a && principal.a == resource.b };
                        forbid(principal in ?principal, action == Action::"a", resource is A) when { context.c.contains(1) };)",
          "p")
          .value();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& schema : {parse_schema(text, "s"), parse_schema_json(text, "s")}) {
    if (!schema) continue;
    for (const Policy& policy : kPolicies) (void)validate(policy, *schema);
  }
  return 0;
}
