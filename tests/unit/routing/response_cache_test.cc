// Answers are found by everything that shaped them, for as long as they may be; memory is bounded; no tenant
// has another's.
#include "routing/response_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/model_rig.h"

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;
using testing_support::FakeUpstream;
using testing_support::ModelRig;
using testing_support::Script;

constexpr std::int64_t kMuch = 1 << 20;
constexpr auto kAnyAge = std::chrono::seconds(1'000'000);
const MonoTime kStart{std::chrono::hours(1)};

ResponseCache::Answer answer(std::string body, MonoTime since = kStart) {
  return {.body = std::move(body), .provider = "one", .model = "big", .since = since, .until = since + 60s};
}
ResponseCache::Key key(std::string_view name) {
  return cache_key({name});
}

TEST(ResponseCache, GivesBackWhatWasPutUntilItsTimeIsOver) {
  CacheSpace space(4 * kMuch);
  ResponseCache cache(space);
  cache.put(key("a"), answer("hello"), kMuch, kStart);
  ASSERT_TRUE(cache.find(key("a"), kAnyAge, kStart + 59s));
  EXPECT_EQ(cache.find(key("a"), kAnyAge, kStart)->body, "hello");
  EXPECT_FALSE(cache.find(key("b"), kAnyAge, kStart));
  EXPECT_FALSE(cache.find(key("a"), 10s, kStart + 11s)) << "too old for this caller";
  EXPECT_FALSE(cache.find(key("a"), kAnyAge, kStart + 60s));
  EXPECT_EQ(cache.view().answers, 0);
  EXPECT_EQ(space.used(), 0);
}

