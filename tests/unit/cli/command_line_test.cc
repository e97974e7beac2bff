// The command line without a server: help, mistakes, completion, exit codes, and the commands on local files.
#include "cli/command_line.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "bundles/sandbox.h"
#include "support/temp_folder.h"

namespace bailiwick::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Said {
  int exit = -1;
  std::string out, err;
};

/// Nothing listens there.
constexpr const char* kNoServer = "http://127.0.0.1:9";

Said run(const std::vector<std::string>& words, std::map<std::string, std::string> environment = {}) {
  std::ostringstream out, err;
  Context context;
  environment.try_emplace("BAILIWICK_URL", kNoServer);
  context.environment = std::move(environment);
  context.out = &out;
  context.err = &err;
  bundles::InProcessSandbox sandbox;
  context.sandbox = &sandbox;
  int exit = run_command_line(words, context, {});
  return {exit, out.str(), err.str()};
}
std::string completed(std::vector<std::string> words) {
  words.insert(words.begin(), {"__complete", "--"});
  return run(words).out;
}

class CommandLine : public testing::Test {
 protected:
  std::string put(const std::string& path, std::string_view text) {
    std::filesystem::create_directories((temp_ / path).parent_path());
    EXPECT_TRUE(write_file_atomically(temp_ / path, text));
    return (temp_ / path).string();
  }
  testing_support::TempFolder temp_;
};

TEST_F(CommandLine, HelpIsThereInEachWayThatPeopleAskForIt) {
  std::string direct = run({"tenants", "create", "--help"}).out;
  EXPECT_THAT(direct, HasSubstr("Usage: bailiwick tenants create"));
  EXPECT_EQ(run({"help", "tenants", "create"}).out, direct);
  EXPECT_EQ(run({"help"}).out, run({"--help"}).out);
  EXPECT_EQ(run({"help"}).exit, 0);
  for (const std::vector<std::string>& noun : {std::vector<std::string>{}, {"tenants"}, {"bundle"}}) {
    Said bare = run(noun);
    EXPECT_EQ(bare.exit, 2);
    EXPECT_THAT(bare.err, HasSubstr("Subcommands:"));
    EXPECT_THAT(bare.out, IsEmpty());
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST_F(CommandLine, EveryCommandSaysWhatItIsFor) {
  std::size_t commands = 0;
  for (const std::string& noun : lines_of(completed({""}))) {
    std::vector<std::string> verbs = lines_of(completed({noun, ""}));
    verbs.emplace_back("");
    for (const std::string& verb : verbs) {
      Said help = verb.empty() ? run({noun, "--help"}) : run({noun, verb, "--help"});
      EXPECT_EQ(help.exit, 0) << noun << ' ' << verb;
      EXPECT_THAT(help.out, Not(StartsWith("Usage:"))) << noun << ' ' << verb << " has no description";
      ++commands;
    }
  }
  EXPECT_GT(commands, 40u);
}

TEST_F(CommandLine, MistakesAreUsageErrorsWithAHint) {
  Said near = run({"tenants", "lisst"});
  EXPECT_EQ(near.exit, 2);
  EXPECT_EQ(near.err, "bailiwick: there is no command 'lisst'; did you mean 'list'?\n");
  EXPECT_EQ(run({"zzzzzzzz"}).err, "bailiwick: there is no command 'zzzzzzzz'; see `bailiwick --help`\n");
  EXPECT_EQ(run({"help", "tenats"}).err,
            "bailiwick: there is no command 'tenats'; did you mean 'tenants'?\n");
  Said missing = run({"tenants", "get"});
  EXPECT_EQ(missing.exit, 2);
  EXPECT_THAT(missing.err, HasSubstr("see `bailiwick tenants get --help`"));
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{"tenants", "list", "--nope"},
        {"tenants", "create", "a", "--plan", "gold"},
        {"tokens", "create", "--tenant", "a", "--role", "platform-admin"},
        {"tokens", "list"},
        {"tenants", "delete", "acme-corp"},
        {"policy", "explain"},
        {"policy", "explain", "req_1"},
        {"policy", "explain", "--tenant", "a", "0"},
        {"policy", "explain", "--tenant", "a", "a b"},
        {"policy", "explain", "--tenant", "a", ""},
        {"evaluate", "--tenant", "a", "f=1"},
        {"evaluate", "--tenant", "a", "--samples", "1"},
        {"evaluate", "--tenant", "a", "--samples", "1", "f"},
        {"evaluate", "--tenant", "a", "--samples", "1", "f=nan"},
        {"evaluate", "--tenant", "a", "--samples", "1", "f=1", "f=2"},
        {"evaluate", "--tenant", "a", "--samples", "1", "f=1", "--file", "x.json"},
        {"evaluate", "--samples", "1", "f=1"},
        {"usage", "report"},
        {"usage", "report", "--tenant", "a", "--month", "2026-11", "--from", "2026-11-01"},
        {"usage", "invoice", "--tenant", "a"},
        {"tenants", "list", "-o", "csv"},
        {"api", "GET", "v1/whoami"}}) {
    EXPECT_EQ(run(bad).exit, 2) << bad[1];
  }
}

