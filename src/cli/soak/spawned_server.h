// SpawnedServer: a server of this program, for as long as a soak lasts: in a folder of its own, on a free
// port of the loopback, with the scenario's tenants and a provider that answers the same each time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "cli/context.h"
#include "cli/soak/fixed_upstream.h"

namespace bailiwick::cli {

class SpawnedServer {
 public:
  /// Starts it, waits until it is ready and makes a token for each tenant. Errors: kUnavailable
  /// `spawn.failed` with what the server said.
  static Result<std::unique_ptr<SpawnedServer>> start(const Scenario& scenario, const Context& context);
  /// Stops it and removes its folder.
  ~SpawnedServer();
  SpawnedServer(const SpawnedServer&) = delete;
  SpawnedServer& operator=(const SpawnedServer&) = delete;

  const std::string& url() const { return url_; }
  const std::vector<std::string>& tokens() const { return tokens_; }
  pid_t pid() const { return pid_; }
  std::filesystem::path data() const { return folder_ / "data"; }

 private:
  explicit SpawnedServer(const SpawnedWorld& world) : upstream_(world) {}
  Status make_folder();
  Status write_tenants(const Scenario& scenario) const;
  Status begin(const Context& context);
  Status wait_until_ready();
  Status make_tokens(const Scenario& scenario);
  std::unexpected<Error> failed(std::string_view what) const;

  FixedUpstream upstream_;
  std::filesystem::path folder_;
  pid_t pid_ = 0;
  std::string url_;
  std::vector<std::string> tokens_;
};

}  // namespace bailiwick::cli
