// What the settings say of the server's sockets and threads.
#pragma once

#include "base/metrics.h"
#include "config/server_config.h"
#include "net/server.h"

namespace bailiwick::app {

/// Requests that are refused before they are routed are counted in `metrics`, which outlives the server.
net::ServerOptions server_options(const config::ServerConfig& config, Metrics& metrics);

}  // namespace bailiwick::app