// Scripts tell what went wrong by the exit code, and programs by a word.
TEST_F(CommandLine, NoServerIsExit7) {
  Said table = run({"tenants", "list"});
  EXPECT_EQ(table.exit, 7);
  EXPECT_THAT(table.err, HasSubstr(kNoServer));
  EXPECT_THAT(table.err, Not(HasSubstr("--ca-file")));
  EXPECT_THAT(run({"tenants", "list", "-o", "json"}).err,
              StartsWith(R"({"error":{"code":"server.unreachable")"));
  EXPECT_THAT(run({"tenants", "list", "--url", "https://127.0.0.1:9"}).err, HasSubstr("--ca-file"));
  Said doctor = run({"doctor"});
  EXPECT_EQ(doctor.exit, 1);
  EXPECT_THAT(doctor.out, HasSubstr("false"));
}

TEST_F(CommandLine, CsvIsForUsage) {
  EXPECT_THAT(run({"tenants", "list", "-o", "csv"}).err,
              HasSubstr("`usage report`, `usage invoice` and `capacity` print csv"));
  EXPECT_EQ(run({"usage", "report", "--tenant", "a", "-o", "csv"}).exit, 7)
      << "good: only the server is missing";
  EXPECT_EQ(run({"usage", "invoice", "--tenant", "a", "--month", "2026-11", "-o", "csv"}).exit, 7);
  EXPECT_EQ(completed({"usage", ""}), "report\ninvoice\n");
}

TEST_F(CommandLine, CapacitySaysWhatWasMeasured) {
  std::string measured = put("run.json", R"({"measured": {"cpu_us": 60, "base_mib": 60}})");
  Said json_said = run({"capacity", "--measured", measured, "--base-mib", "30", "--tenants", "100", "--rates",
                        "1000,2000", "-o", "json"});
  ASSERT_EQ(json_said.exit, 0) << json_said.err;
  json::value whole = parse_json(json_said.out).value();
  EXPECT_EQ(whole.at("rows").as_array().size(), 2u);
  EXPECT_DOUBLE_EQ(whole.at("rows").at(0).at("cores").as_double(), 0.1);
  EXPECT_EQ(whole.at("inputs").at(0).at("source"), json::value("measured: " + measured));
  EXPECT_EQ(whole.at("inputs").at(1).at("source"), json::value("assumed"));
  EXPECT_EQ(whole.at("inputs").at(3).at("source"), json::value("given"));
  EXPECT_THAT(run({"capacity"}).out, HasSubstr("DISK GIB/DAY"));
  EXPECT_THAT(run({"capacity", "-o", "csv"}).out, StartsWith("tenants,requests_per_second,cores,"));
  EXPECT_EQ(run({"capacity", "--headroom", "2"}).exit, 2);
  EXPECT_EQ(run({"capacity", "--rates", "fast"}).exit, 2);
  EXPECT_EQ(run({"capacity", "--measured", put("none.json", "{}")}).exit, 1);
}

