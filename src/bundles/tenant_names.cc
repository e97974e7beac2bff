#include "bundles/tenant_names.h"

#include <fmt/format.h>

#include "retrieval/unicode.h"

namespace bailiwick::bundles {
namespace {

bool held_by_another(const std::unordered_map<std::string, std::string>& holders, const std::string& key,
                     std::string_view id) {
  auto holder = holders.find(key);
  return holder != holders.end() && holder->second != id;
}

}  // namespace

std::string fold_name(std::string_view name) {
  std::size_t first = name.find_first_not_of(" \t\n"), last = name.find_last_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  name = name.substr(first, last - first + 1);
  std::string folded;
  for (std::size_t at = 0; at < name.size();) {
    retrieval::CodePoint point = retrieval::code_point_at(name, at);
    retrieval::append_utf8(folded, retrieval::lower_case(point.value));
    at += point.bytes;
  }
  return folded;
}

Status TenantNames::check(const snapshot::TenantDeclaration& tenant) const {
  const std::string& id = tenant.id.str();
  if (held_by_another(names_, fold_name(tenant.name), id)) {
    return fail(ErrorCode::kConflict, "tenant.name_taken",
                fmt::format("another tenant is called '{}'; choose another name", tenant.name));
  }
  for (const tenancy::NamespaceId& space : tenant.namespaces) {
    if (!held_by_another(namespaces_, space.str(), id)) continue;
    return fail(ErrorCode::kConflict, "namespace.taken",
                fmt::format("the namespace '{}' belongs to another tenant; choose another", space.view()));
  }
  return {};
}

Status TenantNames::claim(const snapshot::TenantDeclaration& tenant) {
  CHECK_OK(check(tenant));
  const std::string& id = tenant.id.str();
  Claims& claims = claims_[id];
  names_.erase(claims.name);
  for (const std::string& space : claims.namespaces) namespaces_.erase(space);
  claims = {.name = fold_name(tenant.name), .namespaces = {}};
  for (const tenancy::NamespaceId& space : tenant.namespaces) claims.namespaces.push_back(space.str());
  names_.emplace(claims.name, id);
  for (const std::string& space : claims.namespaces) namespaces_.emplace(space, id);
  return {};
}

}  // namespace bailiwick::bundles
