#include "net/client.h"

#include <fmt/format.h>

#include "net/tls.h"
#include "net/upstream.h"

namespace bailiwick::net {
namespace {

class PooledResponse final : public ClientResponse {
 public:
  PooledResponse(std::unique_ptr<UpstreamConnection> connection, std::weak_ptr<UpstreamPool> pool,
                 std::chrono::milliseconds timeout)
      : connection_(std::move(connection)),
        pool_(std::move(pool)),
        decoder_(connection_->response().framing),
        timeout_(timeout) {}

  ~PooledResponse() override {
    bool reusable = decoder_.finished() && connection_->input().empty() &&
                    connection_->transport().is_open() &&
                    connection_->response().after == AfterExchange::kKeepAlive;
    if (auto pool = reusable ? pool_.lock() : nullptr) pool->park(std::move(connection_));
  }

  int status() const override { return connection_->response().status; }
  const Headers& headers() const override { return connection_->response().headers; }
  Task<Result<std::string_view>> read_some() override;

 private:
  Result<std::string_view> decode_received();

  std::unique_ptr<UpstreamConnection> connection_;
  std::weak_ptr<UpstreamPool> pool_;
  BodyDecoder decoder_;
  std::chrono::milliseconds timeout_;
  bool ended_ = false;  ///< the upstream closed, and that was the end of the body
};

/// Everything that has been received, in one piece: chunks are moved together where they lie.
Result<std::string_view> PooledResponse::decode_received() {
  ReadBuffer& buffer = connection_->input();
  std::string_view input = buffer.view();
  char* body = buffer.data();
  std::size_t size = 0;
  while (!input.empty() && !decoder_.finished()) {
    auto piece = decoder_.next(input);
    if (!piece) return connection_->broken("broke off its answer", piece.error().message);
    if (piece->empty()) continue;
    if (size == 0)
      body = buffer.data() + (piece->data() - buffer.view().data());
    else
      std::memmove(body + size, piece->data(), piece->size());
    size += piece->size();
  }
  buffer.keep_last(input.size());
  return std::string_view(body, size);
}

Task<Result<std::string_view>> PooledResponse::read_some() {
  while (true) {
    CO_TRY(std::string_view body, decode_received());
    if (!body.empty() || decoder_.finished() || ended_) co_return body;
    SystemError error = co_await connection_->receive(last_tick() + timeout_);
    if (!error) continue;
    if (connection_->transport().timed_out())
      co_return connection_->timeout("paused its answer for too long");
    ended_ = error == asio::error::eof && decoder_.kind() == BodyFraming::Kind::kUntilClose;
    if (!ended_) co_return connection_->broken("broke off its answer", error.message());
  }
}

}  // namespace

Task<Result<std::string>> ClientResponse::read_all(std::size_t limit) {
  constexpr std::size_t kRoomBehind = 64;  // parsers look past the end; this saves them a copy
  std::string body;
  while (true) {
    CO_TRY(std::string_view piece, co_await read_some());
    if (piece.empty()) co_return body;
    if (piece.size() > limit - body.size()) {
      co_return fail(
          ErrorCode::kBadGateway, "upstream.too_large",
          fmt::format("the upstream's answer is larger than the {} bytes that are read here", limit));
    }
    if (body.empty()) body.reserve(piece.size() + kRoomBehind);
    body.append(piece);
  }
}

struct Client::Impl {
  asio::io_context& io;
  ClientOptions options;
  std::shared_ptr<UpstreamPool> pool;
  std::optional<asio::ssl::context> tls;

  Result<asio::ssl::context*> tls_for(const Origin& origin) {
    if (!origin.tls) return nullptr;
    if (!tls) {
      TRY(tls, make_client_tls(options.ca_file));
    }
    return &*tls;
  }

  Task<Result<std::unique_ptr<UpstreamConnection>>> open(const Origin& origin, const ClientRequest& request,
                                                         MonoTime deadline) {
    CO_TRY(asio::ssl::context * context, tls_for(origin));
    auto connection = std::make_unique<UpstreamConnection>(io, origin);
    connection->serve(request.abort);
    MonoTime sooner = std::min(deadline, last_tick() + options.connect_timeout);
    CO_CHECK_OK(co_await connection->open(context, sooner));
    co_return connection;
  }
};

Client::Client(asio::io_context& io, ClientOptions options)
    : impl_(std::make_unique<Impl>(io, options, std::make_shared<UpstreamPool>(options), std::nullopt)) {}

Client::~Client() = default;

Task<Result<std::unique_ptr<ClientResponse>>> Client::send(const Origin& origin, const ClientRequest& request,
                                                           std::chrono::milliseconds timeout) {
  MonoTime deadline = last_tick() + timeout;
  std::unique_ptr<UpstreamConnection> connection = impl_->pool->take(origin);
  if (connection) {
    connection->serve(request.abort);
    Status sent = co_await connection->exchange(origin, request, deadline, impl_->options.head_limit);
    if (!sent && !connection->was_stale()) co_return std::unexpected(std::move(sent).error());
    if (!sent) connection.reset();
  }
  if (!connection) {
    CO_TRY(connection, co_await impl_->open(origin, request, deadline));
    CO_CHECK_OK(co_await connection->exchange(origin, request, deadline, impl_->options.head_limit));
  }
  co_return std::make_unique<PooledResponse>(std::move(connection), impl_->pool, timeout);
}

}  // namespace bailiwick::net