TEST_F(CommandLine, ASoakIsRefusedBeforeItBegins) {
  constexpr const char* kGood = R"({"name": "n", "tenants": [{"tenant": "a", "token": "env:A_TOKEN"}],
                                    "phases": [{"kind": "steady", "duration": "1s", "rate": 1}]})";
  std::string good = put("good.json", kGood);
  EXPECT_EQ(run({"soak"}).exit, 2);
  EXPECT_EQ(run({"soak", "--scenario", (temp_ / "none.json").string()}).exit, 5);
  Said bad = run({"soak", "--scenario", put("bad.json", R"({"name": "n", "speed": 1})")});
  EXPECT_EQ(bad.exit, 1);
  EXPECT_THAT(bad.err, HasSubstr("bad.json:1:"));
  Said no_token = run({"soak", "--scenario", good});
  EXPECT_EQ(no_token.exit, 4);
  EXPECT_THAT(no_token.err, HasSubstr("A_TOKEN is not set"));
  EXPECT_EQ(run({"soak", "--scenario", good}, {{"A_TOKEN", "t"}}).exit, 7)
      << "good: only the server is missing";
  EXPECT_EQ(run({"soak", "--scenario", good, "--for", "2d"}).exit, 2);
  EXPECT_EQ(run({"soak", "--scenario", good, "--spawn", "--pid", "3"}).exit, 2);
  EXPECT_EQ(completed({"soak", "--sc"}), "--scenario\n");
}

TEST_F(CommandLine, ARecordIsNamedByItsSequenceOrItsRequest) {
  EXPECT_THAT(run({"policy", "explain", "--tenant", "a", "req 1"}).err,
              HasSubstr("'req 1' names no record: give its sequence"));
  EXPECT_EQ(run({"policy", "explain", "--tenant", "a", "17"}).exit, 7) << "good: only the server is missing";
  EXPECT_EQ(run({"policy", "explain", "--tenant", "a", "req_1.b-c"}).exit, 7);
  EXPECT_EQ(completed({"policy", "ex"}), "explain\n");
}

TEST_F(CommandLine, ScoresAreWordsOrAFile) {
  std::vector<std::string> words{"evaluate", "--tenant", "a", "--samples", "20"};
  auto with = [&](std::initializer_list<std::string> more) {
    std::vector<std::string> all = words;
    all.insert(all.end(), more);
    return run(all);
  };
  EXPECT_EQ(with({"faithfulness=0.91", "ndcg@10=.5"}).exit, 7) << "good: only the server is missing";
  EXPECT_EQ(with({"--file", put("scores.json", R"({"faithfulness": 0.91})")}).exit, 7);
  EXPECT_EQ(with({"--file", put("bad.json", "{")}).exit, 1);
  EXPECT_EQ(with({"--file", (temp_ / "none.json").string()}).exit, 5);
  EXPECT_THAT(with({"faithfulness"}).err,
              HasSubstr("'faithfulness' is no score; write its name and a number"));
  EXPECT_EQ(completed({"evaluate", "--sam"}), "--samples\n");
}

TEST_F(CommandLine, CompletionKnowsCommandsOptionsAndTheirWords) {
  EXPECT_EQ(completed({"ten"}), "tenants\n");
  EXPECT_EQ(completed({"tenants", "s"}), "suspend\n");
  EXPECT_EQ(completed({"tenants", "create", "--dry"}), "--dry-run\n");
  EXPECT_EQ(completed({"tenants", "create", "--plan", ""}), "free\nbasic\npro\nenterprise\n");
  EXPECT_EQ(completed({"-o", "j"}), "json\n");
  EXPECT_EQ(completed({"completion", ""}), "bash\nzsh\nfish\n");
  EXPECT_EQ(completed({"tenants", "get", ""}), "") << "a server that does not answer is no error here";
  EXPECT_EQ(completed({"config", "show", "--config", ""}), "") << "the shell completes files";
  for (const char* shell : {"bash", "zsh", "fish"}) {
    EXPECT_THAT(run({"completion", shell}).out, HasSubstr("bailiwick __complete --")) << shell;
  }
}

