#include "bundles/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::bundles {
namespace {

using snapshot::FileTexts;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const FileTexts kBase{{"a", "1"}, {"b", "1"}, {"c", "1"}};

// The folder's changes are taken, additions and removals too, and all else stays as it is active.
TEST(Change, FolderChangesAreTaken) {
  FileTexts active{{"a", "api"}, {"b", "1"}, {"c", "1"}};
  FileTexts folder{{"a", "1"}, {"b", "folder"}, {"d", "new"}};
  Merged merged = merge_folder(manifest_of(kBase), active, folder);
  EXPECT_THAT(merged.conflicts, IsEmpty());
  EXPECT_EQ(merged.files, (FileTexts{{"a", "api"}, {"b", "folder"}, {"d", "new"}}));
}

// A file that both sides changed is a conflict, unless they agree.
TEST(Change, BothSidesConflictUnlessEqual) {
  FileTexts active{{"a", "api"}, {"b", "same"}};
  FileTexts folder{{"a", "folder"}, {"b", "same"}, {"c", "folder"}};
  EXPECT_THAT(merge_folder(manifest_of(kBase), active, folder).conflicts, ElementsAre("a", "c"));
}

FileTexts any_files() {
  FileTexts files;
  for (const char* path : {"a", "b", "c"}) {
    int content = *rc::gen::inRange(0, 4);
    if (content > 0) files[path] = std::to_string(content);
  }
  return files;
}

// One side alone changed: the result is that side, without conflict.
RC_GTEST_PROP(ChangeProperty, OneSideAloneWins, ()) {
  FileTexts base = any_files(), changed = any_files();
  Merged from_folder = merge_folder(manifest_of(base), base, changed);
  Merged from_api = merge_folder(manifest_of(base), changed, base);
  RC_ASSERT(from_folder.files == changed && from_folder.conflicts.empty());
  RC_ASSERT(from_api.files == changed && from_api.conflicts.empty());
}

// RFC 7396, its own examples.
TEST(Change, MergePatch) {
  auto patched = [](std::string_view target, std::string_view patch) {
    return canonical_json(merge_patch(json::parse(target), json::parse(patch)));
  };
  EXPECT_EQ(patched(R"({"a":"b"})", R"({"a":"c"})"), R"({"a":"c"})");
  EXPECT_EQ(patched(R"({"a":"b"})", R"({"b":"c"})"), R"({"a":"b","b":"c"})");
  EXPECT_EQ(patched(R"({"a":"b","b":"c"})", R"({"a":null})"), R"({"b":"c"})");
  EXPECT_EQ(patched(R"({"a":["b"]})", R"({"a":"c"})"), R"({"a":"c"})");
  EXPECT_EQ(patched(R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})"), R"({"a":{"b":"d"}})");
  EXPECT_EQ(patched(R"({"a":[{"b":"c"}]})", R"({"a":[1]})"), R"({"a":[1]})");
  EXPECT_EQ(patched(R"({"e":null})", R"({"a":1})"), R"({"a":1,"e":null})");
  EXPECT_EQ(patched(R"({})", R"({"a":{"bb":{"ccc":null}}})"), R"({"a":{"bb":{}}})");
}

// What a declaration does not say is not written; false and 0 are said.
TEST(Change, EmptyIsLeftOut) {
  json::value value =
      json::parse(R"({"a":null,"b":{},"c":{"d":[]},"e":"","f":false,"g":0,"h":[{"i":null}]})");
  EXPECT_EQ(canonical_json(without_empty(value)), R"({"f":false,"g":0,"h":[{}]})");
}

// A revision depends on paths and contents alone, and on every byte of them.
TEST(Change, RevisionsNameContent) {
  std::string revision = revision_of(manifest_of(kBase));
  EXPECT_EQ(revision.size(), 16u);
  EXPECT_EQ(revision, revision_of(manifest_of(FileTexts(kBase))));
  EXPECT_NE(revision, revision_of(manifest_of({{"a", "1"}, {"b", "1"}, {"c", "2"}})));
  EXPECT_NE(revision, revision_of(manifest_of({{"a", "1"}, {"b", "1"}, {"d", "1"}})));
}

}  // namespace
}  // namespace bailiwick::bundles
