// Upstreams that are shared are found by host; a change of the rules reaches who is waiting; who is kept
// apart has slots of its own.
#include "metering/shared_upstreams.h"

#include <gtest/gtest.h>

namespace bailiwick::metering {
namespace {

using namespace std::chrono_literals;
const MonoTime kStart{std::chrono::hours(1)};

SharedUpstreams::Rules one_rule(std::int64_t slots, std::int64_t dedicated = 0) {
  return {{"api.example.com", {.shared = {.slots = slots}, .dedicated = dedicated}}};
}

TEST(SharedUpstreams, AreFoundByHostAndOthersHaveNoLimit) {
  SharedUpstreams upstreams;
  EXPECT_FALSE(upstreams.find("api.example.com", ""));
  upstreams.set(one_rule(3), kStart);
  auto queue = upstreams.find("api.example.com", "");
  ASSERT_TRUE(queue);
  EXPECT_EQ(queue->view().slots, 3);
  EXPECT_FALSE(upstreams.find("api.example.com:8080", ""));
}

TEST(SharedUpstreams, AChangeKeepsTheQueueAndWhoIsInIt) {
  SharedUpstreams upstreams;
  upstreams.set(one_rule(1), kStart);
  auto queue = upstreams.find("api.example.com", "");
  int tenant = 0;
  ASSERT_TRUE(queue->try_enter({.flow = &tenant}, kStart));
  upstreams.set(one_rule(5), kStart);
  EXPECT_EQ(upstreams.find("api.example.com", ""), queue);
  EXPECT_EQ(queue->view().slots, 5);
  EXPECT_EQ(queue->view().in_use, 1);
  upstreams.set({}, kStart);
  EXPECT_FALSE(upstreams.find("api.example.com", ""));
}

TEST(SharedUpstreams, WhoIsKeptApartHasSlotsOfItsOwn) {
  SharedUpstreams upstreams;
  upstreams.set(one_rule(1, 2), kStart);
  auto shared = upstreams.find("api.example.com", "");
  auto alone = upstreams.find("api.example.com", "hard-corp");
  EXPECT_NE(alone, shared);
  EXPECT_NE(alone, upstreams.find("api.example.com", "other-corp"));
  EXPECT_EQ(alone, upstreams.find("api.example.com", "hard-corp"));
  EXPECT_EQ(alone->view().slots, 2);
  int tenant = 0;
  ASSERT_TRUE(shared->try_enter({.flow = &tenant}, kStart));
  EXPECT_TRUE(alone->try_enter({.flow = &tenant}, kStart)) << "whatever the others do";
  upstreams.set(one_rule(1, 0), kStart);
  EXPECT_EQ(upstreams.find("api.example.com", "hard-corp"), shared) << "nothing is dedicated any more";
}

}  // namespace
}  // namespace bailiwick::metering
