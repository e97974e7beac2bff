// The format of a bundle: one table of every kind of file, from which files are read and schemas are printed.
#pragma once

#include <memory>
#include <set>
#include <span>

#include "policy/rule_files.h"
#include "snapshot/bundle_files.h"
#include "snapshot/bundle_tests.h"
#include "snapshot/platform_files.h"
#include "snapshot/tenant_declaration.h"

namespace bailiwick::snapshot {

/// Path inside the bundle, with `/` → content.
using FileTexts = std::map<std::string, std::string>;

enum class Presence { kRequired, kOptional };

/// One kind of file.
struct FileKind {
  std::string_view name;     ///< `retrieval`: what `bailiwick schema` is asked for
  std::string_view path;     ///< `policies/retrieval.yaml`; a `*` is any name: `*.cedar`, `tests/*.yaml`
  std::string_view meaning;  ///< one line
  Presence presence = Presence::kOptional;
  /// JSON Schema of a structured file; null for text.
  json::object (*schema)() = nullptr;
  /// Reads the tenant's file. `node` is for structured files, `text` for the others.
  void (*read_tenant)(BindContext&, const Node& node, TenantDeclaration&) = nullptr;
  void (*read_files)(BindContext&, const Node& node, BundleFiles&) = nullptr;
  /// Reads the tenant's or a program's file; null when programs may not override this kind.
  void (*read_settings)(BindContext&, const Node& node, Settings&) = nullptr;
  /// Reads one of several files of a kind that no snapshot keeps.
  void (*read_tests)(BindContext&, const Node& node, BundleTests&) = nullptr;
  Status (*read_text)(std::string_view path, std::string_view text, PolicySources&) = nullptr;
  /// Reads a structured file of `_platform`.
  void (*read_platform)(BindContext&, const Node& node, PlatformFiles&) = nullptr;
};

std::span<const FileKind> bundle_file_kinds();
/// Those of the folder `_platform`, which holds for every tenant.
std::span<const FileKind> platform_file_kinds();
/// Of either, by `name`, or null.
const FileKind* find_kind(std::string_view name);
/// The kind of the file at `path` inside a bundle, or null. A program's file has the kind of the tenant's.
const FileKind* kind_of_path(std::string_view path);
/// The same inside `_platform`.
const FileKind* kind_of_platform_path(std::string_view path);

/// The whole schema document: `$schema`, `$id`, title and rules.
json::object schema_document(const FileKind& kind);

/// Most files of one bundle, most bytes of one and of all of them together, and the longest path.
inline constexpr std::size_t kMaxBundleFiles = 512;
inline constexpr std::size_t kMaxBundleFileBytes = 1 << 20;
inline constexpr std::size_t kMaxBundlePath = 255;
inline constexpr std::size_t kMaxBundleBytes = 4 << 20;

/// A bundle whose files were read, each on its own.
struct ParsedBundle {
  TenantDeclaration tenant;
  BundleFiles files;
  std::map<std::string, BundleTests> tests;  ///< by path
  std::map<std::string, Node> documents;  ///< the trees of structured files, for the places of later findings
  FileTexts rule_texts;                   ///< the texts of those that hold rules, likewise
  policy::RuleFiles rules;                ///< of all files, with their places; empty before stage 2
  std::set<std::string> faulty;           ///< paths with a problem
  std::vector<Problem> problems;
};

/// Stage 1: bytes to types, every fault at once. `place` stands before paths in problems:
/// `tenants/acme-corp/`.
ParsedBundle parse_bundle(const FileTexts& files, std::string_view place);

/// Stage 2: what files say of each other; adds to the problems. Rules about faulty files are left out.
/// `folder` is the tenant's id as its place says it.
/// `platform` holds the ceilings that its quotas must keep to.
void validate_bundle(ParsedBundle& bundle, std::string_view folder, std::string_view place,
                     const PlatformQuotas& platform = {});

}  // namespace bailiwick::snapshot
