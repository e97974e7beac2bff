#include "net/server_exchange.h"

#include <array>
#include <charconv>

#include "net/head_writer.h"

namespace bailiwick::net {
namespace {

/// An unread body up to this size is read and dropped to keep the connection; a longer one closes it.
constexpr std::uint64_t kMaxPassedOver = 64 * 1024;

std::unexpected<Error> peer_gone_error(std::string detail = {}) {
  return fail(ErrorCode::kUnavailable, "peer.gone", "the client closed the connection", std::move(detail));
}

Task<Status> settled(Status status) {
  co_return status;
}

std::unexpected<Error> too_large(std::size_t limit) {
  return fail(
      ErrorCode::kTooLarge, "body.too_large",
      "the body is larger than the " + std::to_string(limit) + " bytes that this route takes; send less");
}

}  // namespace

ServerExchange::ServerExchange(Wire& wire, const ParsedRequest& request, Loop& loop, MonoTime received_at)
    : wire_(wire),
      request_(request),
      loop_(loop),
      received_at_(received_at),
      decoder_(request.framing),
      after_(request.after),
      body_(decoder_.finished() ? BodyState::kRead : BodyState::kUnread),
      invited_(!request.expects_continue) {}

Task<Result<std::string_view>> ServerExchange::read_body(std::size_t limit) {
  BW_CHECK(!asked_);
  asked_ = true;
  if (body_ == BodyState::kRead) co_return std::string_view();
  if (decoder_.remaining() > limit) co_return too_large(limit);
  if (!invited_ && wire_.input.empty()) CO_CHECK_OK(co_await invite_body());
  Result<std::string_view> body;
  if (decoder_.kind() == BodyFraming::Kind::kChunked)
    body = co_await read_chunked_body(limit);
  else if (decoder_.remaining() <= wire_.input.size())
    body = take_input(static_cast<std::size_t>(decoder_.remaining()));
  else
    body = co_await read_sized_body(static_cast<std::size_t>(decoder_.remaining()));
  wire_.transport.clear_deadline();
  body_ = body ? BodyState::kRead : BodyState::kBroken;
  co_return body;
}

std::string_view ServerExchange::take_input(std::size_t size) {
  std::string_view taken = wire_.input.view().substr(0, size);
  wire_.input.consume(size);
  return taken;
}

Task<Result<std::string_view>> ServerExchange::read_sized_body(std::size_t length) {
  if (length <= wire_.input.capacity()) {
    // Small bodies stay where they are received; the buffer is not touched again before the exchange ends.
    wire_.input.grow(length);
    while (wire_.input.size() < length) CO_CHECK_OK(co_await receive());
    co_return take_input(length);
  }
  std::string& body = wire_.body;
  // The size that libstdc++ 12 passes to the function may be larger than what was asked for.
  body.resize_and_overwrite(length, [length](char*, std::size_t) { return length; });
  std::string_view early = take_input(wire_.input.size());
  early.copy(body.data(), early.size());
  for (std::size_t filled = early.size(); filled < length;) {
    wire_.transport.set_deadline_in(wire_.options.body_idle);
    asio::mutable_buffer room = asio::buffer(body.data() + filled, length - filled);
    auto [error, size] = co_await wire_.transport.read_some(room);
    if (size == 0) co_return unreceived(error);
    filled += size;
  }
  co_return std::string_view(body);
}

Task<Result<std::string_view>> ServerExchange::read_chunked_body(std::size_t limit) {
  std::string& body = wire_.body;
  body.clear();
  while (true) {
    std::string_view input = wire_.input.view();
    while (!input.empty() && !decoder_.finished()) {
      CO_TRY(std::string_view piece, decoder_.next(input));
      if (piece.size() > limit - body.size()) co_return too_large(limit);
      body.append(piece);
    }
    wire_.input.keep_last(input.size());
    if (decoder_.finished()) co_return std::string_view(body);
    CO_CHECK_OK(co_await receive());
  }
}

Task<Status> ServerExchange::invite_body() {
  invited_ = true;
  return send("HTTP/1.1 100 Continue\r\n\r\n", {});
}

Task<Status> ServerExchange::receive() {
  wire_.transport.set_deadline_in(wire_.options.body_idle);
  SystemError error = co_await wire_.transport.receive(wire_.input);
  if (error) co_return unreceived(error);
  co_return Status();
}

std::unexpected<Error> ServerExchange::unreceived(SystemError error) const {
  // The peer ended its side, and may still listen.
  if (error == asio::error::eof) {
    return fail(ErrorCode::kInvalid, "body.truncated", "the body ended too early; send all of it");
  }
  if (!wire_.transport.timed_out()) return peer_gone_error(error.message());
  return fail(ErrorCode::kTimeout, "body.timeout", "the body stopped coming; send it without pauses");
}

bool ServerExchange::bodyless(int status) const {
  return request_.head.method == "HEAD" || status == 204 || status == 304 || status < 200;
}

bool ServerExchange::worth_passing_over() const {
  return body_ == BodyState::kRead ||
         (body_ == BodyState::kUnread && invited_ && decoder_.kind() == BodyFraming::Kind::kLength &&
          decoder_.remaining() <= kMaxPassedOver);
}

Status ServerExchange::begin_head(int status, const Headers& headers) {
  if (sent_ == Sent::kBroken) return peer_gone_error();
  BW_CHECK(sent_ == Sent::kNothing);
  bool last = wire_.draining.load(std::memory_order_relaxed) || !worth_passing_over();
  if (last) after_ = AfterExchange::kClose;
  mute_ = bodyless(status);
  wire_.output.clear();
  CHECK_OK(append_response_head(wire_.output, status, headers));
  wire_.output.append(date_field());
  if (after_ == AfterExchange::kClose) append_field(wire_.output, "Connection", "close");
  return {};
}

Task<Status> ServerExchange::send(std::string_view head, std::string_view body, std::string_view tail) {
  std::array<asio::const_buffer, 3> parts{asio::buffer(head), asio::buffer(body), asio::buffer(tail)};
  std::span<asio::const_buffer> left(parts);
  SystemError error;
  co_await wire_.transport.after_the_others();
  // The kernel takes nearly every answer at once.
  if (!wire_.transport.write_now(left, error)) {
    error = co_await wire_.transport.write(left, wire_.options.write_idle);
  }
  if (!error) co_return Status();
  sent_ = Sent::kBroken;
  co_return peer_gone_error(error.message());
}

Task<Status> ServerExchange::respond(const Response& response) {
  return respond(response.status, response.headers, response.body);
}

Task<Status> ServerExchange::respond(int status, const Headers& headers, std::string_view body) {
  if (Status begun = begin_head(status, headers); !begun) return settled(std::move(begun));
  if (status != 204 && status >= 200) append_field(wire_.output, "Content-Length", body.size());
  wire_.output.append("\r\n");
  sent_ = Sent::kWhole;
  return send(wire_.output, mute_ ? std::string_view() : body);
}

Task<Status> ServerExchange::start_stream(int status, const Headers& headers) {
  bool old = request_.minor_version == 0;
  if (old) after_ = AfterExchange::kClose;
  if (Status begun = begin_head(status, headers); !begun) return settled(std::move(begun));
  if (!old && status != 204 && status != 304) append_field(wire_.output, "Transfer-Encoding", "chunked");
  wire_.output.append("\r\n");
  sent_ = Sent::kStreaming;
  return send(wire_.output, {});
}

Task<Status> ServerExchange::write(std::string_view bytes) {
  if (sent_ == Sent::kBroken) return settled(peer_gone_error());
  BW_CHECK(sent_ == Sent::kStreaming);
  // An empty chunk would end the stream.
  if (bytes.empty() || mute_) return settled({});
  if (request_.minor_version == 0) return send(bytes, {});
  char size[16];
  char* end = std::to_chars(std::begin(size), std::end(size), bytes.size(), 16).ptr;
  wire_.output.assign(size, end).append("\r\n");
  return send(wire_.output, bytes, "\r\n");
}

Task<Status> ServerExchange::finish() {
  if (sent_ == Sent::kBroken) return settled(peer_gone_error());
  BW_CHECK(sent_ == Sent::kStreaming);
  sent_ = Sent::kWhole;
  if (mute_ || request_.minor_version == 0) return settled({});
  return send("0\r\n\r\n", {});
}

bool ServerExchange::may_go_on() const {
  return sent_ == Sent::kWhole && after_ == AfterExchange::kKeepAlive;
}

Task<bool> ServerExchange::pass_over_body() {
  auto left = static_cast<std::size_t>(decoder_.remaining());
  while (true) {
    left -= take_input(std::min(left, wire_.input.size())).size();
    if (left == 0) break;
    Status received = co_await receive();
    if (!received) co_return false;
  }
  wire_.transport.clear_deadline();
  co_return true;
}

}  // namespace bailiwick::net
