// `?dry_run=true`: what a change would make, without making it.
#pragma once

#include "bundles/registry.h"
#include "edge/call.h"

namespace bailiwick::api {

/// Errors: kInvalid `query.dry_run`.
inline Result<bundles::Apply> apply_of(const edge::CallBase& call) {
  std::string_view dry = call.query("dry_run");
  if (dry.empty() || dry == "false") return bundles::Apply::kCommit;
  if (dry == "true") return bundles::Apply::kDryRun;
  return fail(ErrorCode::kInvalid, "query.dry_run", "dry_run is true or false");
}

inline constexpr std::pair<std::string_view, std::string_view> kDryRunQuery{
    "dry_run", "true: check everything, change nothing."};

}  // namespace bailiwick::api
