#include "snapshot/feature_matrix.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::snapshot {
namespace {

Feature on(std::vector<std::string> depends_on = {}, std::vector<std::string> conflicts_with = {}) {
  Feature feature;
  feature.enabled = true;
  feature.depends_on = std::move(depends_on);
  feature.conflicts_with = std::move(conflicts_with);
  return feature;
}

// What a matrix may not say: names it does not know, enabled conflicts, missing needs, names that are no
// slugs.
TEST(FeatureMatrix, FindsEachFault) {
  auto one_fault = [](std::map<std::string, Feature> features) {
    auto faults = faults_of({.tenant_id = {}, .features = std::move(features)});
    return faults.size() == 1 ? faults[0].message : std::to_string(faults.size()) + " faults";
  };
  EXPECT_NE(one_fault({{"a", on({"gone"})}}).find("'gone', which is not a feature"), std::string::npos);
  EXPECT_NE(one_fault({{"a", on({"b"})}, {"b", {}}}).find("depends on 'b', which is not"), std::string::npos);
  EXPECT_NE(one_fault({{"a", on({}, {"b"})}, {"b", on()}}).find("both enabled"), std::string::npos);
  EXPECT_NE(one_fault({{"a", on({"b"}, {"b"})}, {"b", on()}}).find("which it needs"), std::string::npos);
  EXPECT_NE(one_fault({{"a_b", on()}}).find("slug"), std::string::npos);
  EXPECT_EQ(one_fault({{"a", on({"b"}, {"c"})}, {"b", on()}, {"c", {}}}), "0 faults");
}

// A cycle is told once, as the way round.
TEST(FeatureMatrix, TellsACycleOnce) {
  auto faults =
      faults_of({.tenant_id = {}, .features = {{"a", on({"b"})}, {"b", on({"c"})}, {"c", on({"a"})}}});
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].message, "depends on itself: a -> b -> c -> a");
}

// Features that depend only on earlier ones never form a cycle, however many there are.
RC_GTEST_PROP(FeatureMatrixProperty, OrderedDependenciesHaveNoCycle, ()) {
  int count = *rc::gen::inRange(1, 20);
  FeatureMatrix matrix;
  for (int i = 0; i < count; ++i) {
    Feature feature = on();
    for (int j = 0; j < i; ++j) {
      if (*rc::gen::inRange(0, 3) == 0) feature.depends_on.push_back("f" + std::to_string(j));
    }
    matrix.features["f" + std::to_string(i)] = feature;
  }
  RC_ASSERT(faults_of(matrix).empty());
}

}  // namespace
}  // namespace bailiwick::snapshot
