#include "policy/cedar/entity_names.h"

#include <string>

#include <gtest/gtest.h>

namespace bailiwick::cedar {
namespace {

TEST(EntityNamesTest, TheSameNameIsTheSameSymbolAndMemory) {
  EntityNames names;
  std::string id = "ann";
  Symbol ann = names.intern("User", id);
  EXPECT_EQ(names.intern("User", "ann"), ann);
  EXPECT_NE(names.intern("Team", "ann"), ann);
  EXPECT_NE(names.name(ann).id.data(), id.data());
  EXPECT_EQ(names.name(ann), Uid("User", "ann"));
}

TEST(EntityNamesTest, FindsWhatIsThereAmongMany) {
  EntityNames names;
  EXPECT_EQ(names.find(Uid("User", "u0")), 0u);
  for (int i = 0; i < 5000; ++i) names.intern(i % 2 == 0 ? "User" : "Team", "u" + std::to_string(i));
  for (int i = 0; i < 5000; ++i) {
    std::string id = "u" + std::to_string(i);
    EXPECT_EQ(names.find(Uid(i % 2 == 0 ? "User" : "Team", id)), static_cast<Symbol>(i + 1));
    EXPECT_EQ(names.find(Uid(i % 2 == 0 ? "Team" : "User", id)), 0u);
  }
}

TEST(EntityNamesTest, ANameOfTheSameHashIsAnother) {
  EntityNames names;
  Symbol known = names.intern("User", "ann");
  Uid forged("User", "bob");
  forged.hash = names.name(known).hash;
  EXPECT_EQ(names.find(forged), 0u);
}

TEST(EntityNamesTest, TheEmptyIdIsAName) {
  EntityNames names;
  Symbol empty = names.intern("User", "");
  EXPECT_EQ(names.find(Uid("User", "")), empty);
  EXPECT_EQ(names.find(Uid("Team", "")), 0u);
}

}  // namespace
}  // namespace bailiwick::cedar
