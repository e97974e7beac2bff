#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/files.h"
#include "base/printing.h"
#include "snapshot/bundle_format.h"

namespace bailiwick::snapshot {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kTenant = "id: acme-corp\nname: Acme\nprograms: [qa]\n";

std::vector<std::string> lines(const ParsedBundle& bundle) {
  std::vector<std::string> out;
  for (const Problem& problem : bundle.problems) out.push_back(problem.where + " " + problem.message);
  return out;
}

FileTexts files_below(const std::filesystem::path& folder) {
  FileTexts files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    std::string path = std::filesystem::relative(entry.path(), folder).string();
    if (entry.is_regular_file() && !path.starts_with("documents/"))
      files[path] = read_file(entry.path(), 1 << 20).value();
  }
  return files;
}

// The commented example has every key of every kind: none is forgotten, and all of it is valid.
TEST(BundleParser, ExampleShowsEveryKeyOfEveryKind) {
  FileTexts files = files_below(std::filesystem::path(BAILIWICK_SOURCE_DIR) / "examples/bundle/north-clinic");
  ParsedBundle bundle = parse_bundle(files, "");
  validate_bundle(bundle, "north-clinic", "");
  EXPECT_THAT(lines(bundle), IsEmpty());
  for (const FileKind& kind : bundle_file_kinds()) {
    if (kind.schema == nullptr) continue;
    std::string path(kind.path == "tests/*.yaml" ? "tests/rules.yaml" : kind.path);
    ASSERT_TRUE(bundle.documents.contains(path)) << path;
    const Node& document = bundle.documents.at(path);
    for (const auto& property : kind.schema().at("properties").as_object()) {
      EXPECT_NE(document.find(property.key()), nullptr) << kind.path << " does not show " << property.key();
    }
  }
  EXPECT_EQ(bundle.files.rules.cedar.size(), 1u);
  EXPECT_EQ(bundle.files.rules.entities.as_array().size(), 1u);
}

// A bundle of one file has the installation's defaults everywhere else.
TEST(BundleParser, OnlyTenantYamlIsRequired) {
  ParsedBundle bundle = parse_bundle({{"tenant.yaml", "id: a\nname: A\n"}}, "");
  EXPECT_THAT(lines(bundle), IsEmpty());
  const Settings& settings = bundle.files.settings;
  EXPECT_EQ(settings.router.routing.primary.provider, "local");
  EXPECT_EQ(settings.slo.slo.latency_p95_ms, 500);
  EXPECT_EQ(settings.slo.slo.saturation.max_mem_percent, 85);
  EXPECT_EQ(settings.slo.burn_alerts.size(), 3u);
  EXPECT_EQ(settings.retention.runs.keep_latest, 200);
  EXPECT_EQ(bundle.tenant.clock_skew, std::chrono::seconds(60));
  EXPECT_THAT(lines(parse_bundle({}, "x/")), ElementsAre(HasSubstr("x/tenant.yaml:1:1 is missing")));
}

// Faults of every file are reported in one pass, each below the place that was given.
TEST(BundleParser, ReportsFaultsOfAllFilesAtOnce) {
  FileTexts files{{"tenant.yaml", "id: Bad_Id\nname: A\nquota: {}\n"},
                  {"router.yaml", "routing:\n  primary: {provider: local}\n"},
                  {"slo.yaml", "slo: {availability: 2}\n"},
                  {"features.yaml", "a: &x 1\n"},
                  {"entities.json", "{\"a\": 1, \"a\": 2}"},
                  {"own.cedar", std::string("permit\0", 7)},
                  {"more.cedar", "\xff"},
                  {"notes.txt", "?"}};
  auto found = lines(parse_bundle(files, "tenants/a/"));
  EXPECT_EQ(found.size(), 9u);
  EXPECT_THAT(found, Contains(HasSubstr("tenants/a/tenant.yaml:1:5 id: ")));
  EXPECT_THAT(found,
              Contains(HasSubstr("tenants/a/tenant.yaml:3:1 quota: unknown key; did you mean 'quotas'?")));
  EXPECT_THAT(found,
              Contains(HasSubstr("tenants/a/router.yaml:2:12 routing/primary/model: 'model' is required")));
  EXPECT_THAT(found, Contains(HasSubstr("tenants/a/slo.yaml:1:21 slo/availability: must be at most")));
  EXPECT_THAT(found, Contains(HasSubstr("tenants/a/features.yaml:1:4 anchors")));
  EXPECT_THAT(found, Contains(HasSubstr("tenants/a/entities.json:1:1 /a: ")));
  EXPECT_THAT(found, Contains(HasSubstr("tenants/a/own.cedar:1:1 NUL")));
  EXPECT_THAT(found, Contains(HasSubstr("tenants/a/more.cedar:1:1 is not UTF-8")));
  EXPECT_THAT(found, Contains(HasSubstr("tenants/a/notes.txt:1:1 is not a file of a bundle")));
}

