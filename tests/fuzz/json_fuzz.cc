// Any bytes as a JSON body: no crash, and what was accepted has one canonical form, which is read back as
// itself.
#include <cstdint>

#include "base/binding.h"
#include "snapshot/tenant_declaration.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailiwick;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)bind_json<snapshot::TenantDeclaration>(text);
  auto value = parse_json(text);
  if (!value) return 0;
  std::string canonical = canonical_json(*value);
  auto again = parse_json(canonical);
  if (!again || canonical_json(*again) != canonical) __builtin_trap();
  return 0;
}
