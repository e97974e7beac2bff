#include "snapshot/label_catalog.h"

#include <gtest/gtest.h>

namespace bailiwick::snapshot {
namespace {

LabelCatalog acme() {
  LabelCatalog catalog;
  catalog.labels["business_unit"] = {LabelType::kCategorical, {"sales", "engineering"}, {}, {}, ""};
  catalog.labels["wait"] = {LabelType::kContinuous, {}, 0.0, 10.0, ""};
  catalog.labels["env"] = {LabelType::kCategorical, {"ward"}, {}, {}, ""};
  return catalog;
}

// Categorical labels take their values, continuous ones numbers within bounds, unknown ones nothing.
TEST(LabelCatalog, FailsClosed) {
  LabelCatalog catalog = acme();
  EXPECT_TRUE(catalog.accepts("business_unit", "sales"));
  EXPECT_FALSE(catalog.accepts("business_unit", "invalid"));
  EXPECT_TRUE(catalog.accepts("confidence", ".95"));
  EXPECT_TRUE(catalog.accepts("confidence", "42"));
  for (std::string_view bad : {"text", "", "nan", "inf", "1 "})
    EXPECT_FALSE(catalog.accepts("confidence", bad)) << bad;
  EXPECT_TRUE(catalog.accepts("wait", "10"));
  EXPECT_FALSE(catalog.accepts("wait", "10.1"));
  EXPECT_FALSE(catalog.accepts("unknown", "x"));
}

// A categorical label without values takes any text, unlike the empty set that refuses all.
TEST(LabelCatalog, NoValuesMeansAnyText) {
  EXPECT_TRUE(acme().accepts("version", "1.4.0"));
  EXPECT_TRUE(acme().accepts("experiment_id", "exp-9"));
  EXPECT_FALSE(acme().accepts("version", ""));
  EXPECT_FALSE(acme().accepts("version", std::string(257, 'x')));
}

// A tenant's own label stands before the global one of its name, for this tenant alone.
TEST(LabelCatalog, TenantOverGlobal) {
  EXPECT_TRUE(acme().accepts("env", "ward"));
  EXPECT_FALSE(acme().accepts("env", "prod"));
  EXPECT_TRUE(LabelCatalog().accepts("env", "prod"));
}

}  // namespace
}  // namespace bailiwick::snapshot
