// labels.yaml: the labels that a tenant's events may carry, over those that every tenant has.
#pragma once

#include "base/binding.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

enum class LabelType { kCategorical, kContinuous };
constexpr std::array<std::pair<std::string_view, LabelType>, 2> enum_table(LabelType) {
  return {{{"categorical", LabelType::kCategorical}, {"continuous", LabelType::kContinuous}}};
}

struct LabelDefinition {
  LabelType type = LabelType::kCategorical;
  std::vector<std::string> values;  ///< of a categorical label; empty = any text
  std::optional<double> min;        ///< of a continuous label
  std::optional<double> max;
  std::string description;

  bool accepts(std::string_view value) const;
};
template <class Visitor>
void describe(Visitor& v, LabelDefinition& label) {
  v.required("type", label.type, "categorical: one of values; continuous: a number.");
  v.field("values", label.values, "What a categorical label may be; empty = any text up to 256 bytes.",
          {.max_length = 1000});
  v.field("min", label.min, "The least of a continuous label.");
  v.field("max", label.max, "The most of a continuous label.");
  v.field("description", label.description, "One sentence.", {.max_length = 2000});
  v.require(label.type == LabelType::kCategorical || label.values.empty(),
            "values belong to categorical labels");
  v.require(label.type == LabelType::kContinuous || (!label.min && !label.max),
            "min and max belong to continuous labels");
  v.require(!label.min || !label.max || *label.min <= *label.max, "min must not be above max");
}

/// The labels of every tenant: env, region, version, experiment_id, confidence.
std::map<std::string, LabelDefinition> global_labels();

struct LabelCatalog {
  std::optional<tenancy::TenantId> tenant_id;
  std::map<std::string, LabelDefinition>
      labels;  ///< the tenant's own; a global one of the same name gives way

  /// The tenant's definition, else the global one, else null.
  const LabelDefinition* find(std::string_view label) const;
  /// Fails closed: an unknown label is refused.
  bool accepts(std::string_view label, std::string_view value) const;
};
template <class Visitor>
void describe(Visitor& v, LabelCatalog& catalog) {
  v.field("tenant_id", catalog.tenant_id, "Whose file this is; must be the folder's name.");
  v.field("labels", catalog.labels, "By name; over env, region, version, experiment_id and confidence.",
          {.max_length = 200});
}

}  // namespace bailiwick::snapshot
