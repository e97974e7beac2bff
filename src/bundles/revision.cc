#include "bundles/revision.h"

#include "crypto/hash.h"

namespace bailiwick::bundles {

Manifest manifest_of(const snapshot::FileTexts& files) {
  Manifest manifest;
  for (const auto& [path, text] : files) manifest.emplace(path, crypto::to_hex(crypto::sha256(text)));
  return manifest;
}

std::string revision_of(const Manifest& manifest) {
  return crypto::to_hex(crypto::sha256(canonical_json(to_json_object(manifest)))).substr(0, 16);
}

std::unexpected<Error> invalid_bundle(std::vector<Problem> problems) {
  Error error(ErrorCode::kInvalid, "bundle.invalid", problems.front().message);
  error.problems = std::move(problems);
  return std::unexpected(std::move(error));
}

json::object to_json_object(const std::map<std::string, std::string>& entries) {
  json::object out;
  for (const auto& [key, text] : entries) out.emplace(key, json::string(text));
  return out;
}

Result<std::map<std::string, std::string>> from_json_object(std::string_view text) {
  TRY(json::object object, parse_json_object(text));
  std::map<std::string, std::string> out;
  for (const auto& member : object) {
    BW_CHECK(member.value().is_string());
    out.emplace(member.key(), std::string(member.value().get_string()));
  }
  return out;
}

}  // namespace bailiwick::bundles
