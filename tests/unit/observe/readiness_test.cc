// Readiness says which check failed and what to do, and fails while the server drains.
#include "observe/readiness.h"

#include <gtest/gtest.h>

namespace bailiwick::observe {
namespace {

TEST(Readiness, IsReadyWhenEveryCheckIs) {
  Readiness readiness({{"ledger", [] { return Status(); }}});
  Readiness::Report report = readiness.report();
  EXPECT_TRUE(report.ready);
  EXPECT_EQ(json::serialize(report.checks),
            R"([{"name":"serving","ok":true,"message":"ok"},{"name":"ledger","ok":true,"message":"ok"}])");
}

TEST(Readiness, OneFailureIsEnoughAndAllAreReported) {
  bool full = true;
  auto ledger = [&]() -> Status {
    if (!full) return {};
    return fail(ErrorCode::kUnavailable, "ledger.full", "the disk is full; free some space",
                "/var/lib/secret-path");
  };
  Readiness readiness({{"ledger", ledger}, {"store", [] { return Status(); }}});
  Readiness::Report report = readiness.report();
  EXPECT_FALSE(report.ready);
  std::string text = json::serialize(report.checks);
  EXPECT_NE(text.find(R"({"name":"ledger","ok":false,"message":"the disk is full; free some space"})"),
            std::string::npos);
  EXPECT_NE(text.find(R"({"name":"store","ok":true)"), std::string::npos);
  EXPECT_EQ(text.find("secret-path"), std::string::npos) << "the detail is for logs";
  full = false;
  EXPECT_TRUE(readiness.report().ready) << "a check is asked anew each time";
}

TEST(Readiness, DrainingIsFinal) {
  Readiness readiness({});
  EXPECT_TRUE(readiness.report().ready);
  readiness.begin_drain();
  EXPECT_FALSE(readiness.report().ready);
  EXPECT_NE(json::serialize(readiness.report().checks).find("shutting down"), std::string::npos);
}

}  // namespace
}  // namespace bailiwick::observe
