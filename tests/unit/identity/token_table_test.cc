// The table finds exactly the credentials that are in it, while others change it.
#include "identity/token_table.h"

#include <thread>

#include <gtest/gtest.h>

namespace bailiwick::identity {
namespace {

TokenPtr token_of(const TokenTable& table, std::string_view secret, TokenSource source = TokenSource::kApi) {
  auto token = std::make_shared<Token>();
  token->id = "tok_" + std::string(secret);
  token->hash = table.hash(secret);
  token->source = source;
  return token;
}

TEST(TokenTable, FindsWhatWasPut) {
  TokenTable table("key");
  EXPECT_EQ(table.find("a"), nullptr);
  table.put(token_of(table, "a"));
  ASSERT_NE(table.find("a"), nullptr);
  EXPECT_EQ(table.find("a")->id, "tok_a");
  for (std::string_view other : {"", "b", "A", "a ", "aa"}) EXPECT_EQ(table.find(other), nullptr) << other;
  table.erase(table.hash("a"));
  EXPECT_EQ(table.find("a"), nullptr);
  table.erase(table.hash("never there"));
}

TEST(TokenTable, FindsEachOfManyThatCameAndWent) {
  TokenTable table("key");
  auto name = [](int i) { return "secret-" + std::to_string(i); };
  constexpr int kTokens = 5000;
  for (int i = 0; i < kTokens; ++i) table.put(token_of(table, name(i)));
  for (int i = 0; i < kTokens; i += 3) table.erase(table.hash(name(i)));
  for (int i = 1; i < kTokens; i += 3) {
    auto next = std::make_shared<Token>(*table.find(name(i)));
    next->name = "changed";
    table.put(std::move(next));
  }
  for (int i = 0; i < kTokens; ++i) {
    TokenPtr found = table.find(name(i));
    ASSERT_EQ(found == nullptr, i % 3 == 0) << i;
    if (found) {
      EXPECT_EQ(found->id, "tok_" + name(i));
      EXPECT_EQ(found->name, i % 3 == 1 ? "changed" : "");
    }
  }
}

// The same token under another key is another hash: a stolen database opens nothing.
TEST(TokenTable, HashesAreKeyed) {
  EXPECT_NE(TokenTable("key").hash("a"), TokenTable("other").hash("a"));
  EXPECT_NE(TokenTable("key").hash("a"), crypto::sha256("a"));
}

TEST(TokenTable, ReplaceTouchesOneSourceAlone) {
  TokenTable table("key");
  table.put(token_of(table, "ours"));
  table.replace(TokenSource::kRegistry, {token_of(table, "r1", TokenSource::kRegistry)});
  table.replace(TokenSource::kRegistry, {token_of(table, "r2", TokenSource::kRegistry)});
  EXPECT_EQ(table.find("r1"), nullptr);
  EXPECT_NE(table.find("r2"), nullptr);
  EXPECT_NE(table.find("ours"), nullptr);
}

// Whoever writes the registry cannot take over a token of ours.
TEST(TokenTable, ReplaceTakesNoCredentialFromAnotherSource) {
  TokenTable table("key");
  table.put(token_of(table, "ours"));
  table.replace(TokenSource::kRegistry, {token_of(table, "ours", TokenSource::kRegistry)});
  EXPECT_EQ(table.find("ours")->source, TokenSource::kApi);
  table.replace(TokenSource::kRegistry, {});
  EXPECT_NE(table.find("ours"), nullptr);
}

TEST(Token, IsValidUntilItEnds) {
  Token token;
  WallTime start{std::chrono::seconds(1000)};
  EXPECT_TRUE(token.valid_at(start));
  token.expires_at = start;
  EXPECT_FALSE(token.valid_at(start)) << "the moment of expiry is over";
  EXPECT_TRUE(token.valid_at(start - std::chrono::microseconds(1)));
  token.expires_at.reset();
  token.revoked_at = start;
  EXPECT_FALSE(token.valid_at(start));
  EXPECT_TRUE(token.valid_at(start - std::chrono::microseconds(1))) << "an overlap that has not ended";
}

// Readers see each token whole or not at all, whatever is written beside them.
TEST(TokenTable, ReadersAndWritersDoNotDisturbEachOther) {
  TokenTable table("key");
  table.put(token_of(table, "steady"));
  std::atomic<int> missed = 0;
  std::atomic<bool> done = false;
  std::jthread reader([&] {
    while (!done) {
      TokenPtr found = table.find("steady");
      missed += !found || found->id != "tok_steady";
      TokenPtr other = table.find("other-7");
      missed += other && other->id != "tok_other-7";
    }
  });
  std::vector<std::jthread> writers;
  for (int w = 0; w < 2; ++w) {
    writers.emplace_back([&table, w] {
      for (int i = 0; i < 200; ++i) {
        TokenPtr token = token_of(table, "other-" + std::to_string(i % 16), TokenSource::kRegistry);
        if (w == 0)
          table.put(token);
        else if (i % 20 == 0)
          table.replace(TokenSource::kRegistry, {token});
        else
          table.erase(token->hash);
      }
    });
  }
  writers.clear();
  done = true;
  reader.join();
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace bailiwick::identity
