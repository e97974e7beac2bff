#include "net/server_exchange.h"

#include <array>
#include <charconv>

#include "net/head_writer.h"

namespace bailiwick::net {
namespace {

/// An unread body up to this size is read and dropped to keep the connection; a longer one closes it.
constexpr std::uint64_t kMaxPassedOver = 64 * 1024;

std::unexpected<Error> peer_gone_error(SystemError error) {
  return fail(ErrorCode::kUnavailable, "peer.gone", "the client closed the connection", error.message());
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
  CO_CHECK_OK(co_await invite_body());
  Result<std::string_view> body;
  if (decoder_.kind() == BodyFraming::Kind::kLength)
    body = co_await read_sized_body();
  else
    body = co_await read_chunked_body(limit);
  wire_.transport.clear_deadline();
  body_ = body ? BodyState::kRead : BodyState::kBroken;
  co_return body;
}

Task<Result<std::string_view>> ServerExchange::read_sized_body() {
  auto length = static_cast<std::size_t>(decoder_.remaining());
  if (length <= wire_.input.capacity()) {
    // Small bodies stay where they were received; the buffer is not touched again before the exchange ends.
    if (wire_.input.size() < length) wire_.input.grow(length);
    while (wire_.input.size() < length) CO_CHECK_OK(co_await receive());
    std::string_view body = wire_.input.view().substr(0, length);
    wire_.input.consume(length);
    co_return body;
  }
  std::string& body = wire_.body;
  body.resize_and_overwrite(length, [](char*, std::size_t size) { return size; });
  std::size_t filled = wire_.input.size();
  std::memcpy(body.data(), wire_.input.view().data(), filled);
  wire_.input.consume(filled);
  while (filled < length) {
    wire_.transport.set_deadline_in(wire_.options.body_idle);
    auto [error, size] =
        co_await wire_.transport.read_some(asio::buffer(body.data() + filled, length - filled));
    if (wire_.transport.timed_out())
      co_return fail(ErrorCode::kTimeout, "body.timeout", "the body stopped coming; send it without pauses");
    if (error && size == 0) co_return peer_gone_error(error);
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
  if (invited_ || !wire_.input.empty()) co_return Status();
  invited_ = true;
  co_return co_await send("HTTP/1.1 100 Continue\r\n\r\n", {});
}

Task<Status> ServerExchange::receive() {
  wire_.transport.set_deadline_in(wire_.options.body_idle);
  SystemError error = co_await wire_.transport.receive(wire_.input);
  if (!error) co_return Status();
  if (wire_.transport.timed_out()) {
    co_return fail(ErrorCode::kTimeout, "body.timeout", "the body stopped coming; send it without pauses");
  }
  co_return peer_gone_error(error);
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
  std::array<asio::const_buffer, 3> buffers{asio::buffer(head), asio::buffer(body), asio::buffer(tail)};
  SystemError error = co_await wire_.transport.write(buffers, wire_.options.write_idle);
  if (!error) co_return Status();
  sent_ = Sent::kBroken;
  co_return peer_gone_error(error);
}

Task<Status> ServerExchange::respond(const Response& response) {
  return respond(response.status, response.headers, response.body);
}

Task<Status> ServerExchange::respond(int status, const Headers& headers, std::string_view body) {
  CO_CHECK_OK(begin_head(status, headers));
  if (status != 204 && status >= 200) append_field(wire_.output, "Content-Length", body.size());
  wire_.output.append("\r\n");
  sent_ = Sent::kWhole;
  co_return co_await send(wire_.output, mute_ ? std::string_view() : body);
}

Task<Status> ServerExchange::start_stream(int status, const Headers& headers) {
  bool old = request_.minor_version == 0;
  if (old) after_ = AfterExchange::kClose;
  CO_CHECK_OK(begin_head(status, headers));
  if (!old && !(status == 204 || status == 304)) append_field(wire_.output, "Transfer-Encoding", "chunked");
  wire_.output.append("\r\n");
  sent_ = Sent::kStreaming;
  co_return co_await send(wire_.output, {});
}

Task<Status> ServerExchange::write(std::string_view bytes) {
  if (sent_ == Sent::kBroken)
    co_return fail(ErrorCode::kUnavailable, "peer.gone", "the client closed the connection");
  BW_CHECK(sent_ == Sent::kStreaming);
  // An empty chunk would end the stream.
  if (bytes.empty() || mute_) co_return Status();
  if (request_.minor_version == 0) co_return co_await send(bytes, {});
  std::array<char, 18> size_line;
  char* end = std::to_chars(size_line.data(), size_line.data() + 16, bytes.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  std::string_view line(size_line.data(), static_cast<std::size_t>(end - size_line.data()));
  co_return co_await send(line, bytes, "\r\n");
}

Task<Status> ServerExchange::finish() {
  if (sent_ == Sent::kBroken)
    co_return fail(ErrorCode::kUnavailable, "peer.gone", "the client closed the connection");
  BW_CHECK(sent_ == Sent::kStreaming);
  sent_ = Sent::kWhole;
  if (mute_ || request_.minor_version == 0) co_return Status();
  co_return co_await send("0\r\n\r\n", {});
}

Task<bool> ServerExchange::ready_for_next() {
  if (sent_ != Sent::kWhole || after_ == AfterExchange::kClose) co_return false;
  if (body_ == BodyState::kRead) co_return true;
  auto left = static_cast<std::size_t>(decoder_.remaining());
  while (true) {
    std::size_t passed = std::min(left, wire_.input.size());
    wire_.input.consume(passed);
    left -= passed;
    if (left == 0) co_return true;
    Status received = co_await receive();
    if (!received) co_return false;
  }
}

}  // namespace bailiwick::net
