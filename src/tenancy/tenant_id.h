// The names below an installation: tenant, program, namespace, token, request.
#pragma once

#include "base/binding.h"
#include "base/id.h"

namespace bailiwick::tenancy {

/// A lower-case slug, `[a-z0-9](-?[a-z0-9])*`, at most 63 bytes. Safe as a file name, DNS label and key.
bool is_slug(std::string_view text);

/// The immutable name of a tenant; never used again after the tenant is gone. `_platform` is not a TenantId.
class TenantId {
 public:
  TenantId() = default;
  /// Errors: kInvalid `tenant.id_malformed`.
  static Result<TenantId> parse(std::string_view text);
  static json::object schema();

  const std::string& str() const { return value_; }
  std::string_view view() const { return value_; }
  friend bool operator==(const TenantId&, const TenantId&) = default;
  friend auto operator<=>(const TenantId&, const TenantId&) = default;

 private:
  std::string value_;
};

/// A partition inside a tenant; the same grammar.
class ProgramId {
 public:
  ProgramId() = default;
  static Result<ProgramId> parse(std::string_view text);
  static json::object schema();
  const std::string& str() const { return value_; }
  std::string_view view() const { return value_; }
  friend bool operator==(const ProgramId&, const ProgramId&) = default;
  friend auto operator<=>(const ProgramId&, const ProgramId&) = default;

 private:
  std::string value_;
};

/// A grouping of resources, owned by exactly one tenant; the same grammar.
class NamespaceId {
 public:
  NamespaceId() = default;
  static Result<NamespaceId> parse(std::string_view text);
  static json::object schema();
  const std::string& str() const { return value_; }
  std::string_view view() const { return value_; }
  friend bool operator==(const NamespaceId&, const NamespaceId&) = default;
  friend auto operator<=>(const NamespaceId&, const NamespaceId&) = default;

 private:
  std::string value_;
};

}  // namespace bailiwick::tenancy

template <>
struct std::hash<bailiwick::tenancy::TenantId> {
  std::size_t operator()(const bailiwick::tenancy::TenantId& id) const {
    return std::hash<std::string>()(id.str());
  }
};
