#include "policy/cedar/entities.h"

#include <gtest/gtest.h>

namespace bailiwick::cedar {
namespace {

Uid user(std::string_view id) {
  return {"User", id};
}

TEST(EntitiesTest, AncestorsReachAsFarAsTheHierarchy) {
  EntitiesBuilder builder;
  // Children before parents, and a parent that is no entity of its own.
  ASSERT_TRUE(builder.add(user("a"), nullptr, nullptr, {user("b"), user("c")}));
  ASSERT_TRUE(builder.add(user("b"), nullptr, nullptr, {user("d")}));
  ASSERT_TRUE(builder.add(user("c"), nullptr, nullptr, {user("d"), user("outside")}));
  ASSERT_TRUE(builder.add(user("d"), nullptr, nullptr, {}));
  auto entities = builder.build();
  ASSERT_TRUE(entities);
  for (std::string_view above : {"a", "b", "c", "d", "outside"})
    EXPECT_TRUE(entities->is_in(user("a"), user(above)));
  EXPECT_FALSE(entities->is_in(user("d"), user("a")));
  EXPECT_FALSE(entities->is_in(user("b"), user("outside")));
  EXPECT_TRUE(entities->is_in(user("nobody"), user("nobody")));
  EXPECT_FALSE(entities->is_in(user("nobody"), user("d")));
  EXPECT_EQ(entities->find(user("a"))->ancestors.size(), 4u);
  EXPECT_EQ(entities->find(Uid("Group", "a")), nullptr);
}

TEST(EntitiesTest, CyclesAndRepetitionsAreRefused) {
  EntitiesBuilder cycle;
  ASSERT_TRUE(cycle.add(user("a"), nullptr, nullptr, {user("b")}));
  ASSERT_TRUE(cycle.add(user("b"), nullptr, nullptr, {user("a")}));
  EXPECT_EQ(cycle.build().error().reason, "entities.cycle");
  EntitiesBuilder self;
  ASSERT_TRUE(self.add(user("a"), nullptr, nullptr, {user("a")}));
  EXPECT_EQ(self.build().error().reason, "entities.cycle");
  EntitiesBuilder twice;
  ASSERT_TRUE(twice.add(user("a"), nullptr, nullptr, {}));
  EXPECT_EQ(twice.add(user("a"), nullptr, nullptr, {}).error().reason, "entities.duplicate");
}

TEST(EntitiesTest, ARequestsOwnStandOnItsTenants) {
  EntitiesBuilder tenants;
  ASSERT_TRUE(tenants.add(user("team"), nullptr, nullptr, {user("company")}));
  ASSERT_TRUE(tenants.add(user("a"), nullptr, nullptr, {}));
  auto below = tenants.build();
  ASSERT_TRUE(below);
  EntitiesBuilder requests;
  ASSERT_TRUE(requests.add(user("a"), nullptr, nullptr, {user("team")}));
  auto above = requests.build(&*below);
  ASSERT_TRUE(above);
  EXPECT_TRUE(above->is_in(user("a"), user("company")));
  EXPECT_TRUE(above->is_in(user("team"), user("company")));
  EXPECT_FALSE(below->is_in(user("a"), user("team")));
}

TEST(EntitiesTest, ManyAreFoundAndALongChainIsNoDeepRecursion) {
  EntitiesBuilder builder;
  Arena& arena = builder.arena();
  constexpr int kLength = 500;
  for (int i = 0; i < kLength; ++i) {
    std::vector<Uid> parents;
    if (i > 0) parents.push_back(Uid("N", arena.copy(std::to_string(i - 1))));
    ASSERT_TRUE(builder.add(Uid("N", arena.copy(std::to_string(i))), nullptr, nullptr, std::move(parents)));
  }
  auto entities = builder.build();
  ASSERT_TRUE(entities);
  for (int i = 0; i < kLength; i += 37) {
    std::string id = std::to_string(i);
    EXPECT_EQ(entities->find(Uid("N", id))->ancestors.size(), static_cast<std::size_t>(i));
  }
}

TEST(EntitiesTest, AHierarchyThatIsTooLargeIsRefused) {
  EntitiesBuilder builder;
  Arena& arena = builder.arena();
  for (int i = 0; i < 1500; ++i) {
    std::vector<Uid> parents;
    if (i > 0) parents.push_back(Uid("N", arena.copy(std::to_string(i - 1))));
    ASSERT_TRUE(builder.add(Uid("N", arena.copy(std::to_string(i))), nullptr, nullptr, std::move(parents)));
  }
  EXPECT_EQ(builder.build().error().reason, "entities.size");
}

}  // namespace
}  // namespace bailiwick::cedar
