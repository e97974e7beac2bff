// Client: pooled HTTP/1.1 to upstreams, one pool per loop. Bodies stream through untouched.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "net/abort.h"
#include "net/executor.h"
#include "net/http.h"
#include "net/task.h"

namespace bailiwick::net {

/// Where an upstream is. Parsed from `http://host:port/base` or `https://…`.
struct Origin {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
  std::string base_path;  ///< no trailing slash

  /// Errors: kInvalid `url.malformed`. User info and fragments are refused.
  static Result<Origin> parse(std::string_view url);
  std::string authority() const;
};

struct ClientOptions {
  std::size_t idle_per_origin = 64;
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds connect_timeout{5'000};
  std::size_t head_limit = 64 * 1024;
  std::string ca_file;  ///< empty = the system's
};

struct ClientRequest {
  std::string_view method = "POST";
  std::string path;  ///< appended to the origin's base path; with query
  Headers headers;   ///< Host, Content-Length and Connection are the client's to add
  std::string_view body;
  std::shared_ptr<Abort> abort;  ///< null: nobody will
};

/// One answer being read. Dropping it before the end closes the connection; after the end it returns to the
/// pool.
class ClientResponse {
 public:
  virtual ~ClientResponse() = default;
  virtual int status() const = 0;
  virtual const Headers& headers() const = 0;
  /// The next decoded body bytes, as they come; an empty view at the end. The view lives until the next call.
  /// Errors: kBadGateway when the upstream breaks off, kGatewayTimeout past the deadline.
  virtual Task<Result<std::string_view>> read_some() = 0;
  /// The whole body, at most `limit` bytes.
  Task<Result<std::string>> read_all(std::size_t limit);
};

class Client {
 public:
  explicit Client(asio::io_context& io, ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends and waits for the head. A pooled connection that the upstream had closed is retried once on a
  /// fresh one. Errors: `upstream.connect` (kBadGateway, kGatewayTimeout) when the upstream did not take the
  /// request; kBadGateway `upstream.broken`; kGatewayTimeout `upstream.timeout` when it took it and is
  /// silent; any of these, or kUnavailable `upstream.aborted`, when it is aborted.
  Task<Result<std::unique_ptr<ClientResponse>>> send(const Origin& origin, const ClientRequest& request,
                                                     std::chrono::milliseconds timeout);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bailiwick::net
