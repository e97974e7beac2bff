#include "net/upstream.h"

#include <array>

#include <fmt/format.h>

#include "net/head_parser.h"
#include "net/head_writer.h"
#include "net/timer.h"
#include "net/use_task.h"

namespace bailiwick::net {
namespace {

constexpr std::size_t kBuffer = 16 * 1024;
constexpr int kMaxInterim = 8;
/// A connection that was used so recently is taken without asking the kernel about it; a retry covers the
/// rest.
constexpr std::chrono::milliseconds kTrusted{1'000};

using Resolver = asio::ip::basic_resolver<tcp, Executor>;

bool carries_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

std::chrono::milliseconds until(MonoTime deadline) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - last_tick());
  return std::max(left, std::chrono::milliseconds(1));
}

}  // namespace

/// A look-up that may be left behind: the system's resolver cannot be interrupted, our waiting for it can.
struct UpstreamConnection::Lookup {
  explicit Lookup(asio::io_context& io) : resolver(io.get_executor()), done(io.get_executor()) {}
  Resolver resolver;
  Timer done;
  SystemError error = asio::error::timed_out;
  std::vector<tcp::endpoint> endpoints;
};

UpstreamConnection::UpstreamConnection(asio::io_context& io, const Origin& origin)
    : io_(io), origin_(origin), authority_(origin.authority()), transport_(io), input_(kBuffer) {}

void UpstreamConnection::serve(std::shared_ptr<Abort> abort) {
  if (abort_) abort_->connection_ = nullptr;
  abort_ = std::move(abort);
  if (abort_) abort_->connection_ = this;
}

void UpstreamConnection::interrupt() {
  transport_.close();
  if (auto lookup = lookup_.lock()) lookup->done.cancel();
}

std::unexpected<Error> UpstreamConnection::aborted_error() const {
  return fail(ErrorCode::kUnavailable, "upstream.aborted",
              fmt::format("the request to {} was given up before it was sent", authority_));
}

std::unexpected<Error> UpstreamConnection::broken(std::string_view what, std::string detail) const {
  return fail(ErrorCode::kBadGateway, "upstream.broken", fmt::format("the upstream {} {}", authority_, what),
              std::move(detail));
}

std::unexpected<Error> UpstreamConnection::unreached(std::string_view what) const {
  return fail(ErrorCode::kGatewayTimeout, "upstream.connect",
              fmt::format("the upstream {} {}", authority_, what));
}

std::unexpected<Error> UpstreamConnection::timeout(std::string_view what) const {
  return fail(ErrorCode::kGatewayTimeout, "upstream.timeout",
              fmt::format("the upstream {} {}", authority_, what));
}

Task<SystemError> UpstreamConnection::resolve(std::vector<tcp::endpoint>& endpoints, MonoTime deadline) {
  SystemError error;
  asio::ip::address address = asio::ip::make_address(origin_.host, error);
  if (!error) {
    endpoints.emplace_back(address, origin_.port);
    co_return error;
  }
  auto lookup = std::make_shared<Lookup>(io_);
  lookup_ = lookup;
  lookup->done.expires_at(deadline);
  lookup->resolver.async_resolve(origin_.host, std::to_string(origin_.port),
                                 asio::ip::resolver_base::numeric_service,
                                 [lookup](SystemError outcome, Resolver::results_type results) {
                                   lookup->error = outcome;
                                   for (const auto& result : results)
                                     lookup->endpoints.push_back(result.endpoint());
                                   lookup->done.cancel();
                                 });
  co_await lookup->done.async_wait(use_task);
  endpoints = lookup->endpoints;
  co_return lookup->error;
}

Task<Status> UpstreamConnection::open(asio::ssl::context* tls, MonoTime deadline) {
  if (aborted()) co_return aborted_error();
  std::vector<tcp::endpoint> endpoints;
  SystemError error = co_await resolve(endpoints, deadline);
  transport_.set_deadline(deadline);
  for (const tcp::endpoint& endpoint : endpoints) {
    if (aborted()) break;
    transport_.close();
    transport_.set_deadline(deadline);
    error = co_await transport_.connect(endpoint);
    if (!error || transport_.timed_out()) break;
  }
  if (aborted()) co_return aborted_error();
  if (!error && tls) error = co_await transport_.connect_tls(*tls, origin_.host);
  bool late = transport_.timed_out() || error == asio::error::timed_out;
  transport_.clear_deadline();
  if (late) co_return unreached("did not accept a connection in time; check its address");
  if (!error) co_return Status();
  co_return fail(
      ErrorCode::kBadGateway, "upstream.connect",
      fmt::format("cannot connect to the upstream {}; check its address, that it runs, and its certificate",
                  authority_),
      error.message());
}