TEST_F(CommandLine, ValuesOfListsDoNotEatWhatFollows) {
  // The id after the label is the id: without a server the call fails only for want of one.
  EXPECT_EQ(run({"tenants", "create", "--label", "a=b", "acme-corp"}).exit, 7);
  EXPECT_EQ(run({"api", "-H", "X-A: b", "GET", "/v1/whoami"}).exit, 7);
}

TEST_F(CommandLine, BundleValidateNamesEveryPlace) {
  put("tenants/good-co/tenant.yaml", "id: good-co\nname: Good\n");
  std::string folder = (temp_ / "tenants").string();
  Said good = run({"bundle", "validate", folder});
  EXPECT_EQ(good.exit, 0);
  EXPECT_THAT(good.out, StartsWith("good-co: good, revision "));
  put("tenants/bad-co/tenant.yaml", "id: bad-co\nname: Bad\nplan: gold\nfoo: 1\n");
  Said bad = run({"bundle", "validate", folder});
  EXPECT_EQ(bad.exit, 3);
  EXPECT_THAT(bad.out, HasSubstr("bad-co/tenant.yaml:3:7: plan: "));
  EXPECT_THAT(bad.out, HasSubstr("bad-co/tenant.yaml:4:1: foo: unknown key"));
  json::value rows = parse_json(run({"bundle", "validate", folder, "-o", "json"}).out).value();
  EXPECT_EQ(rows.at(0).at("problems").as_array().size(), 2u);
}

TEST_F(CommandLine, BundleImportWritesAFolderOnce) {
  std::string file =
      put("gamma.yaml",
          "tenant_id: gamma-co\nname: Gamma\nstatus: active\ncreated_at: 2025-01-01T00:00:00Z\n"
          "updated_at: 2025-01-01T00:00:00Z\nlimits: {max_qps: 5}\n");
  std::string into = (temp_ / "into").string();
  Said first = run({"bundle", "import", file, "--into", into});
  EXPECT_EQ(first.exit, 0) << first.err;
  EXPECT_EQ(first.out, into + "/gamma-co\n");
  EXPECT_THAT(first.err, HasSubstr("note: limits: max_qps became quotas.max_requests_per_second"));
  EXPECT_EQ(run({"bundle", "validate", into}).exit, 0);
  EXPECT_EQ(run({"bundle", "import", file, "--into", into}).exit, 6);
}

TEST_F(CommandLine, ConfigShowHidesSecretsAndNamesOrigins) {
  std::string file = put("bailiwick.yaml", "server:\n  listen: 127.0.0.1:1\n");
  Said shown =
      run({"config", "show", "-c", file, "--origin"},
          {{"GAZEQA_API_TOKEN_REGISTRY", R"({"canary-token":{}})"}, {"BAILIWICK__LOG__LEVEL", "warn"}});
  EXPECT_EQ(shown.exit, 0);
  EXPECT_THAT(shown.out, HasSubstr(file + ":2:3"));
  EXPECT_THAT(shown.out, HasSubstr("env BAILIWICK__LOG__LEVEL"));
  EXPECT_THAT(shown.out, HasSubstr("(hidden)"));
  EXPECT_THAT(shown.out + shown.err, Not(HasSubstr("canary")));
  Said wrong = run({"config", "validate", put("wrong.yaml", "server:\n  lisen: x\n")});
  EXPECT_EQ(wrong.exit, 1);
  EXPECT_THAT(wrong.err, HasSubstr("wrong.yaml:2:3: unknown setting 'server.lisen'; did you mean"));
}

