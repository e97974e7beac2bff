// Memory and CPU, from /proc and from metrics; and what was written, without what a journal only set aside.
#include "cli/soak/server_usage.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/temp_folder.h"

namespace bailiwick::cli {
namespace {

TEST(ServerUsage, OfAProcessIsPlausible) {
  auto usage = usage_of_process(::getpid());
  ASSERT_TRUE(usage);
  EXPECT_GT(usage->resident_kib, 1000);
  EXPECT_LT(usage->resident_kib, 64e6);
  EXPECT_GE(usage->cpu_seconds, 0);
}

TEST(ServerUsage, OfNobodyIsAnError) {
  auto usage = usage_of_process(0x7ffffffe);
  ASSERT_FALSE(usage);
  EXPECT_EQ(usage.error().reason, "process.gone");
}

TEST(ServerUsage, IsReadFromMetrics) {
  constexpr std::string_view kText =
      "# HELP process_resident_memory_bytes Memory.\n"
      "process_resident_memory_bytes_extra 7\n"
      "process_resident_memory_bytes 2.097152e+06\n"
      "process_cpu_seconds_total 1.5\n";
  auto usage = usage_in_metrics(kText);
  ASSERT_TRUE(usage);
  EXPECT_DOUBLE_EQ(usage->resident_kib, 2048);
  EXPECT_DOUBLE_EQ(usage->cpu_seconds, 1.5);
  EXPECT_EQ(usage_in_metrics("bailiwick_requests_total 5\n"), std::nullopt);
}

TEST(WrittenBytes, LeavesOutWhatIsOnlySetAside) {
  testing_support::TempFolder folder;
  std::filesystem::create_directories(folder / "deep");
  std::string journal(3 << 20, '\0');
  journal[(1 << 20) + 9] = 'x';
  std::ofstream(folder / "deep/journal") << journal;
  std::ofstream(folder / "text") << "12345";
  EXPECT_EQ(written_bytes(folder.path()), (1u << 20) + 10 + 5);
  EXPECT_EQ(written_bytes(folder / "nowhere"), 0u);
}

}  // namespace
}  // namespace bailiwick::cli
