// With strict recording nothing is answered before its record is on disk.
#include "edge/lasting.h"

#include <thread>

#include "edge/route.h"
#include "support/served_edge.h"

namespace bailiwick::edge {
namespace {

using namespace std::chrono_literals;
using tenancy::Action;
using Told = testing_support::RememberingLedger::Told;
using testing_support::Answer;
using testing_support::ServedEdge;

std::vector<Route> routes() {
  std::vector<Route> out;
  RouteHandler<Action::kAsk, NoBody> handler = [](Call<Action::kAsk>&, NoBody) -> net::Task<Result<Reply>> {
    co_return Reply::json(200, json::object{{"good", true}});
  };
  out.push_back(route<Action::kAsk, NoBody>("GET", "/v1/ask", {}, std::move(handler)));
  return out;
}

class LastingTest : public testing::Test {
 protected:
  void serve(ServedEdge& rig) {
    rig.tenant("acme-corp");
    rig.credential("key", "acme-corp", tenancy::Role::kOwner);
    rig.serve(routes());
  }
};

TEST_F(LastingTest, AnAnswerWaitsForTheDisk) {
  ServedEdge rig(Recording::kStrict);
  serve(rig);
  std::atomic<bool> on_disk = false;
  std::vector<std::jthread> disks;
  rig.ledger.disk = [&](Told told) {
    disks.emplace_back([&, told = std::move(told)]() mutable {
      std::this_thread::sleep_for(50ms);
      on_disk = true;
      told({});
    });
  };
  EXPECT_EQ(rig.call("key", "GET", "/v1/ask").status, 200);
  EXPECT_TRUE(on_disk);
  EXPECT_EQ(rig.ledger.kept().size(), 1u);
}

TEST_F(LastingTest, WhatCannotBeBroughtThereIsNotAnswered) {
  ServedEdge rig(Recording::kStrict);
  serve(rig);
  rig.ledger.disk = [](Told told) {
    told(fail(ErrorCode::kUnavailable, "ledger.unavailable", "The ledger cannot write."));
  };
  Answer answer = rig.call("key", "GET", "/v1/ask");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "ledger.unavailable");
}

TEST_F(LastingTest, OtherwiseNobodyWaits) {
  ServedEdge rig;
  serve(rig);
  rig.ledger.disk = [](const Told&) { ADD_FAILURE() << "it was asked"; };
  EXPECT_EQ(rig.call("key", "GET", "/v1/ask").status, 200);
}

}  // namespace
}  // namespace bailiwick::edge
