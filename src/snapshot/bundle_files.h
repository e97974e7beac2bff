// BundleFiles: the typed form of every file of a bundle but tenant.yaml.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "policy/access.h"
#include "policy/rules.h"
#include "snapshot/data_sovereignty.h"
#include "snapshot/feature_matrix.h"
#include "snapshot/label_catalog.h"
#include "snapshot/settings.h"

namespace bailiwick::snapshot {

/// The tenant's own rules, as text: the policy room reads the language.
struct PolicySources {
  std::map<std::string, std::string> cedar;  ///< `policies.cedar` → text
  std::string schema;                        ///< schema.cedarschema
  json::value entities = json::array();      ///< entities.json
};

struct BundleFiles {
  Settings settings;  ///< of the tenant
  std::map<std::string, Settings, std::less<>>
      programs;  ///< of every program that overrides something, resolved
  FeatureMatrix features;
  DataSovereignty sovereignty;
  LabelCatalog labels;
  PolicySources rules;
  policy::RulesPtr
      compiled_rules;  ///< those of `rules` that speak of Bailiwick's operations; null before stage 2
  policy::AccessPoliciesPtr access;  ///< for an application of the tenant's; null without a schema

  /// The program's settings, or the tenant's where the program has none.
  const Settings& settings_of(std::string_view program) const {
    auto found = programs.find(program);
    return found == programs.end() ? settings : found->second;
  }
  /// Of a tenant that has none.
  static std::shared_ptr<const BundleFiles> none() {
    static const auto kNone = std::make_shared<const BundleFiles>();
    return kNone;
  }
};

}  // namespace bailiwick::snapshot
