#include "tenancy/tenant_id.h"

#include <fmt/format.h>

namespace bailiwick::tenancy {
namespace {

constexpr std::size_t kMaxSlug = 63;

Result<std::string> parse_slug(std::string_view text, std::string_view noun) {
  if (is_slug(text)) return std::string(text);
  return fail(
      ErrorCode::kInvalid, fmt::format("{}.id_malformed", noun),
      fmt::format("a {} id is 1 to 63 lower-case letters, digits and single inner dashes, like acme-corp",
                  noun));
}

json::object slug_schema() {
  return {{"type", "string"}, {"pattern", "^[a-z0-9](-?[a-z0-9])*$"}, {"maxLength", kMaxSlug}};
}

}  // namespace

bool is_slug(std::string_view text) {
  if (text.empty() || text.size() > kMaxSlug || text.back() == '-') return false;
  bool dash = true;  // so that a leading dash is a double one
  for (char c : text) {
    bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!word && (c != '-' || dash)) return false;
    dash = c == '-';
  }
  return true;
}

Result<TenantId> TenantId::parse(std::string_view text) {
  TenantId id;
  TRY(id.value_, parse_slug(text, "tenant"));
  return id;
}
json::object TenantId::schema() {
  return slug_schema();
}

Result<ProgramId> ProgramId::parse(std::string_view text) {
  ProgramId id;
  TRY(id.value_, parse_slug(text, "program"));
  return id;
}
json::object ProgramId::schema() {
  return slug_schema();
}

Result<NamespaceId> NamespaceId::parse(std::string_view text) {
  NamespaceId id;
  TRY(id.value_, parse_slug(text, "namespace"));
  return id;
}
json::object NamespaceId::schema() {
  return slug_schema();
}

}  // namespace bailiwick::tenancy