TEST_F(CommandLine, VersionIsAWordForPeopleAndAKeyForPrograms) {
  EXPECT_EQ(run({"version"}).out, run({"--version"}).out);
  EXPECT_THAT(run({"version", "-o", "json"}).out, HasSubstr("\"version\": "));
}

TEST_F(CommandLine, RulesAreCheckedFormattedAndShown) {
  std::string good = put(
      "good.cedar", "@id(\"r\") forbid(principal,action==Bailiwick::Action::\"ask\",resource)when{true};");
  Said checked = run({"policy", "check", good});
  EXPECT_EQ(checked.exit, 0) << checked.err;
  EXPECT_EQ(checked.out, "good: 1 rule of operations\n");
  std::string bad = put("bad.cedar", "permit(principal, action, resource)\nwhen { 1 == };");
  Said faulty = run({"policy", "check", bad});
  EXPECT_EQ(faulty.exit, 3);
  EXPECT_THAT(faulty.out, HasSubstr("bad.cedar:2:13: expected an expression, found `}`"));

  EXPECT_EQ(run({"policy", "format", "--write", good}).exit, 0);
  EXPECT_EQ(read_file(good, 1000).value(),
            "@id(\"r\")\nforbid (\n  principal,\n  action == Bailiwick::Action::\"ask\",\n  "
            "resource\n)\nwhen { true };\n");
  std::string remarked = put("remarked.cedar", "// why\npermit(principal, action, resource);");
  EXPECT_THAT(run({"policy", "format", remarked}).err, HasSubstr("comments"));

  Said shown = run({"policy", "show", good, "--as", "json"});
  EXPECT_EQ(shown.exit, 0) << shown.err;
  std::string json = put("set.json", shown.out);
  EXPECT_EQ(run({"policy", "show", json}).out, read_file(good, 1000).value());
  EXPECT_THAT(run({"policy", "show", "--roles"}).out,
              HasSubstr("principal in Bailiwick::TenantRole::\"operator\""));
  EXPECT_EQ(run({"policy", "show", "--roles", good}).exit, 2);
  EXPECT_THAT(run({"policy", "schema", "--roles"}).out, HasSubstr("entity TenantRole"));
  EXPECT_THAT(run({"policy", "schema"}).out,
              HasSubstr("action \"corpus.read\" in [\"content\", \"corpus\"]"));
}

