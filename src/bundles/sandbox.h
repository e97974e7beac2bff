// Stage 3 of a bundle: what it says is tried out on made-up input before it is let near a tenant.
#pragma once

#include "snapshot/bundle_format.h"

namespace bailiwick::bundles {

/// Looks the time zone up, compiles every forbidden pattern and has it find itself, cuts and searches a
/// sample document under every retrieval policy. Touches no tenant's data. Bounded by the size of the bundle.
std::vector<Problem> run_in_sandbox(const snapshot::ParsedBundle& bundle, std::string_view place);

}  // namespace bailiwick::bundles
