// Server: HTTP/1.1 on one event loop per core. Bounds and decodes bytes; the handler does the rest.
//
// Refused before any handler runs: bare CR, NUL, obs-fold, any transfer-encoding but chunked, both lengths at
// once, heads past 16 KiB (431), a head not finished 30 s after its first byte (408), more than
// `max_connections` (503).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/http.h"
#include "net/loop.h"

namespace bailiwick::net {

/// One request and its answer. Lives on its connection's loop, on the stack of the connection's coroutine.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const RequestHead& head() const = 0;
  virtual Loop& loop() = 0;
  virtual MonoTime received_at() const = 0;

  /// The whole body, de-chunked. The view lives until the exchange ends. May be called once.
  /// Errors: kTooLarge past `limit` bytes, kTimeout, kUnavailable when the peer went away, kInvalid on bad
  /// framing or a body that ends too early.
  virtual Task<Result<std::string_view>> read_body(std::size_t limit) = 0;

  /// A whole answer, once.
  virtual Task<Status> respond(const Response& response) = 0;
  virtual Task<Status> respond(int status, const Headers& headers, std::string_view body) = 0;

  /// A streamed answer (chunked): start, write…, finish. Every write is flushed.
  virtual Task<Status> start_stream(int status, const Headers& headers) = 0;
  virtual Task<Status> write(std::string_view bytes) = 0;
  virtual Task<Status> finish() = 0;
  /// Gives up in the middle of a stream: the connection closes without the last chunk, so that the client can
  /// tell.
  virtual void abort() = 0;

  /// Something has been sent already.
  virtual bool started() const = 0;
  /// True once the peer closed while we were working.
  virtual bool peer_gone() const = 0;
};

using Handler = std::function<Task<void>(Exchange&)>;

struct TlsOptions {
  std::string certificate_file;  ///< PEM chain
  std::string key_file;          ///< PEM
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 = any free one
  std::size_t threads = 1;
  std::size_t blocking_threads = 4;
  std::optional<TlsOptions> tls;  ///< TLS 1.2 and 1.3
  std::size_t max_connections = 10'000;
  std::size_t head_limit = 16 * 1024;
  std::chrono::milliseconds head_deadline{30'000};
  std::chrono::milliseconds body_idle{30'000};   ///< a body may pause no longer
  std::chrono::milliseconds keep_alive{75'000};  ///< an idle connection is closed after
  std::chrono::milliseconds write_idle{30'000};  ///< a peer that reads nothing is dropped after
  /// Told of each answer that the server gave in the handler's stead, and why: for counting. Called from any
  /// loop.
  std::function<void(int status, std::string_view reason)> on_refused;
};

class Server {
 public:
  Server(ServerOptions options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and starts the threads. Errors: kUnavailable `server.bind` naming the address.
  Status start();
  std::uint16_t port() const;
  /// One of the loops, for background work. Valid after start.
  Loop& loop(std::size_t index);
  std::size_t connections() const;
  /// Stops accepting, lets exchanges in flight finish for at most `grace`, then closes what is left. Blocks.
  void drain(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bailiwick::net