TEST_F(CommandLine, EveryRuleOfABundleIsShownWithItsOrigin) {
  put("tenants/acme/tenant.yaml", "id: acme\nname: Acme\nprograms: [p]\n");
  put("tenants/acme/own.cedar",
      "@id(\"c\") forbid(principal, action == Bailiwick::Action::\"ask\", resource);");
  put("tenants/acme/policies/governance.yaml",
      "rules:\n  - {id: y, effect: forbid, actions: [corpus], priority: security, labels: [a, b]}\n");
  put("tenants/acme/programs/p/policies/governance.yaml",
      "rules:\n  - {id: z, effect: permit, actions: [corpus]}\n");
  put("tenants/acme/policies/retrieval.yaml", "trust: {min_trust_score: 0.4, forbidden_patterns: [a b]}\n");
  std::string folder = (temp_ / "tenants/acme").string();
  Said shown = run({"policy", "show", "--bundle", folder});
  EXPECT_EQ(shown.exit, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("own.cedar:1:1\n@id(\"c\")\nforbid (\n"));
  EXPECT_THAT(shown.out, HasSubstr("policies/governance.yaml:2:5\n@id(\"y\")\n@priority(\"security\")\n"
                                   "@labels(\"a,b\")\nforbid (\n  principal,\n"));
  EXPECT_THAT(shown.out, HasSubstr("resource in Bailiwick::Program::\"p\""));
  EXPECT_THAT(shown.out,
              HasSubstr("policies/retrieval.yaml:1:26, kept by the search's guard, document by document:\n"
                        "//   @id(\"retrieval.trust\")\n"));
  EXPECT_THAT(shown.out, HasSubstr("//   when { context.document.trust.lessThan(decimal(\"0.4000\")) };\n"));
  EXPECT_THAT(shown.out, HasSubstr("//   when { context.document.patterns.containsAny([\"a b\"]) };\n"));
  std::string again = put("again.cedar", shown.out);
  EXPECT_EQ(run({"policy", "check", again}).out, "good: 3 rules of operations\n");

  Said json = run({"policy", "show", folder, "-o", "json"});
  EXPECT_THAT(json.out, HasSubstr("\"speaks_of\": \"operations\""));
  EXPECT_THAT(json.out, HasSubstr("\"action\": \"action in Bailiwick::Action::\\\"corpus\\\"\""));
  EXPECT_THAT(run({"policy", "show", folder, "--as", "table"}).out, HasSubstr("PRIORITY"));
  EXPECT_THAT(run({"policy", "show", folder, "--as", "yaml"}).out, HasSubstr("rules:"));

  Said conflicts = run({"policy", "conflicts", (temp_ / "tenants").string()});
  EXPECT_EQ(conflicts.exit, 3) << conflicts.err;
  EXPECT_THAT(conflicts.out, HasSubstr("programs/p/policies/governance.yaml:2:5: error shadowed"));
  EXPECT_THAT(conflicts.out, HasSubstr("3 rules, 1 finding"));

  put("tenants/acme/data-sovereignty.yaml",
      "data_sovereignty:\n  region: us-1\n  forbidden_regions: [cn-*]\n");
  EXPECT_THAT(run({"policy", "show", folder}).out,
              HasSubstr("data-sovereignty.yaml:3:22\n@id(\"sovereignty.region\")\n"));
  EXPECT_THAT(run({"policy", "conflicts", folder}).out, HasSubstr("4 rules, "));
  put("tenants/acme/policies/governance.yaml",
      "rules:\n  - {id: y, effect: forbid, actions: [corpus], when: \"1 +\"}\n");
  Said faulty = run({"policy", "show", folder});
  EXPECT_EQ(faulty.exit, 3);
  EXPECT_THAT(faulty.out, HasSubstr("policies/governance.yaml:2:58: when: expected"));
  EXPECT_EQ(run({"policy", "conflicts", folder}).exit, 3);
  EXPECT_EQ(run({"policy", "show"}).exit, 2);
}

