// The table of settings itself: each row is sound, reaches the configuration, and refuses what it cannot be.
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "base/files.h"
#include "config/server_config.h"

namespace bailiwick::config {
namespace {

const Setting& setting(std::string_view key) {
  for (const Setting& row : settings()) {
    if (row.key == key) return row;
  }
  throw std::out_of_range(std::string(key));
}
bool takes(std::string_view key, std::string_view value) {
  ServerConfig config;
  return setting(key).apply(config, value).has_value();
}

TEST(Settings, EveryRowIsSound) {
  std::set<std::string> names;
  for (const Setting& row : settings()) {
    EXPECT_TRUE(names.insert(environment_name(row.key)).second) << row.key << " shares its variable";
    EXPECT_TRUE(row.meaning.ends_with('.')) << row.key;
    EXPECT_TRUE(takes(row.key, row.fallback)) << row.key;
    EXPECT_TRUE(takes(row.key, row.example)) << row.key;
    EXPECT_NE(row.fallback, row.example) << row.key << ": an example shows something new";
  }
}

// A value that a setting takes is seen in the configuration, through each of its three ways in.
TEST(Settings, EveryRowIsShownWithItsOrigin) {
  for (const Setting& row : settings()) {
    Sources sources;
    sources.environment[environment_name(row.key)] = row.example;
    for (std::string_view pair : {"server.tls_certificate", "server.tls_key"}) {
      if (row.key.starts_with("server.tls_")) sources.environment[environment_name(pair)] = row.example;
    }
    auto loaded = load(sources);
    ASSERT_TRUE(loaded) << row.key << to_string(loaded.error().problems);
    const Origin& origin = loaded->origins.at(std::string(row.key));
    EXPECT_EQ(origin.origin, "env " + environment_name(row.key));
    EXPECT_EQ(origin.value, row.secrecy == Secrecy::kSecret ? "(hidden)" : row.example);
  }
}

// A name that speaks of a secret must be shown as hidden.
TEST(Settings, SecretsAreMarked) {
  for (const Setting& row : settings()) {
    for (std::string_view word : {"secret", "password", "token_value", "api_key"}) {
      if (row.key.find(word) == std::string_view::npos) continue;
      EXPECT_EQ(row.secrecy, Secrecy::kSecret) << row.key;
    }
  }
}

// The settings file that is installed is valid, and names every setting, each once.
TEST(Settings, TheInstalledFileNamesEverySetting) {
  auto text = read_file(std::filesystem::path(BAILIWICK_SOURCE_DIR) / "packaging/bailiwick.yaml", 1 << 20);
  ASSERT_TRUE(text);
  auto loaded = load({.file = "bailiwick.yaml", .file_text = *text, .environment = {}, .flags = {}});
  ASSERT_TRUE(loaded) << to_string(loaded.error().problems);
  EXPECT_EQ(loaded->config.data, "/var/lib/bailiwick");
  for (const Setting& row : settings()) {
    std::string_view last = row.key.substr(row.key.rfind('.') + 1);
    std::regex line("(^|\n)[ #]*" + std::string(last) + ": ");
    EXPECT_EQ(std::distance(std::sregex_iterator(text->begin(), text->end(), line), {}), 1) << row.key;
  }
}

// What is commented out is right too: with the marks taken away it is read.
TEST(Settings, TheInstalledFileIsRightInItsCommentsToo) {
  std::string text =
      read_file(std::filesystem::path(BAILIWICK_SOURCE_DIR) / "packaging/bailiwick.yaml", 1 << 20).value();
  text = std::regex_replace(text, std::regex("(^|\n)(  )?# ([a-z_ ]+:)"), "$1$2$3");
  text = std::regex_replace(text, std::regex("\n#   ([a-z_]+:)"), "\n  $1");
  auto loaded = load({.file = "bailiwick.yaml", .file_text = text, .environment = {}, .flags = {}});
  ASSERT_TRUE(loaded) << to_string(loaded.error().problems) << text;
  for (const Setting& row : settings())
    EXPECT_NE(loaded->origins.at(std::string(row.key)).origin, "default") << row.key;
}

// The defaults close doors.
TEST(Settings, DefaultsAreTheSafeOnes) {
  ServerConfig config = load(Sources{})->config;
  EXPECT_EQ(config.listen.host, "127.0.0.1");
  EXPECT_FALSE(config.metrics_open);
  EXPECT_TRUE(config.require_signature);
  EXPECT_EQ(config.head_deadline, std::chrono::seconds(30));
  EXPECT_EQ(config.ledger_sync, std::chrono::milliseconds(20));
}

TEST(Settings, EnvironmentNames) {
  EXPECT_EQ(environment_name("server.listen"), "BAILIWICK__SERVER__LISTEN");
  EXPECT_EQ(environment_name("data"), "BAILIWICK__DATA");
  EXPECT_EQ(environment_name("identity.gazeqa_registry"), "BAILIWICK__IDENTITY__GAZEQA_REGISTRY");
}

TEST(Settings, ListenAddresses) {
  ServerConfig config;
  ASSERT_TRUE(setting("server.listen").apply(config, "[::1]:8443"));
  EXPECT_EQ(config.listen.host, "::1");
  EXPECT_EQ(config.listen.port, 8443);
  for (std::string_view good : {"0.0.0.0:0", "localhost:65535"})
    EXPECT_TRUE(takes("server.listen", good)) << good;
  for (std::string_view bad :
       {"", "8080", ":8080", "host:", "host:65536", "host:-1", "host:80x", "host:99999999999"}) {
    EXPECT_FALSE(takes("server.listen", bad)) << bad;
  }
}

TEST(Settings, NumbersDurationsAndSwitches) {
  for (std::string_view bad : {"", "-1", "1025", "4.0", "4 ", "0x4"})
    EXPECT_FALSE(takes("server.threads", bad)) << bad;
  for (std::string_view bad : {"", "5", "5 s", "-5s", "99999999d"})
    EXPECT_FALSE(takes("server.drain", bad)) << bad;
  for (std::string_view bad : {"", "TRUE", "1", "yes"}) EXPECT_FALSE(takes("metrics.open", bad)) << bad;
  for (std::string_view bad : {"", "INFO", "trace"}) EXPECT_FALSE(takes("log.level", bad)) << bad;
  for (std::string_view good : {"debug", "info", "warn", "error"})
    EXPECT_TRUE(takes("log.level", good)) << good;
}

}  // namespace
}  // namespace bailiwick::config
