#include "snapshot/bundle_format.h"

#include <cstdlib>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "base/files.h"

namespace bailiwick::snapshot {
namespace {

const std::filesystem::path kSchemas = std::filesystem::path(BAILIWICK_SOURCE_DIR) / "docs/schemas";

// The committed schemas are those that the descriptions print. BAILIWICK_WRITE_SCHEMAS=1 writes them anew.
TEST(BundleFormat, CommittedSchemasAreTheGenerated) {
  bool write = std::getenv("BAILIWICK_WRITE_SCHEMAS") != nullptr;
  std::set<std::string> expected;
  std::vector<FileKind> kinds(bundle_file_kinds().begin(), bundle_file_kinds().end());
  kinds.insert(kinds.end(), platform_file_kinds().begin(), platform_file_kinds().end());
  for (const FileKind& kind : kinds) {
    if (kind.schema == nullptr) continue;
    std::string name = std::string(kind.name) + ".schema.json";
    expected.insert(name);
    std::string generated = pretty_json(schema_document(kind));
    if (!generated.ends_with('\n')) generated += '\n';
    if (write) ASSERT_TRUE(write_file_atomically(kSchemas / name, generated));
    EXPECT_EQ(read_file(kSchemas / name, 1 << 20).value_or(""), generated)
        << name << " is stale; run the test with BAILIWICK_WRITE_SCHEMAS=1";
  }
  for (const auto& entry : std::filesystem::directory_iterator(kSchemas)) {
    EXPECT_TRUE(expected.contains(entry.path().filename().string())) << entry.path() << " belongs to no kind";
  }
}

// A file's kind follows from its path; programs may override only what settings hold.
TEST(BundleFormat, KindFollowsFromPath) {
  struct Case {
    std::string_view path;
    std::string_view kind;
  };
  const Case kCases[] = {
      {"tenant.yaml", "tenant"},
      {"policies/retrieval.yaml", "retrieval"},
      {"router.yaml", "router"},
      {"own.cedar", "cedar"},
      {"schema.cedarschema", "cedarschema"},
      {"entities.json", "entities"},
      {"programs/qa/router.yaml", "router"},
      {"programs/qa/policies/governance.yaml", "governance"},
      {"tests/deletes.yaml", "tests"},
  };
  for (const Case& one : kCases) {
    const FileKind* kind = kind_of_path(one.path);
    ASSERT_NE(kind, nullptr) << one.path;
    EXPECT_EQ(kind->name, one.kind);
  }
  for (std::string_view stray :
       {"", "tenant.yml", "retrieval.yaml", ".cedar", "policies/own.cedar", "programs/qa/tenant.yaml",
        "programs/qa/features.yaml", "programs/qa/own.cedar", "programs/router.yaml", "tests/.yaml",
        "tests/a.yml", "tests/deep/a.yaml", "tests.yaml", "programs/qa/tests/a.yaml"}) {
    EXPECT_EQ(kind_of_path(stray), nullptr) << stray;
  }
}

// Each name asks for one kind, and every kind is read by exactly one reader.
TEST(BundleFormat, TableIsWhole) {
  std::set<std::string_view> names;
  for (const FileKind& kind : bundle_file_kinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_EQ(find_kind(kind.name), &kind);
    int readers = (kind.read_tenant != nullptr) + (kind.read_files != nullptr) +
                  (kind.read_settings != nullptr) + (kind.read_tests != nullptr) +
                  (kind.read_text != nullptr);
    EXPECT_EQ(readers, 1) << kind.name;
    EXPECT_EQ(kind.schema == nullptr, kind.read_text != nullptr) << kind.name;
  }
  EXPECT_EQ(find_kind("nothing"), nullptr);
}

}  // namespace
}  // namespace bailiwick::snapshot