TEST(ResponseCache, TheLeastRecentlyUsedMakesRoom) {
  CacheSpace space(kMuch);
  ResponseCache cache(space);
  constexpr std::int64_t kThree = 3 * 1'500;
  for (const char* name : {"a", "b", "c"})
    cache.put(key(name), answer(std::string(1'000, 'x')), kThree, kStart);
  EXPECT_TRUE(cache.find(key("a"), kAnyAge, kStart));
  cache.put(key("d"), answer(std::string(1'000, 'x')), kThree, kStart);
  EXPECT_TRUE(cache.find(key("a"), kAnyAge, kStart));
  EXPECT_FALSE(cache.find(key("b"), kAnyAge, kStart));
}

TEST(ResponseCache, ATenantMakesRoomAmongItsOwnAloneAndHasAQuarter) {
  CacheSpace space(16'000);
  ResponseCache first(space), second(space);
  for (const char* name : {"a", "b", "c", "d"})
    first.put(key(name), answer(std::string(1'000, 'x')), kMuch, kStart);
  EXPECT_LE(first.view().bytes, 4'000);
  EXPECT_GE(first.view().answers, 2);
  auto kept = first.view().answers;
  second.put(key("e"), answer(std::string(2'000, 'x')), kMuch, kStart);
  EXPECT_EQ(second.view().answers, 1);
  EXPECT_EQ(first.view().answers, kept);
}

TEST(ResponseCache, WhatDoesNotFitThrowsNothingOut) {
  CacheSpace space(8'000);
  std::vector<std::unique_ptr<ResponseCache>> others;
  for (int i = 0; i < 4; ++i) {
    others.push_back(std::make_unique<ResponseCache>(space));
    others.back()->put(key("a"), answer(std::string(1'500, 'x')), kMuch, kStart);
  }
  ResponseCache cache(space);
  cache.put(key("small"), answer("x"), kMuch, kStart);
  ASSERT_EQ(cache.view().answers, 1);
  cache.put(key("large"), answer(std::string(1'600, 'x')), kMuch, kStart);
  EXPECT_TRUE(cache.find(key("small"), kAnyAge, kStart));
}

TEST(ResponseCache, WhatIsPastItsTimeOrOfOtherFilesMakesRoomForAll) {
  CacheSpace space(kMuch);
  ResponseCache cache(space);
  ResponseCache::Answer old = answer("of other files");
  old.revision = "one";
  cache.put(key("a"), std::move(old), kMuch, kStart);
  cache.put(key("b"), answer("of these"), kMuch, kStart);
  cache.sweep("", kStart);
  EXPECT_EQ(cache.view().answers, 1);
  cache.sweep("", kStart + 60s);
  EXPECT_EQ(cache.view().answers, 0);
  EXPECT_EQ(space.used(), 0);
}

TEST(ResponseCache, WhatIsTooLargeIsNotKept) {
  CacheSpace space(kMuch * 10);
  ResponseCache cache(space);
  cache.put(key("a"), answer(std::string(ResponseCache::kLargestAnswer + 1, 'x')), kMuch * 10, kStart);
  cache.put(key("b"), answer(std::string(2'000, 'x')), 1'000, kStart);
  EXPECT_EQ(cache.view().answers, 0);
  EXPECT_EQ(space.used(), 0);
}

TEST(CacheKey, PartsDoNotRunIntoEachOther) {
  EXPECT_NE(cache_key({"ab", "c"}), cache_key({"a", "bc"}));
  EXPECT_NE(cache_key({"", "a"}), cache_key({"a", ""}));
  EXPECT_EQ(cache_key({"a", "b"}), cache_key({"a", "b"}));
}

TEST(CacheWishes, AreReadAsTheyAreWritten) {
  auto wishes = [](std::string_view value) { return CacheWishes::of({{"Cache-Control", value}}); };
  EXPECT_TRUE(wishes("").look && wishes("public").store);
  EXPECT_FALSE(wishes("no-cache").look);
  EXPECT_TRUE(wishes("no-cache").store);
  EXPECT_FALSE(wishes("max-age=5, No-Store").store);
  EXPECT_EQ(wishes("max-age=5 , max-age=3").oldest, 3s);
  EXPECT_EQ(wishes("max-age=never").oldest, 0s);
  EXPECT_EQ(wishes("max-age=99999999999999").oldest, 0s);
  EXPECT_TRUE(wishes(" only-if-cached").only);
  EXPECT_FALSE(wishes("only-if-cachedx").only);
}

/// Whatever is put and asked for: the bytes that are counted are those that are kept, and never more than
/// allowed.
RC_GTEST_PROP(ResponseCache, NeverHoldsMoreThanItMay, ()) {
  constexpr std::int64_t kMost = 6'000, kShared = 20'000;
  CacheSpace space(kShared);
  ResponseCache one(space), two(space);
  MonoTime now = kStart;
  for (int step : *rc::gen::container<std::vector<int>>(100, rc::gen::inRange(0, 4))) {
    ResponseCache& cache = *rc::gen::arbitrary<bool>() ? one : two;
    auto name = std::to_string(*rc::gen::inRange(0, 10));
    now += std::chrono::seconds(*rc::gen::inRange(0, 20));
    if (step <= 2)
      cache.put(key(name), answer(std::string(*rc::gen::inRange<std::size_t>(0, 3'000), 'x'), now), kMost,
                now);
    else
      (void)cache.find(key(name), kAnyAge, now);
    RC_ASSERT(one.view().bytes <= kMost);
    RC_ASSERT(two.view().bytes <= kMost);
    RC_ASSERT(space.used() == one.view().bytes + two.view().bytes);
    RC_ASSERT(space.used() <= kShared);
  }
}

/// Calls through the router.
struct CachedCallTest : testing::Test {
  CachedCallTest() {
    config.providers["one"] = ModelRig::openai(one);
    config.routing.primary = ModelRig::target("one", "big");
    config.cache = snapshot::ResponseCaching{.ttl = 60'000ms};
    one.play({script("first"), script("second")});
  }
  static Script script(std::string_view text) {
    Script out;
    out.body = R"({"said":")" + std::string(text) +
               R"(","usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}})";
    return out;
  }
  static std::string asked(std::string_view question) {
    return R"({"model":"big","max_tokens":100,"messages":[{"role":"user","content":")" +
           std::string(question) + R"("}]})";
  }
  FakeUpstream one;
  snapshot::RouterConfig config;
};

TEST_F(CachedCallTest, TheSameRequestIsAnsweredAgainForNothing) {
  ModelRig rig(config);
  auto first = rig.chat(asked("hi"));
  auto again = rig.chat(asked("hi"));
  EXPECT_EQ(again.text, first.text);
  EXPECT_EQ(again.headers.get("content-type"), "application/json");
  EXPECT_EQ(one.seen().size(), 1u);
  EXPECT_GT(first.cost, PicoDollars());
  EXPECT_EQ(again.cost, PicoDollars());
  EXPECT_EQ(again.record.reason, "cache.hit");
  EXPECT_EQ(again.record.model, "big");
  EXPECT_EQ(rig.tenant->meter->view().concurrent, 0);
}

TEST_F(CachedCallTest, AnotherRequestHeaderRevisionOrRulesIsAnother) {
  ModelRig rig(config);
  std::size_t calls = 0;
  auto is_new = [&](std::string body, net::Headers headers = {}) {
    rig.chat(std::move(body), std::move(headers));
    return one.seen().size() == ++calls;
  };
  EXPECT_TRUE(is_new(asked("hi")));
  EXPECT_TRUE(is_new(asked("hi ")));
  EXPECT_TRUE(is_new(asked("hi"), {{"OpenAI-Beta", "assistants=v2"}}));
  for (std::string snapshot::TenantSnapshot::* revision :
       {&snapshot::TenantSnapshot::revision, &snapshot::TenantSnapshot::rules_revision}) {
    auto next = std::make_shared<snapshot::TenantSnapshot>(*rig.tenant);
    (*next).*revision = "another";
    rig.tenant = next;
    EXPECT_TRUE(is_new(asked("hi")));
  }
}

TEST_F(CachedCallTest, TheCallerMayWishOtherwise) {
  ModelRig rig(config);
  EXPECT_EQ(rig.chat(asked("hi"), {{"Cache-Control", "only-if-cached"}}).status.error().reason, "cache.miss");
  rig.chat(asked("hi"), {{"Cache-Control", "no-store"}});
  EXPECT_EQ(rig.chat(asked("hi"), {{"Cache-Control", "only-if-cached"}}).status.error().reason, "cache.miss");
  rig.chat(asked("hi"));
  EXPECT_EQ(rig.chat(asked("hi"), {{"Cache-Control", "only-if-cached"}}).record.reason, "cache.hit");
  rig.chat(asked("hi"), {{"Cache-Control", "no-cache"}});
  EXPECT_EQ(one.seen().size(), 3u);
  rig.clock.advance(30s);
  rig.chat(asked("hi"), {{"Cache-Control", "max-age=29"}});
  EXPECT_EQ(one.seen().size(), 4u);
  rig.clock.advance(61s);
  rig.chat(asked("hi"));
  EXPECT_EQ(one.seen().size(), 5u);
}

TEST_F(CachedCallTest, AStreamIsGivenAgainAsItWasDelivered) {
  Script stream;
  stream.chunks = {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
                   "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n",
                   "data: [DONE]\n\n"};
  one.play({stream});
  ModelRig rig(config);
  const std::string body = R"({"model":"big","stream":true,"max_tokens":9,"messages":[]})";
  auto first = rig.chat(body);
  auto again = rig.chat(body);
  EXPECT_EQ(one.seen().size(), 1u);
  EXPECT_EQ(again.text, first.text);
  EXPECT_EQ(again.text.find("usage"), std::string::npos);
  EXPECT_EQ(again.headers.get("content-type"), "text/event-stream");
  EXPECT_EQ(again.last, Piece::Kind::kLast);
}

TEST_F(CachedCallTest, OnlyWholeAndGoodAnswersAreKept) {
  Script failing, broken, unfinished;
  failing.status = 400;
  failing.body = "{}";
  broken.chunks = unfinished.chunks = {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"};
  broken.end = Script::End::kBreakOff;
  for (const Script& bad : {failing, broken, unfinished}) {
    one.play({bad});
    ModelRig rig(config);
    std::size_t before = one.seen().size();
    const std::string body = R"({"model":"big","stream":true,"max_tokens":9,"messages":[]})";
    rig.chat(body);
    rig.chat(body);
    EXPECT_EQ(one.seen().size() - before, 2u);
  }
}

TEST_F(CachedCallTest, WhatTheCallerDidNotReadToItsEndIsNotKept) {
  Script stream;
  stream.chunks = {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", "data: [DONE]\n\n"};
  stream.pause = 5ms;
  one.play({stream});
  ModelRig rig(config);
  const std::string body = R"({"model":"big","stream":true,"max_tokens":9,"messages":[]})";
  rig.chat(body, {}, 1);
  rig.chat(body);
  EXPECT_EQ(one.seen().size(), 2u);
}

TEST_F(CachedCallTest, TheHouseAnswersByItsDocumentsAnew) {
  config.routing.primary = ModelRig::target("local", "extractive");
  ModelRig rig(config);
  const std::string body = R"({"model":"auto","messages":[{"role":"user","content":"hi"}]})";
  rig.chat(body);
  EXPECT_NE(rig.chat(body).record.reason, "cache.hit");
}

TEST_F(CachedCallTest, ATenantThatIsGoneLeavesNoAnswers) {
  ModelRig rig(config);
  rig.chat(asked("hi"));
  snapshot::TenantTable tenants;
  rig.router.sweep(tenants);
  rig.chat(asked("hi"));
  EXPECT_EQ(one.seen().size(), 2u);
}

}  // namespace
}  // namespace bailiwick::routing
