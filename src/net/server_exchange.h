// ServerExchange: the Exchange that handlers see, over one connection of the server.
#pragma once

#include <atomic>
#include <string>

#include "net/request_parser.h"
#include "net/server.h"
#include "net/transport.h"

namespace bailiwick::net {

/// What a connection lends to its exchanges, kept from one request to the next for its memory.
struct Wire {
  Transport transport;
  ReadBuffer input;
  std::string output;  ///< the head that is being sent
  std::string body;    ///< a request body that did not fit into `input`
  const ServerOptions& options;
  const std::atomic<bool>& draining;  ///< the next answer of each connection is its last
};

class ServerExchange final : public Exchange {
 public:
  ServerExchange(Wire& wire, const ParsedRequest& request, Loop& loop, MonoTime received_at);

  const RequestHead& head() const override { return request_.head; }
  Loop& loop() override { return loop_; }
  MonoTime received_at() const override { return received_at_; }

  Task<Result<std::string_view>> read_body(std::size_t limit) override;
  Task<Status> respond(const Response& response) override;
  Task<Status> respond(int status, const Headers& headers, std::string_view body) override;
  Task<Status> start_stream(int status, const Headers& headers) override;
  Task<Status> write(std::string_view bytes) override;
  Task<Status> finish() override;
  void abort() override { sent_ = Sent::kBroken; }

  bool started() const override { return sent_ != Sent::kNothing; }
  bool peer_gone() const override { return wire_.transport.peer_gone(); }

  /// A whole answer has been sent.
  bool answered() const { return sent_ == Sent::kWhole; }
  /// The connection may carry another request, once nothing of this one's body is left.
  bool may_go_on() const;
  bool body_left() const { return body_ == BodyState::kUnread; }
  /// Reads what is left of a short body that nobody wanted. False when it does not come.
  Task<bool> pass_over_body();

 private:
  enum class Sent { kNothing, kStreaming, kWhole, kBroken };
  enum class BodyState { kUnread, kRead, kBroken };

  Task<Result<std::string_view>> read_sized_body(std::size_t length);
  Task<Result<std::string_view>> read_chunked_body(std::size_t limit);
  Task<Status> invite_body();
  Task<Status> receive();
  std::unexpected<Error> unreceived(SystemError error) const;
  std::string_view take_input(std::size_t size);
  Task<Status> send(std::string_view head, std::string_view body, std::string_view tail = {});
  Status begin_head(int status, const Headers& headers);
  bool bodyless(int status) const;
  bool worth_passing_over() const;

  Wire& wire_;
  const ParsedRequest& request_;
  Loop& loop_;
  MonoTime received_at_;
  BodyDecoder decoder_;
  AfterExchange after_;
  Sent sent_ = Sent::kNothing;
  BodyState body_ = BodyState::kUnread;
  bool invited_ = false;  ///< nobody waits for a 100 Continue
  bool asked_ = false;    ///< read_body was called
  bool mute_ = false;     ///< the answer has no body, whatever is written
};

}  // namespace bailiwick::net
