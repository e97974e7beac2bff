#include "tenancy/action.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace bailiwick::tenancy {
namespace {

// Names are how actions stand in records and scopes: none twice, each found again.
TEST(Action, NamesAreUniqueAndFoundAgain) {
  std::set<std::string_view> names;
  for (const ActionInfo& info : kActions) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(name_of(info.action), info.name);
  }
}

// What touches documents and models is content, which the platform admin never reaches.
TEST(Action, ContentIsContent) {
  for (Action action :
       {Action::kCorpusRead, Action::kAsk, Action::kRetrieve, Action::kModelsChat, Action::kLedgerRead}) {
    EXPECT_EQ(info_of(action).reach, Reach::kContent) << name_of(action);
  }
  EXPECT_EQ(info_of(Action::kTenantsSuspend).reach, Reach::kManagement);
  EXPECT_EQ(info_of(Action::kTenantsCreate).reach, Reach::kPlatform);
}

}  // namespace
}  // namespace bailiwick::tenancy
