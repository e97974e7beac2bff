// FixedUpstream: a model provider in this process that answers every chat completion with the same words,
// whole or streamed as it is asked. What `soak --spawn` puts behind the server that it starts.
#pragma once

#include <string>

#include "cli/soak/scenario.h"
#include "net/server.h"

namespace bailiwick::cli {

class FixedUpstream {
 public:
  explicit FixedUpstream(const SpawnedWorld& world);
  ~FixedUpstream();
  FixedUpstream(const FixedUpstream&) = delete;
  FixedUpstream& operator=(const FixedUpstream&) = delete;

  /// Listens on a free port of the loopback. Errors: kUnavailable `server.bind`.
  Status start() { return server_.start(); }
  /// `http://127.0.0.1:PORT/v1`
  std::string base_url() const;

 private:
  net::Task<void> serve(net::Exchange& exchange);

  const std::chrono::milliseconds delay_;
  const std::string whole_;
  const std::string chunk_;
  const std::string last_chunks_;
  const std::int64_t chunks_;
  net::Server server_;
};

}  // namespace bailiwick::cli
