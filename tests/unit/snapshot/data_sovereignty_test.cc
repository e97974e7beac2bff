#include "snapshot/data_sovereignty.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::snapshot {
namespace {

/// The definition of a glob, as slow as it is plain.
bool matches_by_definition(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob.front() == '*') {
    for (std::size_t skip = 0; skip <= text.size(); ++skip) {
      if (matches_by_definition(glob.substr(1), text.substr(skip))) return true;
    }
    return false;
  }
  return !text.empty() && text.front() == glob.front() &&
         matches_by_definition(glob.substr(1), text.substr(1));
}

// Forbidden regions are globs too, and win over allowed ones; no list allows every region.
TEST(DataSovereignty, ForbiddenWins) {
  Sovereignty rules{
      .region = "us-east-1", .allowed_regions = {"us-*", "cn-north-1"}, .forbidden_regions = {"cn-*"}};
  EXPECT_TRUE(rules.allows("us-west-2"));
  EXPECT_FALSE(rules.allows("cn-north-1"));
  EXPECT_FALSE(rules.allows("eu-west-1"));
  rules.allowed_regions.clear();
  EXPECT_TRUE(rules.allows("eu-west-1"));
  EXPECT_FALSE(rules.allows("cn-south-1"));
}

// The matcher agrees with the definition on every glob and text.
RC_GTEST_PROP(DataSovereigntyProperty, GlobsFollowTheirDefinition, ()) {
  auto glob = *rc::gen::resize(8, rc::gen::container<std::string>(rc::gen::element('a', 'b', '*')));
  auto text = *rc::gen::resize(10, rc::gen::container<std::string>(rc::gen::element('a', 'b')));
  RC_ASSERT(glob_matches(glob, text) == matches_by_definition(glob, text));
}

}  // namespace
}  // namespace bailiwick::snapshot
