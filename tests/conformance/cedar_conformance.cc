// Runs Cedar's integration tests through this engine: `cedar_conformance ROOT [-v]`.
//
// Every `*.json` below ROOT with `policies` is a test: policies, entities and a schema by path from ROOT,
// whether the policies validate, and requests with the decision, the deciding policies and those that fail.
// The engine runs as Cedar's reference does, so a forbid that fails is skipped. Exit 3 when anything differs.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "policy/cedar/entities_json.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/policy_set.h"
#include "policy/cedar/validator.h"

namespace bailiwick::cedar {
namespace {

constexpr std::size_t kMaxFile = std::size_t{64} << 20;

using Ids = std::set<std::string>;

struct Tally {
  int passed = 0, failed = 0, validated = 0, wrong = 0;
};

class Suite {
 public:
  Suite(std::filesystem::path root, bool verbose) : root_(std::move(root)), verbose_(verbose) {}

  Tally run() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
      if (entry.is_regular_file() && entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const auto& file : files) run_file(file);
    return tally_;
  }

 private:
  struct Loaded {
    Schema schema;
    std::vector<Policy> policies;
    Entities entities;
  };

  void run_file(const std::filesystem::path& file) {
    auto text = read_file(file, kMaxFile);
    auto parsed = text ? parse_json(*text, {.nul_bytes = NulBytes::kAllowed})
                       : Result<json::value>(std::unexpected(text.error()));
    if (!parsed && text->contains("\"policies\"")) {
      ++tally_.failed;
      name_ = file.string();
      return complain(parsed.error().message);
    }
    const json::object* test = parsed ? parsed->if_object() : nullptr;
    if (!test || !test->contains("policies")) return;
    name_ = file.lexically_relative(root_).string();
    const json::array& requests = test->at("requests").as_array();
    auto loaded = load(*test);
    if (!loaded) {
      tally_.failed += static_cast<int>(requests.size());
      ++tally_.wrong;
      return complain(to_string(loaded.error().problems) + loaded.error().message);
    }
    check_validation(*loaded, test->at("shouldValidate").as_bool());
    PolicySet set = PolicySet::compile(loaded->policies).value();
    for (const json::value& request : requests) check_request(*loaded, set, request.as_object());
  }

  Result<Loaded> load(const json::object& test) {
    auto path = [&](std::string_view key) { return root_ / std::string(test.at(key).as_string()); };
    Loaded loaded;
    TRY(std::string schema, read_file(path("schema"), kMaxFile));
    bool as_json = path("schema").extension() == ".json";
    TRY(loaded.schema, as_json ? parse_schema_json(schema, "schema") : parse_schema(schema, "schema"));
    TRY(std::string policies, read_file(path("policies"), kMaxFile));
    TRY(loaded.policies, parse_policies(policies, "policies"));
    TRY(std::string entities, read_file(path("entities"), kMaxFile));
    TRY(json::value parsed, parse_json(entities, {.nul_bytes = NulBytes::kAllowed}));
    TRY(loaded.entities, parse_entities(parsed, "entities", &loaded.schema));
    return loaded;
  }

  void check_validation(const Loaded& loaded, bool should_validate) {
    std::string errors;
    for (const Policy& policy : loaded.policies) {
      for (const Finding& finding : validate(policy, loaded.schema).errors) errors += finding.message + "; ";
    }
    bool agrees = errors.empty() == should_validate;
    ++(agrees ? tally_.validated : tally_.wrong);
    if (!agrees)
      complain(should_validate ? "should validate, but: " + errors : "should not validate, but does");
  }

  void check_request(const Loaded& loaded, const PolicySet& set, const json::object& test) {
    Arena arena;
    auto uid = [&](std::string_view key) {
      const json::object& entity = test.at(key).as_object();
      return Uid(arena.copy(entity.at("type").as_string()), arena.copy(entity.at("id").as_string()));
    };
    Request request{uid("principal"), uid("action"), uid("resource")};
    const ActionInfo* action = loaded.schema.action(request.action.to_entity_uid());
    auto context = parse_context(test.at("context"), action ? action->context.get() : nullptr, arena);
    if (!context) return fail_request(test, context.error().message);
    request.context = *context;
    Verdict verdict = set.explain(request, loaded.entities, scratch_, FailedForbid::kCedarCompatible);
    QuickVerdict quick = set.decide(request, loaded.entities, scratch_, FailedForbid::kCedarCompatible);
    Ids deciding, failing;
    for (std::uint32_t index : verdict.deciding) deciding.insert(set.policies()[index].id);
    for (const PolicyFault& fault : verdict.faults) failing.insert(set.policies()[fault.policy].id);
    bool same = quick.allowed == verdict.allowed &&
                verdict.allowed == (test.at("decision").as_string() == "allow") &&
                deciding == ids(test, "reason") && failing == ids(test, "errors");
    if (same) {
      ++tally_.passed;
    } else {
      fail_request(test, fmt::format("{}, by {}, failing {}", verdict.allowed ? "allow" : "deny",
                                     joined(deciding), joined(failing)));
    }
  }

  static Ids ids(const json::object& test, std::string_view key) {
    Ids found;
    for (const json::value& id : test.at(key).as_array()) found.insert(std::string(id.as_string()));
    return found;
  }
  static std::string joined(const Ids& ids) {
    std::string out = "[";
    for (const std::string& id : ids) out += (out.size() > 1 ? ", " : "") + id;
    return out + "]";
  }

  void fail_request(const json::object& test, const std::string& got) {
    ++tally_.failed;
    complain(fmt::format("{}: {}", std::string_view(test.at("description").as_string()), got));
  }
  void complain(const std::string& message) {
    if (verbose_) fmt::print("{}: {}\n", name_, message);
  }

  std::filesystem::path root_;
  bool verbose_;
  std::string name_;
  Scratch scratch_;
  Tally tally_;
};

int run(int argc, char** argv) {
  bool verbose = argc == 3 && std::string_view(argv[2]) == "-v";
  if (argc != 2 && !verbose) {
    fmt::print(stderr, "usage: cedar_conformance ROOT [-v]\n");
    return 2;
  }
  if (!std::filesystem::is_directory(argv[1])) {
    fmt::print(stderr, "cedar_conformance: there is no folder {}\n", argv[1]);
    return 2;
  }
  Tally tally = Suite(argv[1], verbose).run();
  fmt::print("{} passed, {} failed\n{} validated, {} wrong\n", tally.passed, tally.failed, tally.validated,
             tally.wrong);
  return tally.failed == 0 && tally.wrong == 0 && tally.passed > 0 ? 0 : 3;
}

}  // namespace
}  // namespace bailiwick::cedar

int main(int argc, char** argv) {
  try {
    return bailiwick::cedar::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "cedar_conformance: {}\n", error.what());
    return 1;
  }
}
