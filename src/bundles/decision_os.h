// Import of DecisionOS tenants: one flat YAML file becomes a bundle of ours.
//
// Nothing is lost in silence: what has no place of its own goes to `metadata.extra`, and every change of
// meaning is a note for a person to read. The result has passed the same checks as any bundle.
#pragma once

#include "snapshot/bundle_format.h"

namespace bailiwick::bundles {

struct ImportedBundle {
  std::string tenant;
  snapshot::FileTexts files;
  std::vector<std::string> notes;
};

/// `file` is what problems name. Errors: kInvalid `import.invalid` with every problem: ids that are no slug
/// (`-`), unknown keys, limits that are not positive.
Result<ImportedBundle> import_decision_os(std::string_view text, std::string_view file);

}  // namespace bailiwick::bundles
