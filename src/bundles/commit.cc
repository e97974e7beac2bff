#include "bundles/commit.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>

#include "bundles/platform_bundle.h"
#include "bundles/source_folder.h"
#include "bundles/tenant_names.h"
#include "metering/calendar.h"

namespace bailiwick::bundles {
namespace {

constexpr std::int64_t kTierOfActivation = 1;  // changes what tenants get, and is undone by a rollback

std::int64_t people_of(const snapshot::GovernancePolicy& policy) {
  std::int64_t people = policy.two_person_from_tier <= kTierOfActivation ? 2 : 1;
  for (const snapshot::ApprovalRule& rule : policy.approvals) {
    if (rule.subject == snapshot::ApprovalSubject::kPolicyChange)
      people = std::max(people, rule.approvals_required);
  }
  return people;
}

}  // namespace

std::int64_t people_to_sign(const snapshot::BundleFiles& files) {
  std::int64_t people = people_of(files.settings.governance);
  for (const auto& [program, settings] : files.programs)
    people = std::max(people, people_of(settings.governance));
  return people;
}

Result<snapshot::ParsedBundle> validate_files(const snapshot::FileTexts& files, std::string_view folder,
                                              std::string_view place,
                                              const snapshot::PlatformQuotas& platform) {
  snapshot::ParsedBundle parsed = snapshot::parse_bundle(files, place);
  snapshot::validate_bundle(parsed, folder, place, platform);
  if (!parsed.problems.empty()) return invalid_bundle(std::move(parsed.problems));
  return parsed;
}

CheckedBundle checked_bundle(snapshot::ParsedBundle valid, const snapshot::FileTexts& files,
                             const snapshot::PlatformQuotas& platform) {
  snapshot::QuotaOrigins inherited = inherit(valid.tenant.quotas, valid.tenant.plan, platform);
  CheckedBundle checked{.tenant = std::move(valid.tenant),
                        .inherited = std::move(inherited),
                        .files = std::make_shared<const snapshot::BundleFiles>(std::move(valid.files)),
                        .limits = {},
                        .revision = revision_of(manifest_of(files)),
                        .signature = {}};
  checked.limits = snapshot::limits_of(checked.tenant, *checked.files);
  return checked;
}

Status try_out(const Sandbox& sandbox, const Trial& trial) {
  TRY(TrialReport report, sandbox.run(trial));
  if (!report.problems.empty()) return invalid_bundle(std::move(report.problems));
  return {};
}

Result<CheckedBundle> check_bundle(const Sandbox& sandbox, const snapshot::FileTexts& files,
                                   std::string_view folder, std::string_view place) {
  TRY(snapshot::ParsedBundle valid, validate_files(files, folder, place));
  CHECK_OK(try_out(
      sandbox,
      {.tenant = std::string(folder), .place = std::string(place), .files = files, .guardrails = {}}));
  return checked_bundle(std::move(valid), files);
}

Result<CheckedBundle> check_again(const snapshot::FileTexts& files, std::string_view folder,
                                  std::string_view place, const snapshot::PlatformQuotas& platform) {
  TRY(snapshot::ParsedBundle valid, validate_files(files, folder, place, platform));
  if (auto zone = metering::Calendar::in(valid.tenant.time_zone); !zone)
    return invalid_bundle({{fmt::format("{}tenant.yaml:1:1", place), zone.error().message}});
  return checked_bundle(std::move(valid), files, platform);
}

namespace {

/// What holds for all folders of one tree.
struct Surroundings {
  const Sandbox& sandbox;
  snapshot::PlatformQuotas quotas;
  snapshot::FileTexts guardrails;
  std::vector<snapshot::Signer> signers;
  WallTime now{};
};

void check_signature_of(const TenantFolder& source, const SigningRules& rules, FolderCheck& check) {
  if (!source.envelope) return;
  auto found = check_signature(*source.envelope, manifest_of(source.files), source.place, rules);
  check.signers_known = rules.scrutiny != Scrutiny::kContent;
  if (found)
    check.signature = std::move(*found);
  else
    std::ranges::move(found.error().problems, std::back_inserter(check.problems));
}

/// Stages 1 to 3, and how many of its own tests were decided.
Result<CheckedBundle> check_content(const TenantFolder& source, const Surroundings& around,
                                    std::int64_t& tests) {
  TRY(snapshot::ParsedBundle valid, validate_files(source.files, source.name, source.place, around.quotas));
  TRY(TrialReport report, around.sandbox.run({.tenant = source.name,
                                              .place = source.place,
                                              .files = source.files,
                                              .guardrails = around.guardrails}));
  tests = report.tests;
  if (!report.problems.empty()) return invalid_bundle(std::move(report.problems));
  return checked_bundle(std::move(valid), source.files, around.quotas);
}

FolderCheck check_folder(TenantFolder& source, const Surroundings& around, TenantNames& names) {
  FolderCheck check{.tenant = source.name, .revision = {}, .problems = std::move(source.problems)};
  if (source.files.empty() && !check.problems.empty()) return check;
  SigningRules rules{
      .tenant = source.name, .signers = around.signers, .only = {}, .people = 1, .now = around.now};
  if (around.signers.empty()) rules.scrutiny = Scrutiny::kContent;
  auto bundle = check_content(source, around, check.tests);
  if (bundle) {
    rules.only = bundle->files->settings.governance.signers;
    rules.people = people_to_sign(*bundle->files);
  }
  check_signature_of(source, rules, check);
  if (!bundle) {
    Error& error = bundle.error();
    if (error.problems.empty())
      error.problems.push_back({fmt::format("{}tenant.yaml:1:1", source.place), error.message});
    std::ranges::move(error.problems, std::back_inserter(check.problems));
    return check;
  }
  if (auto taken = names.claim(bundle->tenant); !taken)
    check.problems.push_back({fmt::format("{}tenant.yaml:1:1", source.place), taken.error().message});
  if (!check.problems.empty()) return check;
  check.revision = bundle->revision;
  check.quotas = bundle->tenant.quotas;
  check.inherited = std::move(bundle->inherited);
  return check;
}

FolderCheck check_platform_folder(TenantFolder& source, Surroundings& around) {
  FolderCheck check{.tenant = source.name, .revision = {}, .problems = std::move(source.problems)};
  SigningRules rules{.tenant = kPlatformFolder, .signers = {}, .only = {}, .scrutiny = Scrutiny::kContent};
  check_signature_of(source, rules, check);
  auto bundle = check_platform(source.files, source.place);
  if (!bundle) {
    std::ranges::move(bundle.error().problems, std::back_inserter(check.problems));
    return check;
  }
  around.quotas = bundle->quotas;
  around.signers = bundle->signers;
  around.guardrails = guardrail_files(bundle->files);
  if (check.problems.empty()) check.revision = bundle->revision;
  return check;
}

}  // namespace

Result<std::vector<FolderCheck>> validate_folder(const Sandbox& sandbox, const std::filesystem::path& folder,
                                                 WallTime now) {
  SourceTree tree;
  std::error_code ignored;
  bool one_tenant = std::filesystem::exists(folder / "tenant.yaml", ignored);
  if (one_tenant) {
    tree.tenants.push_back(read_tenant_folder(folder));
    std::filesystem::path beside = folder / ".." / kPlatformFolder;
    if (std::filesystem::is_directory(beside, ignored)) tree.platform = read_tenant_folder(beside);
  } else {
    TRY(tree, FolderSource(folder).read());
  }
  std::vector<FolderCheck> checks;
  Surroundings around{.sandbox = sandbox, .quotas = {}, .guardrails = {}, .signers = {}, .now = now};
  if (tree.platform) {
    FolderCheck check = check_platform_folder(*tree.platform, around);
    if (!one_tenant || !check.problems.empty()) checks.push_back(std::move(check));
  }
  TenantNames names;
  for (TenantFolder& source : tree.tenants) checks.push_back(check_folder(source, around, names));
  return checks;
}

}  // namespace bailiwick::bundles
