#include "net/transport.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <boost/asio/detail/scheduler.hpp>
#include <boost/asio/ip/address.hpp>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include "net/use_task.h"

namespace bailiwick::net {
namespace {

constexpr std::size_t kLingerLimit = 1 << 20;
constexpr std::size_t kFewBytes = 2 * 1024;

/// With each read the kernel says how much it left behind.
using TellsRest = asio::detail::socket_option::boolean<IPPROTO_TCP, TCP_INQ>;

/// The reactor's part of a socket, which Asio keeps to itself.
struct Inside : Socket {
  static asio::detail::reactor::per_descriptor_data& of(Socket& socket) {
    return (socket.*&Inside::impl_).get_implementation().reactor_data_;
  }
};

/// Drops `size` bytes from the front of `buffers`, and every buffer that is empty then.
void consume(std::span<asio::const_buffer>& buffers, std::size_t size) {
  while (!buffers.empty() && size >= buffers.front().size()) {
    size -= buffers.front().size();
    buffers = buffers.subspan(1);
  }
  if (size > 0) buffers.front() += size;
}

asio::detail::scheduler& scheduler_of(asio::io_context& io) {
  return asio::use_service<asio::detail::scheduler>(io);
}

/// Nothing waits behind what was read, and the peer has not ended its side.
bool leaves_nothing(msghdr& message) {
  const cmsghdr* told = CMSG_FIRSTHDR(&message);
  if (told == nullptr || told->cmsg_level != IPPROTO_TCP || told->cmsg_type != TCP_CM_INQ) return false;
  int rest = 0;
  std::memcpy(&rest, CMSG_DATA(told), sizeof rest);
  return rest == 0;
}

bool would_block(SystemError error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

/// Little is copied together first: one piece costs the kernel less than several.
std::size_t write_some_now(Socket& socket, std::span<const asio::const_buffer> buffers, SystemError& error) {
  std::size_t size = asio::buffer_size(buffers);
  if (size > kFewBytes) return socket.write_some(buffers, error);
  char together[kFewBytes];
  asio::buffer_copy(asio::buffer(together), buffers);
  return socket.write_some(asio::const_buffer(together, size), error);
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

/// Those of one loop that let the others go first. To the scheduler all of a turn are one operation.
class Transport::Turns final : public asio::execution_context::service, private asio::detail::operation {
 public:
  using key_type = Turns;
  inline static asio::execution_context::id id;

  explicit Turns(asio::execution_context& context)
      : service(context),
        asio::detail::operation(complete),
        scheduler_(asio::use_service<asio::detail::scheduler>(static_cast<asio::io_context&>(context))) {}

  void wait(Yielding& yielding) {
    const bool first = waiting_.empty();
    waiting_.push(&yielding);
    if (first) scheduler_.post_immediate_completion(this, true);
  }

 private:
  /// The scheduler drops this, and this who waits.
  void shutdown() override {}
  static void complete(void* owner, asio::detail::operation* base, const SystemError& error, std::size_t) {
    asio::detail::op_queue<asio::detail::operation> turn;
    turn.push(static_cast<Turns&>(*base).waiting_);
    while (asio::detail::operation* next = turn.front()) {
      turn.pop();
      owner != nullptr ? next->complete(owner, error, 0) : next->destroy();
    }
  }

  asio::detail::scheduler& scheduler_;
  asio::detail::op_queue<asio::detail::operation> waiting_;
};

Transport::Transport(asio::io_context& io)
    : Entry(io),
      reactor_(asio::use_service<asio::detail::reactor>(io)),
      turns_(asio::use_service<Turns>(io)),
      socket_(io.get_executor()) {}

Transport::Transport(asio::io_context& io, Socket socket)
    : Entry(io),
      reactor_(asio::use_service<asio::detail::reactor>(io)),
      turns_(asio::use_service<Turns>(io)),
      socket_(std::move(socket)) {
  prepare();
}

void Transport::prepare() {
  SystemError ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  socket_.set_option(TellsRest(true), ignored);
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

void Transport::Reading::start(asio::io_context& io) {
  if (transport_.tls_) return transport_.tls_->async_read_some(into_, Completion<Reading>(*this));
  Socket& socket = transport_.socket_;
  // Asio asks the kernel only if the last read did not empty the socket. What broke the connection is no rest
  // to be read, and may have been announced before that read: in the midst of a message it is asked for.
  if (expect_ == Expect::kMore && socket.is_open()) {
    if (receive_now() != not_done) {
      scheduler_of(io).post_immediate_completion(this, true);
      return;
    }
    just_asked_ = true;
  }
  transport_.reactor_.start_op(asio::detail::reactor::read_op, socket.native_handle(), Inside::of(socket),
                               this, true, true);
  just_asked_ = false;
}

asio::detail::reactor_op::status Transport::Reading::perform(reactor_op* operation) {
  auto& reading = static_cast<Reading&>(*operation);
  return reading.just_asked_ ? not_done : reading.receive_now();
}

/// `done_and_exhausted` says that nothing is to be read before the kernel speaks again.
asio::detail::reactor_op::status Transport::Reading::receive_now() {
  iovec room{into_.data(), into_.size()};
  alignas(cmsghdr) char told[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &room;
  message.msg_iovlen = 1;
  message.msg_control = told;
  message.msg_controllen = sizeof told;
  ssize_t size = 0;
  do size = ::recvmsg(transport_.socket_.native_handle(), &message, 0);
  while (size < 0 && errno == EINTR);
  if (size > 0) {
    bytes_transferred_ = static_cast<std::size_t>(size);
    return leaves_nothing(message) ? done_and_exhausted : done;
  }
  if (size == 0)
    ec_ = asio::error::eof;
  else if (errno == EAGAIN || errno == EWOULDBLOCK)
    return not_done;
  else
    ec_ = SystemError(errno, asio::error::get_system_category());
  return done_and_exhausted;
}

void Transport::Reading::complete(void* owner, asio::detail::operation* operation, const SystemError&,
                                  std::size_t) {
  auto& reading = static_cast<Reading&>(static_cast<reactor_op&>(*operation));
  owner != nullptr ? reading.resume() : reading.drop();
}

void Transport::Yielding::start() {
  turns_.wait(*this);
}

void Transport::Yielding::complete(void* owner, asio::detail::operation* operation, const SystemError&,
                                   std::size_t) {
  auto& yielding = static_cast<Yielding&>(*operation);
  owner != nullptr ? yielding.resume() : yielding.drop();
}

Task<std::tuple<SystemError, std::size_t>> Transport::write_some(
    std::span<const asio::const_buffer> buffers) {
  if (tls_) co_return co_await tls_->async_write_some(buffers, use_task);
  co_return co_await socket_.async_write_some(buffers, use_task);
}

bool Transport::write_now(std::span<asio::const_buffer>& buffers, SystemError& error) {
  if (tls_) return false;
  consume(buffers, write_some_now(socket_, buffers, error));
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
