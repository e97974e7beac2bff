// Any bytes as any file of a bundle: no crash, every refusal has a place, and what was accepted is written
// and read back as the same.
#include <cstdint>

#include "bundles/decision_os.h"
#include "bundles/platform_bundle.h"
#include "bundles/recorded_json.h"
#include "bundles/signature.h"
#include "bundles/trial_frames.h"
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

void read_platform(const snapshot::FileKind& kind, const std::string& text) {
  auto checked =
      bundles::check_platform({{kind.path == "*.cedar" ? "own.cedar" : std::string(kind.path), text}}, "");
  if (!checked && checked.error().problems.empty()) __builtin_trap();
}

/// As an envelope, and as the statement in one that nobody signed for us.
void read_signature(const std::string& text) {
  bundles::SigningRules rules{.tenant = "acme", .scrutiny = bundles::Scrutiny::kContent};
  auto checked = bundles::check_signature(text, {}, "", rules);
  if (!checked && checked.error().problems.empty()) __builtin_trap();
  crypto::Envelope envelope{
      .payload = text, .payload_type = std::string(bundles::kStatementType), .signatures = {{"a", "b"}}};
  auto statement = bundles::statement_of(envelope);
  if (statement && bundles::statement_of(bundles::envelope_of(*statement))->files != statement->files)
    __builtin_trap();
  rules.scrutiny = bundles::Scrutiny::kActivation;
  if (bundles::check_signature(crypto::to_json(envelope), {}, "", rules)) __builtin_trap();
}

/// As what the child of the sandbox is sent, as one decision in it, and as what the child answers.
void read_frames(const std::string& text) {
  (void)bundles::decode_trial("BWT1" + text);
  bundles::Trial trial{.tenant = "acme", .place = "", .files = {}, .guardrails = {}, .recorded = {}};
  auto decision = bundles::recorded_decision_from(text);
  if (decision) {
    auto again = bundles::recorded_decision_from(bundles::to_json(*decision));
    if (!again || bundles::to_json(*again) != bundles::to_json(*decision)) __builtin_trap();
    trial.recorded.decisions.push_back(std::move(*decision));
  }
  std::string length(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) length[i] = static_cast<char>(text.size() >> (8 * i));
  auto report = bundles::decode_report(length + text, trial);
  if (report && report->replay.flips.size() > trial.recorded.decisions.size()) __builtin_trap();
}

}  // namespace

/// The first byte chooses the kind of file; the rest is the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto kinds = snapshot::bundle_file_kinds();
  auto platform = snapshot::platform_file_kinds();
  std::size_t choice = data[0] % (kinds.size() + platform.size() + 3);
  if (choice < kinds.size())
    read_bundle(kinds[choice], text);
  else if (choice - kinds.size() < platform.size())
    read_platform(platform[choice - kinds.size()], text);
  else if (choice - kinds.size() == platform.size())
    read_signature(text);
  else if (choice - kinds.size() == platform.size() + 1)
    read_frames(text);
  else
    (void)bundles::import_decision_os(text, "fuzz.yaml");
  read_document(text);
  return 0;
}
