// Sizes grow linearly with what was measured, and say where each number is from.
#include "cli/sizing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bailiwick::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Sizing, IsLinear) {
  SizingInputs inputs{.cpu_us = {60}, .bytes_per_record = {1024}, .kib_per_tenant = {8}, .base_mib = {52}};
  Size size = size_of(inputs, {.tenants = 1024, .requests_per_second = 1000});
  EXPECT_DOUBLE_EQ(size.cores, 0.1);
  EXPECT_DOUBLE_EQ(size.memory_mib, 100);
  EXPECT_NEAR(size.disk_gib_per_day, 82.4, 0.01);
  Size twice = size_of(inputs, {.tenants = 1024, .requests_per_second = 2000});
  EXPECT_DOUBLE_EQ(twice.cores, 2 * size.cores);
  EXPECT_DOUBLE_EQ(twice.disk_gib_per_day, 2 * size.disk_gib_per_day);
  EXPECT_DOUBLE_EQ(twice.memory_mib, size.memory_mib);
}

TEST(Sizing, KnowsWhatWasMeasured) {
  SizingInputs inputs;
  auto file = parse_json_object(R"({"scenario": "x", "measured": {"cpu_us": 42, "base_mib": 30.5}})").value();
  ASSERT_TRUE(inputs.take_measured(file, "run.json"));
  EXPECT_DOUBLE_EQ(inputs.cpu_us.value, 42);
  EXPECT_EQ(inputs.cpu_us.source, "measured: run.json");
  EXPECT_DOUBLE_EQ(inputs.base_mib.value, 30.5);
  EXPECT_EQ(inputs.bytes_per_record.source, "assumed");
}

TEST(Sizing, AFileWithoutMeasurementsIsRefused) {
  for (const char* text : {R"({})", R"({"measured": 3})", R"({"measured": {}})",
                           R"({"measured": {"cpu_us": "x"}})", R"({"measured": {"cpu_us": -1}})"}) {
    SizingInputs inputs;
    auto taken = inputs.take_measured(parse_json_object(text).value(), "run.json");
    ASSERT_FALSE(taken) << text;
    EXPECT_THAT(taken.error().message, HasSubstr("run.json"));
  }
}

TEST(Sizing, ListsAreNumbersWithCommas) {
  EXPECT_THAT(parse_numbers("1,10,2.5", "--rates").value(), ElementsAre(1, 10, 2.5));
  for (const char* text : {"", "1,", ",1", "0", "-1", "x", "1 2", "inf", "nan"}) {
    auto numbers = parse_numbers(text, "--rates");
    ASSERT_FALSE(numbers) << text;
    EXPECT_THAT(numbers.error().message, HasSubstr("--rates"));
  }
}

}  // namespace
}  // namespace bailiwick::cli
