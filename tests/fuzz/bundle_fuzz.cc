// Any bytes as any file of a bundle: no crash, every refusal has a place, and what was accepted is written
// and read back as the same.
#include <cstdint>

#include "bundles/decision_os.h"
#include "snapshot/bundle_format.h"

namespace {

using namespace bailiwick;

void read_document(std::string_view text) {
  auto tree = parse_yaml(text, "fuzz.yaml");
  if (!tree) {
    if (tree.error().problems.empty()) __builtin_trap();
    return;
  }
  json::value value = to_json(*tree);
  auto again = parse_yaml(to_yaml(value), "again.yaml");
  bool grown = to_yaml(value).size() > (1u << 20);  // quoting may carry a file past the limit
  if (!grown && (!again || canonical_json(to_json(*again)) != canonical_json(value))) __builtin_trap();
}

void read_bundle(const snapshot::FileKind& kind, const std::string& text) {
  std::string path = kind.path == "*.cedar" ? "own.cedar" : std::string(kind.path);
  snapshot::FileTexts files{{"tenant.yaml", "id: acme\nname: Acme\nprograms: [qa]\n"}};
  files[path] = text;
  if (kind.read_settings != nullptr) files["programs/qa/" + path] = text;
  snapshot::ParsedBundle bundle = snapshot::parse_bundle(files, "");
  snapshot::validate_bundle(bundle, "acme", "");
  for (const Problem& problem : bundle.problems) {
    if (problem.where.empty() || problem.message.empty()) __builtin_trap();
  }
}

}  // namespace

/// The first byte chooses the kind of file; the rest is the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto kinds = snapshot::bundle_file_kinds();
  std::size_t choice = data[0] % (kinds.size() + 1);
  if (choice < kinds.size())
    read_bundle(kinds[choice], text);
  else
    (void)bundles::import_decision_os(text, "fuzz.yaml");
  read_document(text);
  return 0;
}
