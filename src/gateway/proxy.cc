#include "gateway/proxy.h"

#include "base/log.h"

namespace bailiwick::gateway {
namespace {

using edge::Dialect;
using edge::Reply;
using routing::Piece;

void add_common_headers(net::Headers& headers, const edge::CallBase& call, Dialect dialect,
                        const snapshot::TenantSnapshot& snapshot, const Moment& now) {
  headers.add("x-bailiwick-request-id", call.request_id);
  // Anthropic's libraries read the id under this name.
  if (dialect == Dialect::kAnthropic) headers.add("request-id", call.request_id);
  add_rate_headers(headers, dialect, snapshot.meter->rates(call.payer, now), now.wall);
}

CallFacts facts_of(const edge::CallBase& call, const snapshot::TenantSnapshot& snapshot,
                   const routing::MeteredCall& model_call, const Moment& now) {
  auto elapsed = call.clock.mono() - call.exchange.received_at();
  return {.call = model_call,
          .elapsed = std::chrono::duration_cast<std::chrono::microseconds>(elapsed),
          .budget_left = snapshot.meter->budget_left(call.payer, now)};
}

/// How a dialect says in the middle of a stream that it ends here.
std::string error_event(const Error& error, Dialect dialect, std::string_view request_id) {
  std::string event = dialect == Dialect::kAnthropic ? "event: error\ndata: " : "data: ";
  return event.append(edge::error_object(error, dialect, request_id)).append("\n\n");
}

/// The caller went away: what it got is settled and recorded, and there is nobody left to answer.
Reply left_behind(const StreamCaller& caller, routing::MeteredCall& model_call) {
  model_call.abandon();
  caller.call.record.reason = "caller.gone";
  if (auto journalled = caller.journal(model_call.status()); !journalled) {
    log_error("ledger.append",
              {{"request_id", caller.call.request_id}, {"reason", journalled.error().reason}});
  }
  caller.call.exchange.abort();
  return Reply::already_streamed();
}

/// Ends the stream: journals, then lets `last` go out.
net::Task<Reply> end_stream(const StreamCaller& caller, routing::MeteredCall& model_call,
                            std::string_view last) {
  net::Exchange& exchange = caller.call.exchange;
  Status recorded = caller.journal(model_call.status());
  if (recorded && caller.call.recording == edge::Recording::kStrict)
    recorded = co_await edge::wait_for_disk(caller.ledger);
  if (!recorded) {
    // Without its record the answer may not look finished.
    exchange.abort();
    co_return Reply::already_streamed();
  }
  Status sent;
  if (!last.empty()) sent = co_await exchange.write(last);
  if (sent) sent = co_await exchange.finish();
  if (sent) co_await model_call.drain();
  co_return Reply::already_streamed();
}

}  // namespace

net::Task<Reply> stream_answer(const StreamCaller& caller, const snapshot::TenantSnapshot& snapshot,
                               routing::MeteredCall& model_call) {
  edge::CallBase& call = caller.call;
  net::Headers headers = model_call.take_headers();
  headers.add("Cache-Control", "no-cache");
  headers.add("X-Request-Id", call.request_id);
  headers.add_own("traceparent", call.trace.traceparent());
  const Moment now = snapshot.meter->now();
  add_common_headers(headers, call, caller.dialect, snapshot, now);
  add_call_headers(headers, facts_of(call, snapshot, model_call, now));
  Status sent = co_await call.exchange.start_stream(model_call.status(), headers);
  while (sent) {
    Piece piece = co_await model_call.next();
    switch (piece.kind) {
      case Piece::Kind::kMore:
        sent = co_await call.exchange.write(piece.bytes);
        break;
      case Piece::Kind::kLast:
        co_return co_await end_stream(caller, model_call, piece.bytes);
      case Piece::Kind::kCut: {
        call.record.reason = piece.error.reason;
        std::string event = error_event(piece.error, caller.dialect, call.request_id);
        co_return co_await end_stream(caller, model_call, event);
      }
      case Piece::Kind::kBroken: {
        call.record.reason = piece.error.reason;
        Status recorded = caller.journal(model_call.status());
        if (recorded && call.recording == edge::Recording::kStrict)
          recorded = co_await edge::wait_for_disk(caller.ledger);
        if (recorded) {
          std::string event;
          if (piece.bytes.empty()) event = error_event(piece.error, caller.dialect, call.request_id);
          sent = co_await call.exchange.write(piece.bytes.empty() ? event : piece.bytes);
        }
        call.exchange.abort();
        co_return Reply::already_streamed();
      }
    }
  }
  co_return left_behind(caller, model_call);
}

Reply whole_answer(const edge::CallBase& call, Dialect dialect, const snapshot::TenantSnapshot& snapshot,
                   routing::MeteredCall& model_call) {
  Reply reply;
  reply.response.status = model_call.status();
  reply.response.headers = model_call.take_headers();
  const Moment now = snapshot.meter->now();
  add_common_headers(reply.response.headers, call, dialect, snapshot, now);
  add_call_headers(reply.response.headers, facts_of(call, snapshot, model_call, now));
  reply.response.body = model_call.take_body();
  return reply;
}

Reply refusal(edge::CallBase& call, Dialect dialect, const snapshot::TenantSnapshot& snapshot,
              const Error& error) {
  call.record.decision = edge::Edge::is_denial(error.code) ? "deny" : "allow";
  call.record.reason = error.reason;
  Reply reply{.response = edge::encode_error(error, dialect, call.request_id), .streamed = false};
  const Moment now = snapshot.meter->now();
  add_rate_headers(reply.response.headers, dialect, snapshot.meter->rates(call.payer, now), now.wall);
  return reply;
}

}  // namespace bailiwick::gateway