// Prices are part of tenant.yaml, and a price that cannot be meant is found where it stands.
TEST(BundleParser, RatingRulesAreReadWithTheirPlaces) {
  auto with = [](const std::string& rules) {
    return parse_bundle({{"tenant.yaml", "id: a\nname: A\nbilling:\n  rating:\n    rules:\n" + rules}}, "");
  };
  ParsedBundle good = with("      - {metric: tokens, per: 1000, tiers: [{price: 0.25}]}\n");
  ASSERT_THAT(lines(good), IsEmpty());
  EXPECT_EQ(good.tenant.billing.rating->rules.at(0).tiers.at(0).price.str(), "0.25");
  EXPECT_FALSE(parse_bundle({{"tenant.yaml", kTenant}}, "").tenant.billing.rating);
  EXPECT_THAT(
      lines(with("      - {metric: tokens, per: 1000, tiers: [{price: -1}]}\n")),
      Contains(HasSubstr("tenant.yaml:6:53 billing/rating/rules/0/tiers/0/price: '-1' is not a decimal")));
  EXPECT_THAT(
      lines(with("      - {metric: tokens, when: {modell: x}, tiers: [{price: 1}]}\n")),
      ElementsAre(HasSubstr("tenant.yaml:6:33 billing/rating/rules/0/when/modell: unknown key; did you mean "
                            "'model'?")));
  EXPECT_THAT(
      lines(with("      - {metric: model_cost}\n")),
      ElementsAre(HasSubstr("tenant.yaml:6:9 billing/rating/rules/0: markup_percent: say what is added")));
}

// A program's file is read over the tenant's: given keys replace, others stay; other programs see nothing of
// it.
TEST(BundleParser, ProgramsAreReadOverTheTenant) {
  ParsedBundle bundle =
      parse_bundle({{"tenant.yaml", kTenant},
                    {"policies/retrieval.yaml", "ranking: {k1: 1.2, top_k: 7}\ntrust: {allowlist: [a, b]}\n"},
                    {"programs/qa/policies/retrieval.yaml", "ranking: {top_k: 3}\ntrust: {allowlist: [c]}\n"},
                    {"programs/qa/slo.yaml", "slo: {latency_p95_ms: 90}\n"}},
                   "");
  ASSERT_THAT(lines(bundle), IsEmpty());
  const Settings& qa = bundle.files.settings_of("qa");
  EXPECT_EQ(qa.retrieval.ranking.top_k, 3);
  EXPECT_EQ(qa.retrieval.ranking.k1, 1.2);
  EXPECT_THAT(qa.retrieval.trust.allowlist, ElementsAre("c"));
  EXPECT_EQ(qa.slo.slo.latency_p95_ms, 90);
  EXPECT_EQ(bundle.files.settings_of("other").retrieval.ranking.top_k, 7);
}

// A level of isolation sets all flags; a flag that contradicts it is refused, and custom takes them as given.
TEST(BundleParser, IsolationLevelsSetTheirFlags) {
  auto profile = [](const std::string& isolation) {
    ParsedBundle bundle =
        parse_bundle({{"tenant.yaml", "id: a\nname: A\nisolation: " + isolation + "\n"}}, "");
    return bundle.problems.empty() ? std::optional(bundle.tenant.isolation) : std::nullopt;
  };
  using Level = IsolationLevel;
  EXPECT_EQ(profile("{level: hard}"), (IsolationProfile{Level::kHard, true, true, true}));
  EXPECT_EQ(profile("{level: network-only}"), (IsolationProfile{Level::kNetworkOnly, true, false, false}));
  EXPECT_EQ(profile("{level: soft}"), (IsolationProfile{Level::kSoft, false, false, false}));
  EXPECT_EQ(profile("{level: custom, compute: true}"),
            (IsolationProfile{Level::kCustom, false, false, true}));
  EXPECT_EQ(profile("{level: hard, network: true}"), profile("{level: hard}"));
  EXPECT_EQ(profile("{level: hard, network: false}"), std::nullopt);
  EXPECT_EQ(profile("{level: soft, storage: true}"), std::nullopt);
}

