// Revision: the content of a bundle under one name. Equal files have equal revisions, on any machine.
#pragma once

#include <map>
#include <string>

#include "snapshot/bundle_format.h"

namespace bailiwick::bundles {

/// Path inside the bundle → SHA-256 of the content, in hex.
using Manifest = std::map<std::string, std::string>;

Manifest manifest_of(const snapshot::FileTexts& files);
/// 16 hex digits of the SHA-256 over the manifest's canonical JSON.
std::string revision_of(const Manifest& manifest);

/// kInvalid `bundle.invalid` with these problems, of which there is one at least.
std::unexpected<Error> invalid_bundle(std::vector<Problem> problems);

json::object to_json_object(const std::map<std::string, std::string>& entries);
/// Errors: kInvalid `json.malformed`; a value that is no string is a broken invariant: we wrote it.
Result<std::map<std::string, std::string>> from_json_object(std::string_view text);

}  // namespace bailiwick::bundles
