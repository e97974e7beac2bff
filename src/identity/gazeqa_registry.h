// GazeQA's token registry, read beside our own tokens: a JSON map
// `{token: {organization, organization_slug, actor_role, scopes[]}}` from the settings and from files that
// are read again when they change. Roles: qa_runner = operator, qa_viewer = viewer, admin = admin; an unknown
// role is a viewer. Scopes narrow as they do there (`runs:create`, `runs:*`, `*`); missing ones are the
// role's defaults.
#pragma once

#include <filesystem>
#include <span>

#include "identity/token_table.h"

namespace bailiwick::identity {

/// Errors: kInvalid `registry.invalid` with a JSON pointer per fault. A token never stands in an error.
Result<std::vector<TokenPtr>> parse_gazeqa_registry(std::string_view json_text, const TokenTable& table,
                                                    WallTime now);

/// Watches the sources. Not thread-safe: one caller, every second or so.
class GazeqaRegistry {
 public:
  /// `inline_json` may be empty.
  GazeqaRegistry(TokenTable& table, const Clock& clock, std::string inline_json,
                 std::vector<std::filesystem::path> files)
      : table_(table), clock_(clock), inline_json_(std::move(inline_json)), files_(std::move(files)) {}

  /// Reads what changed and replaces all registry tokens at once. A bad or absent file keeps the old tokens
  /// and is an error: kInvalid `registry.invalid`, kUnavailable `registry.unreadable`.
  /// The error's detail names the refused file and its time, so that two refusals can be told apart.
  Status refresh();

 private:
  Result<std::vector<TokenPtr>> read(std::span<const std::filesystem::file_time_type> times) const;

  TokenTable& table_;
  const Clock& clock_;
  std::string inline_json_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::filesystem::file_time_type> read_at_;  ///< the time of each file, as it was read
  bool loaded_ = false;
};

}  // namespace bailiwick::identity
