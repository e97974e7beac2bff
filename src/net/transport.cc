#include "net/transport.h"

#include <array>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <openssl/ssl.h>
#include <poll.h>

#include "net/use_task.h"

namespace bailiwick::net {
namespace {

constexpr std::size_t kLingerLimit = 1 << 20;

/// Drops `size` bytes from the front of `buffers`, and every buffer that is empty then.
void consume(std::span<asio::const_buffer>& buffers, std::size_t size) {
  while (!buffers.empty() && size >= buffers.front().size()) {
    size -= buffers.front().size();
    buffers = buffers.subspan(1);
  }
  if (size > 0) buffers.front() += size;
}

bool would_block(SystemError error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

bool poll_for(int descriptor, short events) {
  pollfd entry{descriptor, events, 0};
  return ::poll(&entry, 1, 0) > 0;
}

/// Names the peer in the handshake and has OpenSSL check the certificate against that name.
bool expect_peer(SSL* ssl, const std::string& host) {
  boost::system::error_code not_address;
  asio::ip::make_address(host, not_address);
  if (!not_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

Transport::Transport(asio::io_context& io) : Entry(io), socket_(io.get_executor()) {}

Transport::Transport(asio::io_context& io, Socket socket) : Entry(io), socket_(std::move(socket)) {
  prepare();
}

void Transport::prepare() {
  SystemError ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

Task<SystemError> Transport::connect(tcp::endpoint endpoint) {
  SystemError error;
  socket_.open(endpoint.protocol(), error);
  if (error) co_return error;
  prepare();
  co_return co_await socket_.async_connect(endpoint, use_task);
}

Task<SystemError> Transport::accept_tls(asio::ssl::context& context) {
  tls_.emplace(socket_, context);
  co_return co_await tls_->async_handshake(asio::ssl::stream_base::server, use_task);
}

Task<SystemError> Transport::connect_tls(asio::ssl::context& context, const std::string& host) {
  tls_.emplace(socket_, context);
  if (!expect_peer(tls_->native_handle(), host)) co_return asio::error::invalid_argument;
  co_return co_await tls_->async_handshake(asio::ssl::stream_base::client, use_task);
}

void Transport::Reading::start() {
  if (transport_.tls_) return transport_.tls_->async_read_some(into_, Completion<Reading>(*this));
  transport_.socket_.async_read_some(into_, Completion<Reading>(*this));
}

void Transport::Yielding::start(asio::io_context& io) {
  asio::post(io, Completion<Suspension>(*this));
}

Task<std::tuple<SystemError, std::size_t>> Transport::write_some(
    std::span<const asio::const_buffer> buffers) {
  if (tls_) co_return co_await tls_->async_write_some(buffers, use_task);
  co_return co_await socket_.async_write_some(buffers, use_task);
}

bool Transport::write_now(std::span<asio::const_buffer>& buffers, SystemError& error) {
  if (tls_) return false;
  consume(buffers, socket_.write_some(std::span<const asio::const_buffer>(buffers), error));
  if (would_block(error)) error.clear();
  return buffers.empty() || error;
}

Task<SystemError> Transport::write(std::span<asio::const_buffer> buffers, std::chrono::milliseconds idle) {
  SystemError error;
  consume(buffers, 0);
  while (!buffers.empty() && !error) {
    set_deadline_in(idle);
    std::size_t size = 0;
    std::tie(error, size) = co_await write_some(buffers);
    consume(buffers, size);
  }
  clear_deadline();
  co_return error;
}

Task<void> Transport::discard_input() {
  std::array<char, 4096> waste;
  std::size_t total = 0;
  SystemError error;
  while (!error && total < kLingerLimit) {
    std::size_t size = 0;
    std::tie(error, size) = co_await socket_.async_read_some(asio::buffer(waste), use_task);
    total += size;
  }
}

Task<void> Transport::linger(std::chrono::milliseconds at_most) {
  set_deadline_in(at_most);
  if (tls_) co_await tls_->async_shutdown(use_task);
  SystemError ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  if (!ignored && !timed_out_) co_await discard_input();
  close();
}

void Transport::close() {
  SystemError ignored;
  socket_.close(ignored);
  disarm();
}

void Transport::on_deadline() {
  timed_out_ = true;
  if (expiry_ == Expiry::kCloses) return close();
  SystemError ignored;
  socket_.cancel(ignored);
}

bool Transport::peer_gone() const {
  if (!socket_.is_open()) return true;
  return poll_for(const_cast<Socket&>(socket_).native_handle(), POLLRDHUP);
}

bool Transport::has_input() const {
  if (!socket_.is_open()) return true;
  return poll_for(const_cast<Socket&>(socket_).native_handle(), POLLIN | POLLRDHUP);
}

std::string Transport::peer_address() const {
  SystemError error;
  tcp::endpoint endpoint = socket_.remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

}  // namespace bailiwick::net