// A program's thresholds are read over the tenant's, also from files that are named one by one.
TEST_F(CommandLine, ThresholdsAreRulesThatAreShownAndCompared) {
  put("tenants/acme/tenant.yaml", "id: acme\nname: Acme\nprograms: [p]\n");
  std::string tenants = put("tenants/acme/policies/evaluation.yaml",
                            "thresholds:\n  a: {min: 0.5, critical: true}\n  b: {max: 2}\n");
  std::string programs = put("tenants/acme/programs/p/policies/evaluation.yaml",
                             "thresholds: {a: {min: 0.1, priority: security}, b: {max: 2}}\n");
  put("tenants/acme/own.cedar",
      "@id(\"c\") permit(principal, action == Bailiwick::Action::\"evaluations.judge\", resource);");
  std::string folder = (temp_ / "tenants/acme").string();
  Said shown = run({"policy", "show", folder, "--as", "cedar"});
  EXPECT_EQ(shown.exit, 0) << shown.err << shown.out;
  EXPECT_THAT(shown.out, HasSubstr("policies/evaluation.yaml:2:6\n@id(\"evaluation.a\")\n"));
  EXPECT_THAT(shown.out, HasSubstr("\nunless { resource in Bailiwick::Program::\"p\" };"));
  EXPECT_THAT(shown.out, HasSubstr("programs/p/policies/evaluation.yaml:1:17\n@id(\"evaluation.p.a\")\n"));

  Said all = run({"policy", "conflicts", folder});
  EXPECT_EQ(all.exit, 0) << all.err << all.out;
  EXPECT_THAT(all.out, HasSubstr("own.cedar:1:1: notice overlap: `evaluation.a` forbids some requests"));
  EXPECT_THAT(all.out, HasSubstr("  the other: " + programs + ":1:17\n"));
  EXPECT_THAT(all.out, HasSubstr("\n4 rules, 3 findings\n"));
  EXPECT_THAT(all.out, Not(HasSubstr("undecided")));
  Said named = run({"policy", "conflicts", tenants, "--proposed", programs, "-o", "json"});
  EXPECT_EQ(named.exit, 0) << named.err << named.out;
  EXPECT_EQ(run({"policy", "conflicts", tenants, "--proposed", programs}).out, "3 rules, 0 findings\n");
  Said faulty =
      run({"policy", "conflicts", put("x/policies/evaluation.yaml", "thresholds: {a: {min: x}}\n")});
  EXPECT_EQ(faulty.exit, 3);
  EXPECT_THAT(faulty.out, HasSubstr("x/policies/evaluation.yaml:1:23: thresholds/a/min: expected a number"));
  EXPECT_EQ(run({"bundle", "validate", (temp_ / "tenants").string()}).exit, 0);
}

// From nothing to a bundle that two people signed, with the commands alone.
TEST_F(CommandLine, BundlesAreMadeSignedAndVerified) {
  std::string folder = (temp_ / "good-co").string(), key = (temp_ / "ada").string(),
              other = (temp_ / "bob").string();
  ASSERT_EQ(run({"bundle", "init", folder, "--name", "Good"}).exit, 0);
  EXPECT_EQ(run({"bundle", "init", folder}).exit, 6) << "nothing is overwritten";
  EXPECT_EQ(run({"bundle", "init", (temp_ / "x").string(), "--tenant", "good-co"}).exit, 2);
  EXPECT_THAT(run({"bundle", "validate", folder}).out, HasSubstr("unsigned"));

  Said made = run({"bundle", "keygen", key, "-o", "json"});
  ASSERT_EQ(made.exit, 0) << made.err;
  ASSERT_EQ(run({"bundle", "keygen", other}).exit, 0);
  EXPECT_EQ(run({"bundle", "keygen", key}).exit, 6) << "a key is never overwritten";
  EXPECT_EQ(std::filesystem::status(key).permissions(), std::filesystem::perms(0600));
  EXPECT_THAT(made.out, Not(HasSubstr("PRIVATE KEY")));

  EXPECT_EQ(run({"bundle", "verify", folder, "--signers", key + ".pub"}).exit, 3) << "unsigned";
  Said early = run({"bundle", "sign", folder, "--key", other, "--approve"});
  EXPECT_EQ(early.exit, 5) << "nothing to approve";
  ASSERT_EQ(run({"bundle", "sign", folder, "--key", key, "--author", "ada"}).exit, 0);
  Said good = run({"bundle", "verify", folder, "--signers", key + ".pub", "-o", "json"});
  EXPECT_EQ(good.exit, 0) << good.out << good.err;
  EXPECT_THAT(good.out, HasSubstr("\"serial\": 1"));
  EXPECT_EQ(run({"bundle", "verify", folder, "--signers", other + ".pub"}).exit, 3) << "a stranger's";
  EXPECT_THAT(run({"bundle", "validate", folder}).out, HasSubstr("by keys that are not known here"));
  EXPECT_EQ(run({"bundle", "sign", folder, "--key", key, "--approve"}).exit, 6)
      << "nobody approves their own";
  ASSERT_EQ(run({"bundle", "sign", folder, "--key", other, "--approve"}).exit, 0);

  put("good-co/tenant.yaml", "id: good-co\nname: Better\n");
  Said changed = run({"bundle", "validate", folder});
  EXPECT_EQ(changed.exit, 3);
  EXPECT_THAT(changed.out, HasSubstr("tenant.yaml:1:1: was changed after it was signed"));
  EXPECT_EQ(run({"bundle", "sign", folder, "--key", other, "--approve"}).exit, 4) << "not what was signed";
  Said again = run({"bundle", "sign", folder, "--key", key, "--bundle-version", "1.1.0", "-o", "json"});
  EXPECT_THAT(again.out, HasSubstr("\"serial\": 2"));
  EXPECT_EQ(run({"bundle", "sign", folder, "--key", key, "--bundle-version", "one"}).exit, 2);

  put("good-co/tenant.yaml", "id: good-co\n");
  EXPECT_EQ(run({"bundle", "sign", folder, "--key", key}).exit, 1) << "what is wrong is not signed";
}

