// Abort: ends a request to an upstream from outside, wherever it waits.
#pragma once

namespace bailiwick::net {

class UpstreamConnection;

/// Goes with a ClientRequest and is used on its loop. An aborted request fails with an error soon, before or
/// after its answer's head came; its connection is closed.
class Abort {
 public:
  Abort() = default;
  Abort(const Abort&) = delete;
  Abort& operator=(const Abort&) = delete;

  void now();
  bool asked() const { return asked_; }

 private:
  friend class UpstreamConnection;
  UpstreamConnection* connection_ = nullptr;  ///< that serves the request
  bool asked_ = false;
};

}  // namespace bailiwick::net
