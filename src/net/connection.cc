#include "net/connection.h"

#include <array>

#include <fmt/format.h>

#include "base/json.h"
#include "base/log.h"
#include "base/random.h"
#include "net/head_parser.h"
#include "net/head_writer.h"

namespace bailiwick::net {
namespace {

constexpr std::size_t kFirstBuffer = 4 * 1024;
constexpr std::size_t kKeptBody = 64 * 1024;
constexpr std::chrono::milliseconds kLinger{2'000};

constexpr Refusal kHeadTooLarge{431, "request.head_too_large", "a head that is too large",
                                "send a shorter target, or fewer or shorter headers"};
constexpr Refusal kHeadTimeout{408, "request.head_timeout", "a head that did not arrive in time",
                               "send it without pauses"};
constexpr std::string_view kReport = "report it to the operator with its id";
constexpr Refusal kHandlerThrew{500, "server.fault", "run into a fault of the server", kReport};
constexpr Refusal kNoAnswer{500, "server.no_answer", "been left without an answer", kReport};

/// The shape that every other error of the server has.
std::string problem_body(const Refusal& refusal, std::string_view request_id) {
  std::string body =
      fmt::format(R"({{"type":"urn:bailiwick:problem:{0}","title":"{1}","status":{2},"code":"{0}","detail":)",
                  refusal.reason, reason_phrase(refusal.status), refusal.status);
  append_json_string(body, fmt::format("the request has {}; {}", refusal.fault, refusal.remedy));
  body.append(R"(,"request_id":")").append(request_id).append("\"}");
  return body;
}

}  // namespace

std::string refusal_to_wire(const Refusal& refusal, std::string_view request_id) {
  std::string body = problem_body(refusal, request_id);
  std::string wire = fmt::format("HTTP/1.1 {} {}\r\n", refusal.status, reason_phrase(refusal.status));
  append_field(wire, "Content-Type", "application/problem+json");
  append_field(wire, "X-Request-Id", request_id);
  append_field(wire, "Content-Length", body.size());
  wire.append(date_field()).append("Connection: close\r\n\r\n").append(body);
  return wire;
}

Connection::Connection(ServerShared& shared, Loop& loop, Socket socket)
    : shared_(shared),
      loop_(loop),
      wire_{Transport(loop.io, std::move(socket)),
            ReadBuffer(std::min(kFirstBuffer, shared.options.head_limit)),
            {},
            {},
            shared.options,
            shared.draining} {
  shared_.connections.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() {
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
}

Task<void> Connection::run() {
  using Channel = RequestReader::Channel;
  reader_.set_peer(wire_.transport.peer_address(), shared_.tls ? Channel::kTls : Channel::kPlain);
  wire_.transport.set_deadline_in(shared_.options.head_deadline);
  bool going = co_await handshake();
  if (shared_.draining.load(std::memory_order_relaxed)) going = false;
  while (going) {
    going = co_await read_head();
    if (going) going = co_await answer();
  }
}

Task<bool> Connection::handshake() {
  if (!shared_.tls) co_return true;
  SystemError error = co_await wire_.transport.accept_tls(*shared_.tls);
  co_return !error;
}

Task<bool> Connection::read_head() {
  std::size_t searched = 0;
  auto expect = Transport::Expect::kMessage;
  while (true) {
    // Some clients end a body with one line end too many.
    while (searched == 0 && wire_.input.view().starts_with("\r\n")) wire_.input.consume(2);
    std::string_view bytes = wire_.input.view();
    if (std::size_t size = find_head_end(bytes, searched); size <= shared_.options.head_limit) {
      co_return co_await parse_head(size);
    }
    if (bytes.size() >= shared_.options.head_limit) {
      co_await refuse(kHeadTooLarge);
      co_return false;
    }
    if (auto fault = partial_head_fault(bytes, searched); !fault.empty()) {
      Refusal malformed{.fault = fault};
      co_await refuse(malformed);
      co_return false;
    }
    if (!bytes.empty() && phase_ == Phase::kIdle) {
      // One deadline for the whole head: a peer that sends it byte by byte gains nothing.
      phase_ = Phase::kBusy;
      wire_.transport.set_deadline_in(shared_.options.head_deadline);
    }
    searched = bytes.size();
    if (wire_.input.full())
      wire_.input.grow(std::min(2 * wire_.input.capacity(), shared_.options.head_limit));
    if (!wire_.input.empty()) expect = Transport::Expect::kMore;
    SystemError error =
        co_await wire_.transport.receive(wire_.input, std::exchange(expect, Transport::Expect::kMore));
    if (!error) continue;
    if (wire_.transport.timed_out() && phase_ == Phase::kBusy) co_await refuse(kHeadTimeout);
    co_return false;
  }
}

Task<bool> Connection::parse_head(std::size_t size) {
  phase_ = Phase::kBusy;
  wire_.transport.clear_deadline();
  Refusal refusal;
  bool accepted = reader_.read(wire_.input.view().substr(0, size), refusal);
  wire_.input.consume(size);
  if (!accepted) co_await refuse(refusal);
  co_return accepted;
}

Task<bool> Connection::answer() {
  ServerExchange exchange(wire_, reader_.request(), loop_, mono_now());
  co_await run_handler(exchange);
  bool next = exchange.may_go_on() && !shared_.draining.load(std::memory_order_relaxed);
  if (next && exchange.body_left()) next = co_await exchange.pass_over_body();
  if (next) {
    if (wire_.body.capacity() > kKeptBody) std::string().swap(wire_.body);
    phase_ = Phase::kIdle;
    wire_.transport.set_deadline_in(shared_.options.keep_alive);
    co_return true;
  }
  if (exchange.answered()) co_await wire_.transport.linger(kLinger);
  co_return false;
}

Task<void> Connection::run_handler(ServerExchange& exchange) {
  std::string thrown;
  try {
    co_await shared_.handler(exchange);
  } catch (const std::exception& error) {
    thrown = error.what();
    if (thrown.empty()) thrown = "an exception without a message";
  } catch (...) {
    thrown = "an exception of an unknown type";
  }
  bool silent = !exchange.started();
  if (thrown.empty() && (!silent || exchange.peer_gone())) co_return;
  log_error(
      thrown.empty() ? "net.no_answer" : "net.handler_threw",
      {{"method", reader_.request().head.method}, {"path", reader_.request().head.path}, {"what", thrown}});
  exchange.abort();
  const Refusal& refusal = thrown.empty() ? kNoAnswer : kHandlerThrew;
  if (silent)
    co_await refuse(refusal);
  else
    shared_.count_refusal(refusal.status, refusal.reason);
}

Task<void> Connection::refuse(Refusal refusal) {
  shared_.count_refusal(refusal.status, refusal.reason);
  SystemRandom random;
  wire_.output = refusal_to_wire(refusal, new_request_id(random));
  std::array<asio::const_buffer, 1> buffers{asio::buffer(wire_.output)};
  SystemError error = co_await wire_.transport.write(buffers, shared_.options.write_idle);
  if (!error) co_await wire_.transport.linger(kLinger);
}

void Connection::drain() {
  if (phase_ == Phase::kIdle) close();
}

}  // namespace bailiwick::net
