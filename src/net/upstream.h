// UpstreamConnection: one connection of the client to an upstream; and the pool of those that are idle.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "net/client.h"
#include "net/response_parser.h"
#include "net/transport.h"

namespace bailiwick::net {

class UpstreamConnection {
 public:
  UpstreamConnection(asio::io_context& io, const Origin& origin);
  ~UpstreamConnection() { serve(nullptr); }
  UpstreamConnection(const UpstreamConnection&) = delete;
  UpstreamConnection& operator=(const UpstreamConnection&) = delete;

  /// For whose request it works from now on; null: for none that could be aborted.
  void serve(std::shared_ptr<Abort> abort);
  /// Ends whatever it waits for.
  void interrupt();

  /// Resolves, connects and, with `tls`, shakes hands, all before `deadline`.
  Task<Status> open(asio::ssl::context* tls, MonoTime deadline);

  /// Sends the request and reads the head of its answer into `response()`.
  Task<Status> exchange(const Origin& origin, const ClientRequest& request, MonoTime deadline,
                        std::size_t head_limit);

  /// Receives more bytes of the body into `input()`.
  Task<SystemError> receive(MonoTime deadline);

  const Origin& origin() const { return origin_; }
  const ParsedResponse& response() const { return response_; }
  ReadBuffer& input() { return input_; }
  Transport& transport() { return transport_; }
  /// The last exchange failed, not by time, before any byte of an answer came: the upstream had closed the
  /// connection.
  bool was_stale() const { return !answer_began_ && !transport_.timed_out() && !aborted(); }

  std::unexpected<Error> broken(std::string_view what, std::string detail) const;
  std::unexpected<Error> timeout(std::string_view what) const;
  /// It had no request of ours yet.
  std::unexpected<Error> unreached(std::string_view what) const;

 private:
  Status write_head(const Origin& origin, const ClientRequest& request);
  Task<Status> read_head(std::string_view method, std::size_t head_limit);
  Task<SystemError> resolve(std::vector<tcp::endpoint>& endpoints, MonoTime deadline);
  bool aborted() const { return abort_ && abort_->asked(); }
  std::unexpected<Error> aborted_error() const;

  struct Lookup;

  asio::io_context& io_;
  Origin origin_;
  std::string authority_;
  Transport transport_;
  ReadBuffer input_;
  std::string output_;
  std::string target_;
  ParsedResponse response_;
  bool answer_began_ = false;
  std::shared_ptr<Abort> abort_;
  std::weak_ptr<Lookup> lookup_;
};

/// Idle connections by origin, last in first out, so that few stay warm and the rest grow old.
class UpstreamPool {
 public:
  explicit UpstreamPool(const ClientOptions& options) : options_(options) {}

  /// A connection that looks alive, or null.
  std::unique_ptr<UpstreamConnection> take(const Origin& origin);
  void park(std::unique_ptr<UpstreamConnection> connection);

 private:
  struct Parked {
    std::unique_ptr<UpstreamConnection> connection;
    MonoTime since;
  };
  struct ByAddress {
    bool operator()(const Origin& a, const Origin& b) const {
      return std::tie(a.port, a.tls, a.host) < std::tie(b.port, b.tls, b.host);
    }
  };

  const ClientOptions options_;
  std::map<Origin, std::vector<Parked>, ByAddress> idle_;
};

}  // namespace bailiwick::net
