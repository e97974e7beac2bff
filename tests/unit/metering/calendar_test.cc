// Days and months begin at the tenant's midnight, also where daylight saving moves or skips it.
#include "metering/calendar.h"

#include <gtest/gtest.h>

namespace bailiwick::metering {
namespace {

WallTime at(std::string_view text) {
  return *parse_rfc3339(text);
}

Window day(std::string_view zone, std::string_view time) {
  return Calendar::in(zone)->at(Span::kDay, at(time));
}

TEST(Calendar, ADayInBerlinBeginsAtBerlinsMidnight) {
  Window window = day("Europe/Berlin", "2026-11-25T23:30:00Z");
  EXPECT_EQ(window_name(Span::kDay, window.ordinal), "day:2026-11-26");
  EXPECT_EQ(window.begin, at("2026-11-25T23:00:00Z"));
  EXPECT_EQ(window.end, at("2026-11-26T23:00:00Z"));
}

TEST(Calendar, ADayOfADaylightSavingChangeIsShorterOrLonger) {
  Window spring = day("Europe/Berlin", "2026-03-29T12:00:00Z");
  EXPECT_EQ(spring.end - spring.begin, std::chrono::hours(23));
  Window autumn = day("Europe/Berlin", "2026-10-25T12:00:00Z");
  EXPECT_EQ(autumn.end - autumn.begin, std::chrono::hours(25));
}

TEST(Calendar, AMidnightThatIsSkippedIsTheMomentOfTheChange) {
  // Cairo's clocks went from 00:00 to 01:00 on 26 April 2024.
  Window window = day("Africa/Cairo", "2024-04-26T10:00:00Z");
  EXPECT_EQ(window.begin, at("2024-04-25T22:00:00Z"));
  EXPECT_EQ(window.end, at("2024-04-26T21:00:00Z"));
}

TEST(Calendar, AMonthIsTheLocalMonth) {
  Window window = Calendar::in("Asia/Tokyo")->at(Span::kMonth, at("2026-11-30T15:00:00Z"));
  EXPECT_EQ(window_name(Span::kMonth, window.ordinal), "month:2026-12");
  EXPECT_EQ(window.begin, at("2026-11-30T15:00:00Z"));
  EXPECT_EQ(window.end, at("2026-12-31T15:00:00Z"));
}

TEST(Calendar, WindowsMeetWithoutGapOrOverlap) {
  auto calendar = Calendar::in("America/Sao_Paulo");
  for (Span span : {Span::kDay, Span::kMonth}) {
    WallTime time = at("2018-10-01T00:00:00Z");
    for (int i = 0; i < 200; ++i) {
      Window window = calendar->at(span, time);
      ASSERT_TRUE(window.holds(time));
      ASSERT_EQ(calendar->at(span, window.end).ordinal, window.ordinal + 1);
      ASSERT_EQ(calendar->at(span, window.end).begin, window.end);
      time = window.end;
    }
  }
}

TEST(Calendar, AnUnknownZoneIsRefusedByName) {
  auto calendar = Calendar::in("Mars/Olympus");
  ASSERT_FALSE(calendar);
  EXPECT_EQ(calendar.error().reason, "limits.time_zone");
  EXPECT_NE(calendar.error().message.find("Mars/Olympus"), std::string::npos);
}

TEST(WindowName, ReadsBackAndRefusesEverythingElse) {
  for (std::int64_t ordinal : {0L, 20'782L, 30'000L}) {
    EXPECT_EQ(*parse_window(Span::kDay, window_name(Span::kDay, ordinal)), ordinal);
  }
  EXPECT_EQ(*parse_window(Span::kMonth, "month:2026-11"), 2026 * 12 + 10);
  for (std::string_view bad : {"", "day:", "day:2026-02-30", "day:2026-1-01", "day:+026-01-01",
                               "month:2026-11", "day:2026-11-255"}) {
    EXPECT_FALSE(parse_window(Span::kDay, bad)) << bad;
  }
}

}  // namespace
}  // namespace bailiwick::metering