// An inline key is refused, and the refusal does not repeat it, however it is written.
TEST(BundleParser, InlineKeysAreRefusedWithoutEcho) {
  for (const std::string key :
       {"sk-live-51Habc", "'12345678'", "12345678", "env:NOT A NAME sk-live", "file:relative/sk-live"}) {
    FileTexts files{
        {"tenant.yaml", kTenant},
        {"router.yaml",
         "providers:\n  up: {kind: openai, base_url: https://x.example, api_key: " + key + "}\n"}};
    auto found = lines(parse_bundle(files, ""));
    ASSERT_EQ(found.size(), 1u) << key;
    EXPECT_THAT(found[0], HasSubstr("api_key"));
    EXPECT_EQ(found[0].find("sk-live"), std::string::npos);
    EXPECT_EQ(found[0].find("12345678"), std::string::npos);
  }
}

// Any bytes in any file are answered with problems or a bundle, never a crash.
RC_GTEST_PROP(BundleParserProperty, AnyBytesAreAnswered, (const std::string& bytes)) {
  for (const FileKind& kind : bundle_file_kinds()) {
    std::string path = kind.path == "*.cedar" ? "own.cedar" : std::string(kind.path);
    ParsedBundle bundle = parse_bundle({{path, bytes}}, "");
    validate_bundle(bundle, "a", "");
    for (const Problem& problem : bundle.problems)
      RC_ASSERT(!problem.where.empty() && !problem.message.empty());
  }
}

json::value random_value(const json::object& schema, int depth);

json::value random_of(std::string_view type, const json::object& schema, int depth) {
  if (type == "boolean") return *rc::gen::arbitrary<bool>();
  if (type == "integer") return *rc::gen::inRange<std::int64_t>(-2, 1000);
  if (type == "number") return *rc::gen::element(0.0, 0.25, 1.0, 42.5);
  if (type == "string") {
    if (const json::value* words = schema.if_contains("enum")) {
      const json::array& list = words->as_array();
      return list[*rc::gen::inRange<std::size_t>(0, list.size())];
    }
    return json::string(
        *rc::gen::element<std::string>("a", "acme-corp", "7d", "UTC", "https://x.example", "1.2.3", ""));
  }
  if (type == "array") return json::array{random_value(schema.at("items").as_object(), depth - 1)};
  json::object out;
  if (const json::value* properties = schema.if_contains("properties")) {
    for (const auto& property : properties->as_object()) {
      if (*rc::gen::inRange(0, 3) > 0)
        out[property.key()] = random_value(property.value().as_object(), depth - 1);
    }
  } else if (depth > 0) {
    out["some-name"] = random_value(schema.at("additionalProperties").as_object(), depth - 1);
  }
  return out;
}

json::value random_value(const json::object& schema, int depth) {
  if (const json::value* choices = schema.if_contains("anyOf"))
    return random_value(choices->as_array()[0].as_object(), depth);
  const json::value* type = schema.if_contains("type");
  if (type == nullptr) return 1;
  return random_of(type->is_array() ? "number" : std::string_view(type->as_string()), schema, depth);
}

// Documents of the schema's shape meet no unknown key and no wrong type: schema and reader are one
// description.
RC_GTEST_PROP(BundleParserProperty, SchemaShapedDocumentsHaveNoUnknownKeys, ()) {
  for (const FileKind& kind : bundle_file_kinds()) {
    if (kind.schema == nullptr) continue;
    std::string text = to_yaml(random_value(kind.schema(), 8));
    ParsedBundle bundle = parse_bundle({{std::string(kind.path), text}}, "");
    for (const Problem& problem : bundle.problems) {
      bool shape = problem.message.find("unknown key") != std::string::npos ||
                   problem.message.find("expected one of") != std::string::npos ||
                   problem.message.find("expected a ") != std::string::npos;
      bool duration = problem.message.find("duration") != std::string::npos;
      if (shape && !duration)
        RC_FAIL(std::string(kind.name) + "\n" + text + problem.where + " " + problem.message);
    }
  }
}

}  // namespace
}  // namespace bailiwick::snapshot
