#include <charconv>

#include <fmt/format.h>

#include "base/clock.h"
#include "config/server_config.h"

namespace bailiwick::config {
namespace {

std::unexpected<Error> bad(std::string message) {
  return fail(ErrorCode::kInvalid, "config.value", std::move(message));
}

Status read_listen(ServerConfig& config, std::string_view value) {
  std::size_t colon = value.rfind(':');
  unsigned port = 65'536;
  if (colon != std::string_view::npos) {
    const char* last = value.data() + value.size();
    if (std::from_chars(value.data() + colon + 1, last, port).ptr != last) port = 65'536;
  }
  std::string_view host = value.substr(0, std::min(colon, value.size()));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || port > 65'535) return bad("write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
  config.listen = {std::string(host), static_cast<std::uint16_t>(port)};
  return {};
}

template <std::int64_t ServerConfig::* Member, std::int64_t Least, std::int64_t Most>
Status read_number(ServerConfig& config, std::string_view value) {
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < Least || number > Most) {
    return bad(fmt::format("write a whole number from {} to {}", Least, Most));
  }
  config.*Member = number;
  return {};
}

template <std::chrono::milliseconds ServerConfig::* Member>
Status read_duration(ServerConfig& config, std::string_view value) {
  TRY(config.*Member, parse_duration(value));
  return {};
}

template <std::string ServerConfig::* Member>
Status read_text(ServerConfig& config, std::string_view value) {
  config.*Member = value;
  return {};
}

template <std::string ServerConfig::* Member>
Status read_url(ServerConfig& config, std::string_view value) {
  while (value.ends_with('/')) value.remove_suffix(1);
  if (!value.empty() && !value.starts_with("https://") && !value.starts_with("http://"))
    return bad("write a URL that begins with https:// or http://");
  config.*Member = value;
  return {};
}

template <bool ServerConfig::* Member>
Status read_switch(ServerConfig& config, std::string_view value) {
  if (value != "true" && value != "false") return bad("write true or false");
  config.*Member = value == "true";
  return {};
}

Status read_log_level(ServerConfig& config, std::string_view value) {
  if (value == "debug")
    config.log_level = LogLevel::kDebug;
  else if (value == "info")
    config.log_level = LogLevel::kInfo;
  else if (value == "warn")
    config.log_level = LogLevel::kWarn;
  else if (value == "error")
    config.log_level = LogLevel::kError;
  else
    return bad("write debug, info, warn or error");
  return {};
}

using C = ServerConfig;
constexpr Setting kSettings[] = {
    {"server.listen", "Address of the API, gateway and console.", "127.0.0.1:8080", "0.0.0.0:8443",
     Secrecy::kPlain, read_listen},
    {"server.threads", "Event loops; 0 is one per core.", "0", "4", Secrecy::kPlain,
     read_number<&C::threads, 0, 1024>},
    {"server.tls_certificate", "PEM file with the certificate chain; turns TLS on.", "",
     "/etc/bailiwick/tls.crt", Secrecy::kPlain, read_text<&C::tls_certificate>},
    {"server.tls_key", "PEM file with the private key of the certificate.", "", "/etc/bailiwick/tls.key",
     Secrecy::kPlain, read_text<&C::tls_key>},
    {"server.public_url", "How clients reach this server; empty: as each request says.", "",
     "https://bailiwick.example.com", Secrecy::kPlain, read_url<&C::public_url>},
    {"server.max_connections", "Connections held at once; more are answered 503.", "10000", "50000",
     Secrecy::kPlain, read_number<&C::max_connections, 1, 1'000'000>},
    {"server.head_deadline", "A request's head must be complete after this long.", "30s", "10s",
     Secrecy::kPlain, read_duration<&C::head_deadline>},
    {"server.body_idle", "A request's body may pause this long.", "30s", "10s", Secrecy::kPlain,
     read_duration<&C::body_idle>},
    {"server.keep_alive", "An idle connection is closed after this long.", "75s", "15s", Secrecy::kPlain,
     read_duration<&C::keep_alive>},
    {"server.drain", "Requests in flight get this long at shutdown.", "30s", "10s", Secrecy::kPlain,
     read_duration<&C::drain>},
    {"data", "Folder of all state.", "", "/var/lib/bailiwick", Secrecy::kPlain, read_text<&C::data>},
    {"tenants", "Folder of the tenants' bundles; empty = tenants are made through the API alone.", "",
     "/etc/bailiwick/tenants", Secrecy::kPlain, read_text<&C::tenants>},
    {"bundles.require_signature",
     "Take signed bundles only; false takes unsigned ones too, and still refuses a signature that is wrong.",
     "true", "false", Secrecy::kPlain, read_switch<&C::require_signature>},
    {"bundles.platform_signers",
     "File of public keys (PEM) that sign the folder _platform, which says who signs for tenants.", "",
     "/etc/bailiwick/platform-signers.pem", Secrecy::kPlain, read_text<&C::platform_signers>},
    {"bundles.git_url", "Repository that bundles are read from, instead of a folder: https://, or a path.",
     "", "https://git.example.com/policies.git", Secrecy::kPlain, read_text<&C::git_url>},
    {"bundles.git_branch", "The branch that holds.", "main", "production", Secrecy::kPlain,
     read_text<&C::git_branch>},
    {"bundles.git_folder", "Folder of the repository with the tenants' folders; empty = its root.", "tenants",
     "", Secrecy::kPlain, read_text<&C::git_folder>},
    {"bundles.git_token_file", "File with a token that may read the repository; sent over https:// alone.",
     "", "/run/secrets/git-token", Secrecy::kPlain, read_text<&C::git_token_file>},
    {"bundles.git_interval", "How often the branch is looked at.", "60s", "5m", Secrecy::kPlain,
     read_duration<&C::git_interval>},
    {"bundles.watch_interval",
     "How often what holds is compared with what was signed, stored and declared; 0s = when asked alone.",
     "5m", "1h", Secrecy::kPlain, read_duration<&C::watch_interval>},
    {"bundles.freeze_on_tampering",
     "Refuse changes of bundles once something was tampered with, until `bundle unfreeze`.", "true", "false",
     Secrecy::kPlain, read_switch<&C::freeze_on_tampering>},
    {"bundles.replay_decisions",
     "A bundle is tried out on the tenant's last so many recorded decisions; 0 = on none.", "1000", "10000",
     Secrecy::kPlain, read_number<&C::replay_decisions, 0, 100'000>},
    {"gateway.cache_mb",
     "Memory in MiB for model answers that tenants' routes give again; 0 = none are kept.", "256", "1024",
     Secrecy::kPlain, read_number<&C::cache_mb, 0, 1 << 20>},
    {"ledger.sync_interval", "Journal segments reach the disk within this long.", "20ms", "5ms",
     Secrecy::kPlain, read_duration<&C::ledger_sync>},
    {"ledger.strict",
     "An answer leaves, and a stream ends, only once its record is on disk; slower by one sync of the disk.",
     "false", "true", Secrecy::kPlain, read_switch<&C::ledger_strict>},
    {"ledger.segment_mb", "Size of one journal segment in MiB.", "64", "256", Secrecy::kPlain,
     read_number<&C::ledger_segment_mb, 1, 4096>},
    {"prices", "Price file in LiteLLM's format; empty = the one built in, or what `prices update` stored.",
     "", "/etc/bailiwick/prices.json", Secrecy::kPlain, read_text<&C::prices>},
    {"identity.gazeqa_registry",
     "File of GazeQA tokens (JSON) that count beside our own; read again when it changes.", "",
     "/etc/bailiwick/registry.json", Secrecy::kPlain, read_text<&C::gazeqa_registry>,
     "GAZEQA_TOKEN_REGISTRY_FILE"},
    {"identity.gazeqa_token_file", "A second such file, under the other name that GazeQA has for it.", "",
     "/run/secrets/gazeqa.json", Secrecy::kPlain, read_text<&C::gazeqa_token_file>, "GAZEQA_API_TOKEN_FILE"},
    {"identity.gazeqa_tokens", "GazeQA tokens as JSON itself; prefer a file, which can be changed.", "",
     R"({"TOKEN": {"organization_slug": "acme-qa", "actor_role": "qa_runner"}})", Secrecy::kSecret,
     read_text<&C::gazeqa_tokens>, "GAZEQA_API_TOKEN_REGISTRY"},
    {"log.level", "Least level of log lines: debug, info, warn, error.", "info", "warn", Secrecy::kPlain,
     read_log_level},
    {"metrics.open", "Serve /metrics without a credential.", "false", "true", Secrecy::kPlain,
     read_switch<&C::metrics_open>},
};

}  // namespace

std::span<const Setting> settings() {
  return kSettings;
}

std::string environment_name(std::string_view key) {
  std::string name = "BAILIWICK__";
  for (char c : key) {
    if (c == '.')
      name += "__";
    else
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

}  // namespace bailiwick::config
