// Server settings: defaults < file < BAILIWICK__SECTION__KEY < flags, parsed once, every fault at once.
//
// One table (settings.cc) holds each setting's name, meaning, default and parser; `config show` and `config
// explain` are made of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace bailiwick::config {

struct ListenAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
};

struct ServerConfig {
  ListenAddress listen;
  std::int64_t threads = 0;  ///< 0 = one per core
  std::string tls_certificate;
  std::string tls_key;
  std::string public_url;
  std::int64_t max_connections = 10'000;
  std::chrono::milliseconds head_deadline{30'000};
  std::chrono::milliseconds body_idle{30'000};
  std::chrono::milliseconds keep_alive{75'000};
  std::chrono::milliseconds drain{30'000};
  std::string data;
  std::string tenants;
  bool require_signature = true;
  std::string platform_signers;
  std::string git_url;
  std::string git_branch = "main";
  std::string git_folder = "tenants";
  std::string git_token_file;
  std::chrono::milliseconds git_interval{60'000};
  std::chrono::milliseconds watch_interval{300'000};
  bool freeze_on_tampering = true;
  std::int64_t replay_decisions = 1'000;
  std::int64_t cache_mb = 256;
  std::chrono::milliseconds ledger_sync{20};
  std::int64_t ledger_segment_mb = 64;
  bool ledger_strict = false;
  std::string prices;
  std::string gazeqa_tokens;
  std::string gazeqa_registry;
  std::string gazeqa_token_file;
  LogLevel log_level = LogLevel::kInfo;
  bool metrics_open = false;
};

enum class Secrecy { kPlain, kSecret };

/// One row of the table.
struct Setting {
  std::string_view key;  ///< `server.listen`
  std::string_view meaning;
  std::string_view fallback;
  std::string_view example;
  Secrecy secrecy;
  Status (*apply)(ServerConfig& config, std::string_view value);
  /// A variable of another program that means the same; `BAILIWICK__…` wins over it. Empty = none.
  std::string_view alias = {};
};
std::span<const Setting> settings();

/// `BAILIWICK__SERVER__LISTEN` for `server.listen`.
std::string environment_name(std::string_view key);

/// A value and where it came from: `default`, `bailiwick.yaml:3:11`, `env BAILIWICK__…`, `flag --listen`.
struct Origin {
  std::string value;
  std::string origin;
};

struct Loaded {
  ServerConfig config;
  std::map<std::string, Origin> origins;  ///< by key; secrets are shown as `(hidden)`
};

struct Sources {
  std::string file;                                        ///< path; empty = none
  std::string file_text;                                   ///< its content
  std::map<std::string, std::string> environment;          ///< every variable; foreign ones are passed over
  std::vector<std::pair<std::string, std::string>> flags;  ///< key, value
};

/// Errors: kInvalid `config.invalid` with every fault; an unknown key names its place and its nearest
/// neighbour.
Result<Loaded> load(const Sources& sources);

}  // namespace bailiwick::config