TEST_F(CommandLine, APrivateKeyIsKeptPrivate) {
  std::string folder = (temp_ / "good-co").string(), key = (temp_ / "key").string();
  ASSERT_EQ(run({"bundle", "init", folder}).exit, 0);
  ASSERT_EQ(run({"bundle", "keygen", key}).exit, 0);
  std::filesystem::permissions(key, std::filesystem::perms(0644));
  Said open = run({"bundle", "sign", folder, "--key", key});
  EXPECT_EQ(open.exit, 4);
  EXPECT_THAT(open.err, HasSubstr("chmod 600"));
  std::filesystem::permissions(key, std::filesystem::perms(0600));
  std::filesystem::create_symlink(key, temp_ / "link");
  EXPECT_NE(run({"bundle", "sign", folder, "--key", (temp_ / "link").string()}).exit, 0);
  EXPECT_EQ(run({"bundle", "sign", folder, "--key", key + ".pub"}).exit, 4) << "others may read it";
  EXPECT_EQ(run({"bundle", "sign", folder, "--key", (temp_ / "none").string()}).exit, 5);
}

TEST_F(CommandLine, ConflictsOfRulesAreShownWithARequest) {
  put("tenants/_platform/guard.cedar",
      "@id(\"no-deletes\") @priority(\"security\") forbid(principal, action == "
      "Bailiwick::Action::\"corpus.delete\", resource);");
  std::string rules = put("tenants/acme/rules.cedar",
                          "@id(\"deletes\")\npermit(principal in Bailiwick::Role::\"owner\", action == "
                          "Bailiwick::Action::\"corpus.delete\", resource);");
  Said alone = run({"policy", "conflicts", rules});
  EXPECT_EQ(alone.exit, 0) << alone.err;
  EXPECT_EQ(alone.out, "1 rule, 0 findings\n");
  Said both = run({"policy", "conflicts", (temp_ / "tenants").string()});
  EXPECT_EQ(both.exit, 3) << both.err;
  EXPECT_THAT(both.out,
              HasSubstr("rules.cedar:1:1: error contradicts_platform: the platform's `no-deletes` forbids"));
  EXPECT_THAT(both.out, HasSubstr("request: {\"principal\":{\"type\":\"Bailiwick::Principal\""));
  Said json =
      run({"policy", "conflicts", (temp_ / "tenants/_platform").string(), "--proposed", rules, "-o", "json"});
  EXPECT_EQ(json.exit, 3);
  EXPECT_THAT(json.out, HasSubstr("\"state\": \"proposed\""));
  EXPECT_THAT(json.out, HasSubstr("\"priority\": \"security\""));
  Said wrong = run({"policy", "conflicts",
                    put("wrong.cedar", "@priority(\"urgent\") permit(principal, action, resource);")});
  EXPECT_EQ(wrong.exit, 3);
  EXPECT_THAT(wrong.out, HasSubstr("wrong.cedar:1:1: @priority is"));
}

}  // namespace
}  // namespace bailiwick::cli
