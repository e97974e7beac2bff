// What of a bundle is for a sandbox, and what is not.
#include "bundles/trial.h"

#include <gtest/gtest.h>

#include "recorded_samples.h"

namespace bailiwick::bundles {
namespace {

Trial trial_of(std::initializer_list<std::string> paths) {
  Trial trial{.tenant = "acme", .place = "", .files = {}, .guardrails = {}};
  for (const std::string& path : paths) trial.files[path] = "";
  return trial;
}

TEST(Trial, SettingsAloneAreSettingsAndNothingElse) {
  EXPECT_TRUE(is_settings_alone(trial_of({"tenant.yaml"})));
  EXPECT_TRUE(is_settings_alone(trial_of({"tenant.yaml", "router.yaml"})));
  for (const char* more :
       {"own.cedar", "schema.cedarschema", "policies/retrieval.yaml", "tests/asks.yaml", "tests/tenant.yaml",
        "programs/qa/router.yaml", "entities.json", "features.yaml"}) {
    EXPECT_FALSE(is_settings_alone(trial_of({"tenant.yaml", more}))) << more;
  }
}

TEST(Trial, WhatIsOnRecordIsDecidedAgain) {
  Trial trial = trial_of({"tenant.yaml"});
  trial.recorded.decisions.push_back(
      operation(1, tenancy::Role::kOwner, tenancy::Action::kAsk, "allow", "role.owner"));
  EXPECT_FALSE(is_settings_alone(trial));
}

}  // namespace
}  // namespace bailiwick::bundles
