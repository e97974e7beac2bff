// Secret: an upstream's key, found where a SecretRef points. It is put into a request header and nowhere
// else.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "snapshot/router_config.h"

namespace bailiwick::routing {

class Secret {
 public:
  explicit Secret(const snapshot::SecretRef& reference) : reference_(reference.reference) {}

  /// The key as it is now; a file is read again when it changed, looked at no more than once a second.
  /// Errors: kUnavailable `provider.credential`; the detail names the reference, never the value.
  Result<std::shared_ptr<const std::string>> value(MonoTime now);

 private:
  using Value = std::shared_ptr<const std::string>;
  Result<Value> refresh() BW_REQUIRES(mutex_);
  Result<Value> accept(std::string text) BW_REQUIRES(mutex_);
  std::unexpected<Error> unusable(std::string_view why) const;

  const std::string reference_;
  Mutex mutex_;
  Value value_ BW_GUARDED_BY(mutex_);
  MonoTime look_again_ BW_GUARDED_BY(mutex_){};
  std::filesystem::file_time_type read_from_ BW_GUARDED_BY(mutex_){};
};

}  // namespace bailiwick::routing
