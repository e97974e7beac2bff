// The layers of the settings: which one wins, where each value came from, and every fault at once.
#include "config/server_config.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace bailiwick::config {
namespace {

Sources with_file(std::string text) {
  Sources sources;
  sources.file = "bailiwick.yaml";
  sources.file_text = std::move(text);
  return sources;
}

/// `where: message` of every fault, a line each.
std::string faults(const Sources& sources) {
  auto loaded = load(sources);
  if (loaded) return "";
  EXPECT_EQ(loaded.error().reason, "config.invalid");
  return to_string(loaded.error().problems);
}

TEST(ServerConfig, EachLayerOverridesTheOneBefore) {
  Sources sources;
  EXPECT_EQ(load(sources)->config.listen.port, 8080);
  EXPECT_EQ(load(sources)->origins.at("server.listen").origin, "default");

  sources = with_file("server:\n  listen: 127.0.0.1:1\n");
  EXPECT_EQ(load(sources)->config.listen.port, 1);
  EXPECT_EQ(load(sources)->origins.at("server.listen").origin, "bailiwick.yaml:2:3");

  sources.environment["BAILIWICK__SERVER__LISTEN"] = "127.0.0.1:2";
  EXPECT_EQ(load(sources)->config.listen.port, 2);
  EXPECT_EQ(load(sources)->origins.at("server.listen").origin, "env BAILIWICK__SERVER__LISTEN");

  sources.flags = {{"server.listen", "127.0.0.1:3"}};
  EXPECT_EQ(load(sources)->config.listen.port, 3);
  EXPECT_EQ(load(sources)->origins.at("server.listen").origin, "flag --listen");
}

// Dotted keys may be nested or written out; foreign variables are nobody's business.
TEST(ServerConfig, ReadsNestedAndDottedKeys) {
  Sources sources = with_file("data: /d\nledger.segment_mb: 8\nlog:\n  level: warn\nprices:\n");
  sources.environment = {{"PATH", "/bin"}, {"BAILIWICK_TOKEN", "t"}, {"BAILIWICK__DATA", "/e"}};
  auto loaded = load(sources);
  ASSERT_TRUE(loaded) << to_string(loaded.error().problems);
  EXPECT_EQ(loaded->config.data, "/e");
  EXPECT_EQ(loaded->config.ledger_segment_mb, 8);
  EXPECT_EQ(loaded->config.log_level, LogLevel::kWarn);
  EXPECT_EQ(loaded->config.prices, "");
}

TEST(ServerConfig, UnknownKeysNameTheirPlaceAndTheNearestKey) {
  EXPECT_EQ(faults(with_file("server:\n  lisen: 127.0.0.1:1\n")),
            "bailiwick.yaml:2:3: unknown setting 'server.lisen'; did you mean 'server.listen'?\n");
  EXPECT_EQ(faults(with_file("zzzzzzzz: 1\n")),
            "bailiwick.yaml:1:1: unknown setting 'zzzzzzzz'; `bailiwick config show` lists all\n");
  Sources sources;
  sources.environment = {{"BAILIWICK__SERVER__LISEN", "x"}};
  EXPECT_EQ(faults(sources), "env BAILIWICK__SERVER__LISEN: did you mean BAILIWICK__SERVER__LISTEN?\n");
  sources.environment = {{"BAILIWICK__NONE_SUCH_AT_ALL", "x"}};
  EXPECT_EQ(faults(sources), "env BAILIWICK__NONE_SUCH_AT_ALL: no setting has this name\n");
}

// A person mends a file once, not fault by fault.
TEST(ServerConfig, EveryFaultIsReportedAtOnce) {
  Sources sources = with_file("server: {threads: many, lisen: x}\nlog: {level: [info]}\n");
  sources.environment = {{"BAILIWICK__METRICS__OPEN", "yes"}};
  sources.flags = {{"ledger.segment_mb", "0"}};
  std::string all = faults(sources);
  EXPECT_EQ(std::ranges::count(all, '\n'), 5) << all;
  for (std::string_view wanted :
       {"bailiwick.yaml:1:10: server.threads: write a whole number from 0 to 1024",
        "did you mean 'server.listen'?", "bailiwick.yaml:2:7: log.level: expected one value, not a list",
        "env BAILIWICK__METRICS__OPEN: metrics.open: write true or false",
        "flag --segment_mb: ledger.segment_mb: write a whole number from 1 to 4096"}) {
    EXPECT_NE(all.find(wanted), std::string::npos) << wanted << "\nnot in\n" << all;
  }
}

TEST(ServerConfig, ABrokenFileNamesItsPlace) {
  auto loaded = load(with_file("server: {listen: \n"));
  ASSERT_FALSE(loaded);
  EXPECT_NE((to_string(loaded.error().problems) + loaded.error().message).find("bailiwick.yaml:"),
            std::string::npos);
  EXPECT_EQ(faults(with_file("- a\n")), "bailiwick.yaml:1:1: expected a mapping of settings\n");
  EXPECT_TRUE(load(with_file("# nothing but a comment\n")));
}

// GazeQA's own variables are heard, ours are heard louder, and a registry in one is shown to nobody.
TEST(ServerConfig, ForeignVariablesAreAliases) {
  Sources sources = with_file("identity:\n  gazeqa_registry: /from/file.json\n");
  sources.environment = {{"GAZEQA_TOKEN_REGISTRY_FILE", "/from/gazeqa.json"},
                         {"GAZEQA_API_TOKEN_FILE", "/second.json"},
                         {"GAZEQA_API_TOKEN_REGISTRY", R"({"canary-token": {}})"}};
  auto loaded = load(sources);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.gazeqa_registry, "/from/gazeqa.json");
  EXPECT_EQ(loaded->config.gazeqa_token_file, "/second.json");
  EXPECT_EQ(loaded->config.gazeqa_tokens, R"({"canary-token": {}})");
  EXPECT_EQ(loaded->origins.at("identity.gazeqa_token_file").origin, "env GAZEQA_API_TOKEN_FILE");
  EXPECT_EQ(loaded->origins.at("identity.gazeqa_tokens").value, "(hidden)");

  sources.environment["BAILIWICK__IDENTITY__GAZEQA_REGISTRY"] = "/ours.json";
  EXPECT_EQ(load(sources)->config.gazeqa_registry, "/ours.json");
  sources.environment = {{"GAZEQA_TOKEN_REGISTRY_FILE", ""}};
  EXPECT_EQ(load(sources)->config.gazeqa_registry, "/from/file.json") << "an empty variable says nothing";
}

// Half of TLS is plain text that looks safe.
TEST(ServerConfig, TlsNeedsBothItsFiles) {
  EXPECT_EQ(faults(with_file("server:\n  tls_key: k.pem\n")),
            "bailiwick.yaml:2:3: server.tls_key: set server.tls_certificate too\n");
  Sources sources;
  sources.environment = {{"BAILIWICK__SERVER__TLS_CERTIFICATE", "c.pem"}};
  EXPECT_EQ(faults(sources),
            "env BAILIWICK__SERVER__TLS_CERTIFICATE: server.tls_certificate: set server.tls_key too\n");
  sources.environment["BAILIWICK__SERVER__TLS_KEY"] = "k.pem";
  EXPECT_EQ(faults(sources), "");
}

}  // namespace
}  // namespace bailiwick::config
