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

TEST(Calendar, AWindowIsFoundByItsOrdinal) {
  auto calendar = Calendar::in("Africa/Cairo");
  for (Span span : {Span::kDay, Span::kMonth}) {
    Window window = calendar->at(span, at("2024-04-26T10:00:00Z"));
    Window again = calendar->window(span, window.ordinal);
    EXPECT_EQ(again.begin, window.begin);
    EXPECT_EQ(again.end, window.end);
  }
}

TEST(Calendar, HoursAreNamedByTheirOffsetSoThatARepeatedOneIsTwo) {
  auto hour = [](std::string_view zone, std::string_view time) {
    return Calendar::in(zone)->hour_at(at(time)).name;
  };
  EXPECT_EQ(hour("Europe/Berlin", "2026-10-25T00:59:59Z"), "2026-10-25T02:00+02:00");
  EXPECT_EQ(hour("Europe/Berlin", "2026-10-25T01:00:00Z"), "2026-10-25T02:00+01:00");
  EXPECT_EQ(hour("America/New_York", "2026-11-25T04:59:00Z"), "2026-11-24T23:00-05:00");
  EXPECT_EQ(hour("Asia/Kathmandu", "2026-11-25T18:15:00Z"), "2026-11-26T00:00+05:45");
  EXPECT_EQ(hour("UTC", "2026-11-25T18:15:00Z"), "2026-11-25T18:00+00:00");
}

// What is counted by quarters of an hour can be had by hours and days of every zone.
TEST(Calendar, AQuarterOfAnHourLiesInOneHourAndOneDayEverywhere) {
  const std::chrono::minutes kQuarter(15);
  for (std::string_view zone :
       {"Asia/Kathmandu", "Pacific/Chatham", "Australia/Lord_Howe", "America/St_Johns", "Africa/Cairo"}) {
    auto calendar = Calendar::in(zone);
    // Where daylight saving begins and ends, on both halves of the globe.
    for (std::string_view begin : {"2026-03-05T00:00:00Z", "2026-04-02T00:00:00Z", "2026-04-21T00:00:00Z",
                                   "2026-09-23T00:00:00Z", "2026-10-01T00:00:00Z", "2026-10-26T00:00:00Z"}) {
      WallTime last_hour{};
      for (WallTime quarter = at(begin); quarter < at(begin) + std::chrono::days(8); quarter += kQuarter) {
        const WallTime end = quarter + kQuarter - std::chrono::microseconds(1);
        ASSERT_EQ(calendar->at(Span::kDay, quarter).ordinal, calendar->at(Span::kDay, end).ordinal) << zone;
        const Hour hour = calendar->hour_at(quarter);
        ASSERT_EQ(hour.name, calendar->hour_at(end).name) << zone;
        ASSERT_GE(hour.begin, last_hour) << zone << " " << hour.name;
        last_hour = hour.begin;
      }
    }
  }
}

TEST(Days, AreReadFromADayOrAMonth) {
  EXPECT_EQ(day_text(parse_days("2026-11-25")->first), "2026-11-25");
  EXPECT_EQ(parse_days("2026-11-25")->last, parse_days("2026-11-25")->first);
  EXPECT_EQ(day_text(parse_days("2024-02")->first), "2024-02-01");
  EXPECT_EQ(day_text(parse_days("2024-02")->last), "2024-02-29");
  EXPECT_EQ(day_text(parse_days("2026-12")->last), "2026-12-31");
  for (std::string_view bad :
       {"", "2026", "2026-13", "2026-02-30", "2026-11-25T00:00:00Z", "25.11.2026", "-1-01-01"}) {
    EXPECT_EQ(parse_days(bad).error().reason, "days.malformed") << bad;
  }
}

}  // namespace
}  // namespace bailiwick::metering
