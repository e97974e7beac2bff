#include "app/server_options.h"

#include <algorithm>
#include <thread>

namespace bailiwick::app {

net::ServerOptions server_options(const config::ServerConfig& config, Metrics& metrics) {
  net::ServerOptions options;
  options.host = config.listen.host;
  options.port = config.listen.port;
  std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  options.threads = config.threads > 0 ? static_cast<std::size_t>(config.threads) : cores;
  if (!config.tls_certificate.empty()) options.tls = net::TlsOptions{config.tls_certificate, config.tls_key};
  options.max_connections = static_cast<std::size_t>(config.max_connections);
  options.head_deadline = config.head_deadline;
  options.body_idle = config.body_idle;
  options.keep_alive = config.keep_alive;
  options.on_refused = [&metrics](int status, std::string_view reason) {
    metrics
        .counter("bailiwick_refused_total", "Requests refused before they were routed.",
                 {{"status", std::to_string(status)}, {"reason", reason}})
        .add();
  };
  return options;
}

}  // namespace bailiwick::app
