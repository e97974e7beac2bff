// A model request from the caller to its answer: whole, or streamed as it comes.
#pragma once

#include "edge/call.h"
#include "edge/edge.h"
#include "edge/route.h"
#include "gateway/answer_headers.h"
#include "routing/router.h"

namespace bailiwick::gateway {

/// What a stream needs of its call, whatever the action.
struct StreamCaller {
  edge::CallBase& call;
  edge::Dialect dialect;
  /// Journals the record once; before the last byte is delivered.
  std::function<Status(int status)> journal;
  ledger::Ledger& ledger;
};

/// Hands the answer over piece by piece. The record is journalled before the last piece goes out.
net::Task<edge::Reply> stream_answer(const StreamCaller& caller, const snapshot::TenantSnapshot& snapshot,
                                     routing::MeteredCall& model_call);

edge::Reply whole_answer(const edge::CallBase& call, edge::Dialect dialect,
                         const snapshot::TenantSnapshot& snapshot, routing::MeteredCall& model_call);

/// A refusal by rate or budget, with the headers that tell a client when to come back.
edge::Reply refusal(edge::CallBase& call, edge::Dialect dialect, const snapshot::TenantSnapshot& snapshot,
                    const Error& error);

constexpr edge::Dialect answer_dialect(routing::Endpoint endpoint) {
  return routing::dialect_of(endpoint) == snapshot::ProviderKind::kAnthropic ? edge::Dialect::kAnthropic
                                                                             : edge::Dialect::kOpenAi;
}

template <tenancy::Action A>
net::Task<Result<edge::Reply>> proxy(routing::Router& router, routing::Endpoint endpoint, edge::Call<A>& call,
                                     edge::RawBody body) {
  edge::Dialect dialect = answer_dialect(endpoint);
  routing::CallRequest request{endpoint, body.bytes, call.exchange.head().headers, &call.exchange};
  auto model_call = co_await router.call(call.permit, call.snapshot, call.loop(), request, call.record);
  if (!model_call) {
    ErrorCode code = model_call.error().code;
    bool over_limit = code == ErrorCode::kRateLimited || code == ErrorCode::kPaymentRequired;
    if (!over_limit) co_return std::unexpected(std::move(model_call.error()));
    co_return refusal(call, dialect, *call.snapshot, model_call.error());
  }
  if (!(*model_call)->streams()) {
    co_return whole_answer(call, dialect, *call.snapshot, **model_call);
  }
  StreamCaller caller{call, dialect, [&call](int status) { return call.journal(status); }, call.ledger()};
  co_return co_await stream_answer(caller, *call.snapshot, **model_call);
}

}  // namespace bailiwick::gateway
