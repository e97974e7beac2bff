// Route: one row of the table that is the whole HTTP surface. A route without an action does not compile.
//
//   route<Action::kAsk, AskBody>("POST", "/v1/ask", {.summary = "…", .answer = schema_of<AskAnswer>},
//   handler)
//
// The handler is `Task<Result<Reply>>(Call<A>&, Body)`, a free function or a callable that outlives the
// server. Body is a described structure (parsed from JSON, unknown keys refused), RawBody, or NoBody.
#pragma once

#include "base/printing.h"
#include "edge/call.h"
#include "edge/edge.h"

namespace bailiwick::edge {

struct NoBody {};
/// The bytes as they came; the view lives until the exchange ends.
struct RawBody {
  std::string_view bytes;
};

template <class T>
json::object schema_of() {
  return Binding<T>::schema(Rule{});
}

template <tenancy::Action A, class Body>
using RouteHandler = std::function<net::Task<Result<Reply>>(Call<A>&, Body)>;

namespace detail {

template <class Body>
Result<Body> parse_body(std::string_view bytes) {
  if constexpr (std::is_same_v<Body, NoBody>)
    return NoBody{};
  else if constexpr (std::is_same_v<Body, RawBody>)
    return RawBody{bytes};
  else
    return bind_json<Body>(bytes);
}

/// Spends one request of the tenant's rate. The operator's own work is not the tenant's: a tenant at its
/// limit can still be managed.
template <tenancy::Action A>
Status admit(Call<A>& call) {
  if (!call.snapshot || call.permit.principal().is_platform_admin()) return {};
  TRY(call.admission, call.snapshot->meter->admit({}, call.payer));
  return {};
}

template <tenancy::Action A, class Body>
net::Task<Result<Reply>> run(Edge& edge, Incoming& in, const RouteHandler<A, Body>& handler, Call<A>& call) {
  if (in.route.doc.admission == AdmissionBy::kEdge) CO_CHECK_OK(admit(call));
  std::string_view bytes;
  if constexpr (!std::is_same_v<Body, NoBody>) {
    CO_CHECK_OK(edge.check_media(in));
    CO_TRY(bytes, co_await in.exchange.read_body(in.route.doc.body_limit));
  }
  CO_TRY(Body body, parse_body<Body>(bytes));
  co_return co_await handler(call, std::move(body));
}

/// As run(); what is thrown becomes an error here, so that such a request is recorded like any other.
template <tenancy::Action A, class Body>
net::Task<Result<Reply>> run_guarded(Edge& edge, Incoming& in, const RouteHandler<A, Body>& handler,
                                     Call<A>& call) {
  Error broken;
  try {
    co_return co_await run<A, Body>(edge, in, handler, call);
  } catch (const std::exception& thrown) {
    broken = edge.note_broken(in, thrown);
  }
  co_return std::unexpected(std::move(broken));
}

template <tenancy::Action A, class Body>
net::Task<void> serve(Edge& edge, Incoming& in, const RouteHandler<A, Body>& handler) {
  auto grant = edge.gatekeeper().template admit<A>(in.presented);
  if (!grant) {
    co_await edge.answer_error(in, grant.error());
    co_return;
  }
  Call<A> call(*grant, edge.gatekeeper(), edge.ledger(), in.exchange, in.path, in.request_id, in.trace,
               edge.clock());
  edge.begin_record(call.record, in, grant->permit.principal(), A, grant->reason,
                    grant->permit.policy_revision());
  if constexpr (tenancy::reach_of(A) != tenancy::Reach::kPlatform) {
    if (const auto& program = grant->permit.scope().program()) call.record.program = program->str();
    if (const auto& name_space = grant->permit.scope().name_space())
      call.record.name_space = name_space->str();
    if (const tenancy::Footprint* footprint = grant->permit.scope().footprint())
      footprint->fetch(tenancy::Footprint::Part::kChainEntry, tenancy::Footprint::Part::kSum);
  }
  call.recording = edge.recording();
  in.tenant = grant->snapshot ? grant->snapshot->id().view() : std::string_view();
  auto reply = co_await run_guarded<A, Body>(edge, in, handler, call);
  // What failed before it was admitted is recorded like any other call, so it may not come without limit
  // either.
  if (!reply && !call.admitted() && !Edge::is_denial(reply.error().code)) {
    if (auto admitted = admit(call); !admitted) reply = std::unexpected(std::move(admitted.error()));
  }
  int status = reply ? reply->response.status : http_status(reply.error().code);
  if (!reply && !call.recorded()) {
    call.record.decision = Edge::is_denial(reply.error().code) ? "deny" : "allow";
    call.record.reason = reply.error().reason;
  }
  auto journalled = call.journal(status);
  if (journalled && call.recording == Recording::kStrict && !in.exchange.started())
    journalled = co_await wait_for_disk(edge.ledger());
  if (!journalled && !in.exchange.started()) {
    co_await edge.answer_error(in, journalled.error());
  } else if (!reply) {
    co_await edge.answer_error(in, reply.error());
  } else if (!reply->streamed) {
    co_await edge.answer(in, reply->response);
  } else {
    edge.count(in, call.record.status);
  }
}

}  // namespace detail

template <tenancy::Action A, class Body>
Route route(std::string method, std::string pattern, RouteDoc doc, RouteHandler<A, Body> handler) {
  if constexpr (!std::is_same_v<Body, NoBody> && !std::is_same_v<Body, RawBody>) {
    if (doc.body == nullptr) doc.body = schema_of<Body>;
  }
  auto shared = std::make_shared<const RouteHandler<A, Body>>(std::move(handler));
  Route route{.method = std::move(method),
              .pattern = std::move(pattern),
              .action = A,
              .doc = std::move(doc),
              .run = {}};
  route.run = [shared](Edge& edge, Incoming& in) { return detail::serve<A, Body>(edge, in, *shared); };
  return route;
}

}  // namespace bailiwick::edge