Status UpstreamConnection::write_head(const Origin& origin, const ClientRequest& request) {
  target_.assign(origin.base_path).append(request.path);
  if (target_.empty()) target_ = "/";
  output_.clear();
  CHECK_OK(append_request_head(output_, request.method, target_, request.headers));
  append_field(output_, "Host", authority_);
  if (!request.body.empty() || carries_body(request.method))
    append_field(output_, "Content-Length", request.body.size());
  output_.append("\r\n");
  return {};
}

Task<Status> UpstreamConnection::exchange(const Origin& origin, const ClientRequest& request,
                                          MonoTime deadline, std::size_t head_limit) {
  answer_began_ = false;
  if (aborted()) co_return aborted_error();
  CO_CHECK_OK(write_head(origin, request));
  std::array<asio::const_buffer, 2> parts{asio::buffer(output_), asio::buffer(request.body)};
  std::span<asio::const_buffer> left(parts);
  SystemError error;
  co_await transport_.after_the_others();
  if (aborted()) co_return aborted_error();
  if (!transport_.write_now(left, error)) error = co_await transport_.write(left, until(deadline));
  if (error && transport_.timed_out()) co_return unreached("did not take the request in time");
  if (error) co_return broken("closed the connection before it took the request", error.message());
  transport_.set_deadline(deadline);
  Status read = co_await read_head(request.method, head_limit);
  transport_.clear_deadline();
  co_return read;
}

Task<Status> UpstreamConnection::read_head(std::string_view method, std::size_t head_limit) {
  std::size_t searched = 0;
  int interim = 0;
  auto expect = Transport::Expect::kMessage;
  while (true) {
    std::string_view bytes = input_.view();
    std::size_t size = find_head_end(bytes, searched);
    if (size <= head_limit) {
      auto fault = parse_response(bytes.substr(0, size), method, response_);
      input_.consume(size);
      searched = 0;
      if (!fault.empty()) co_return broken("sent an answer that is not HTTP/1.1", std::string(fault));
      if (response_.status >= 200) co_return Status();
      if (response_.status == 101 || ++interim > kMaxInterim)
        co_return broken("sent an answer out of turn", {});
      continue;
    }
    if (bytes.size() >= head_limit) co_return broken("sent a head that is too large", {});
    if (auto fault = partial_head_fault(bytes, searched); !fault.empty()) {
      co_return broken("sent an answer that is not HTTP/1.1", std::string(fault));
    }
    searched = bytes.size();
    if (input_.full()) input_.grow(std::min(2 * input_.capacity(), head_limit));
    if (!input_.empty()) expect = Transport::Expect::kMore;
    SystemError error = co_await transport_.receive(input_, std::exchange(expect, Transport::Expect::kMore));
    if (!input_.empty()) answer_began_ = true;
    if (!error) continue;
    if (transport_.timed_out()) co_return timeout("did not answer in time");
    co_return broken("closed the connection without an answer", error.message());
  }
}

Task<SystemError> UpstreamConnection::receive(MonoTime deadline) {
  transport_.set_deadline(deadline);
  SystemError error = co_await transport_.receive(input_);
  transport_.clear_deadline();
  co_return error;
}

std::unique_ptr<UpstreamConnection> UpstreamPool::take(const Origin& origin) {
  auto found = idle_.find(origin);
  if (found == idle_.end()) return nullptr;
  std::vector<Parked>& line = found->second;
  while (!line.empty()) {
    Parked parked = std::move(line.back());
    line.pop_back();
    Transport& transport = parked.connection->transport();
    bool recent = last_tick() - parked.since < kTrusted;
    if (!transport.is_open() || (!recent && transport.has_input())) continue;
    transport.clear_deadline();
    return std::move(parked.connection);
  }
  return nullptr;
}

void UpstreamPool::park(std::unique_ptr<UpstreamConnection> connection) {
  std::vector<Parked>& line = idle_[connection->origin()];
  // The oldest are in front; those that have timed out are closed already.
  auto first_open = std::ranges::find_if(
      line, [](const Parked& parked) { return parked.connection->transport().is_open(); });
  line.erase(line.begin(), first_open);
  if (line.size() >= options_.idle_per_origin) return;
  MonoTime now = last_tick();
  connection->serve(nullptr);
  connection->transport().close_at(now + options_.idle_timeout);
  line.push_back({std::move(connection), now});
}

}  // namespace bailiwick::net
