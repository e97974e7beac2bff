// Whole-file reads and writes: limits, modes, links, and that the old content survives a failed write.
#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_folder.h"

namespace bailiwick {
namespace {

unsigned mode_of(const std::filesystem::path& path) {
  struct stat info{};
  EXPECT_EQ(::lstat(path.c_str(), &info), 0);
  return info.st_mode & 0777;
}

class Files : public testing::Test {
 protected:
  testing_support::TempFolder folder_;
};

TEST_F(Files, ReadsBackWhatWasWritten) {
  std::string content("a\0b\n", 4);
  ASSERT_TRUE(write_file_atomically(folder_ / "f", content));
  EXPECT_EQ(read_file(folder_ / "f", 4), content);
  EXPECT_EQ(mode_of(folder_ / "f"), 0644u);
}

TEST_F(Files, SecretsAreOursAlone) {
  ASSERT_TRUE(write_file_atomically(folder_ / "s", "secret", FileKind::kSecret));
  EXPECT_EQ(mode_of(folder_ / "s"), 0600u);
  std::filesystem::create_symlink(folder_ / "s", folder_ / "link");
  EXPECT_EQ(read_file(folder_ / "link", 100), "secret");
  EXPECT_EQ(read_file(folder_ / "link", 100, FileKind::kSecret).error().reason, "file.not_regular");
}

TEST_F(Files, AWriteReplacesALinkAndNeverFollowsIt) {
  ASSERT_TRUE(write_file_atomically(folder_ / "target", "old"));
  std::filesystem::create_symlink(folder_ / "target", folder_ / "link");
  ASSERT_TRUE(write_file_atomically(folder_ / "link", "new", FileKind::kSecret));
  EXPECT_EQ(read_file(folder_ / "target", 100), "old");
  EXPECT_FALSE(std::filesystem::is_symlink(folder_ / "link"));
}

TEST_F(Files, NamesWhatIsWrong) {
  EXPECT_EQ(read_file(folder_ / "absent", 10).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_file(folder_.path(), 10).error().reason, "file.not_regular");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_file(folder_ / "pipe", 10).error().reason, "file.not_regular");
  ASSERT_TRUE(write_file_atomically(folder_ / "f", "12345"));
  EXPECT_EQ(read_file(folder_ / "f", 4).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(write_file_atomically(folder_ / "no" / "f", "x").error().reason, "file.unwritable");
}

TEST_F(Files, AFailedWriteLeavesTheOldFileAndNoRubbish) {
  std::filesystem::create_directory(folder_ /
                                    "f");  // a rename over a folder fails after everything was written
  ASSERT_FALSE(write_file_atomically(folder_ / "f", "new"));
  EXPECT_TRUE(std::filesystem::is_directory(folder_ / "f"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(Files, MakesPrivateFolders) {
  ASSERT_TRUE(make_private_folder(folder_ / "a" / "b"));
  EXPECT_EQ(mode_of(folder_ / "a" / "b"), 0700u);
  EXPECT_TRUE(make_private_folder(folder_ / "a" / "b"));
  ASSERT_TRUE(write_file_atomically(folder_ / "f", ""));
  EXPECT_FALSE(make_private_folder(folder_ / "f"));
}

}  // namespace
}  // namespace bailiwick
