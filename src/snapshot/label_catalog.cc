#include "snapshot/label_catalog.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace bailiwick::snapshot {

bool LabelDefinition::accepts(std::string_view value) const {
  if (type == LabelType::kCategorical) {
    if (values.empty()) return !value.empty() && value.size() <= 256;
    return std::ranges::find(values, value) != values.end();
  }
  double number = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  return error == std::errc() && end == value.data() + value.size() && std::isfinite(number) &&
         (!min || number >= *min) && (!max || number <= *max);
}

std::map<std::string, LabelDefinition> global_labels() {
  auto one_of = [](std::vector<std::string> values, std::string description) {
    return LabelDefinition{LabelType::kCategorical, std::move(values), {}, {}, std::move(description)};
  };
  return {{"env", one_of({"dev", "staging", "prod"}, "Where it ran.")},
          {"region", one_of({"us-east-1", "us-west-2", "eu-west-1"}, "In which region.")},
          {"version", one_of({}, "Of the software that ran.")},
          {"experiment_id", one_of({}, "The experiment that it was part of.")},
          {"confidence", {LabelType::kContinuous, {}, {}, {}, "How sure the answer was."}}};
}

const LabelDefinition* LabelCatalog::find(std::string_view label) const {
  static const std::map<std::string, LabelDefinition> kGlobal = global_labels();
  std::string key(label);
  if (auto own = labels.find(key); own != labels.end()) return &own->second;
  auto global = kGlobal.find(key);
  return global == kGlobal.end() ? nullptr : &global->second;
}

bool LabelCatalog::accepts(std::string_view label, std::string_view value) const {
  const LabelDefinition* definition = find(label);
  return definition != nullptr && definition->accepts(value);
}

}  // namespace bailiwick::snapshot
