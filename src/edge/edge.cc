#include "edge/edge.h"

#include <fmt/format.h>

#include "base/log.h"

namespace bailiwick::edge {
namespace {

std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  bool bearer = net::equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme);
  return bearer ? authorization.substr(kScheme.size()) : std::string_view();
}

/// The credential of a request. Two different ones are none: a proxy in front may have looked at the other.
std::string_view credential_of(const net::Headers& headers) {
  std::string_view credential;
  for (const net::HeaderField& field : headers) {
    std::string_view sent;
    if (net::equals_ignoring_case(field.name, "authorization"))
      sent = bearer_of(field.value);
    else if (net::equals_ignoring_case(field.name, "x-api-key"))
      sent = field.value;
    if (sent.empty() || sent == credential) continue;
    if (!credential.empty()) return {};
    credential = sent;
  }
  return credential;
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}
bool is_hex_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

/// A caller's request id is kept when it is short and plain, so that it can stand in logs as it is.
bool acceptable_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
             std::string_view::npos;
}

/// Splits at slashes and compares segment by segment; `{name}` takes one segment.
bool matches(std::string_view pattern, std::string_view path, PathParameters& out) {
  while (true) {
    std::size_t pattern_end = pattern.find('/'), path_end = path.find('/');
    std::string_view want = pattern.substr(0, pattern_end), have = path.substr(0, path_end);
    if (want.size() > 2 && want.front() == '{') {
      if (have.empty()) return false;
      out[std::string(want.substr(1, want.size() - 2))] = std::string(have);
    } else if (want != have) {
      return false;
    }
    if ((pattern_end == std::string_view::npos) != (path_end == std::string_view::npos)) return false;
    if (pattern_end == std::string_view::npos) return true;
    pattern.remove_prefix(pattern_end + 1);
    path.remove_prefix(path_end + 1);
  }
}

constexpr std::string_view kClasses[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

}  // namespace

Route open_route(std::string method, std::string pattern, RouteDoc doc,
                 std::function<Result<Reply>(const net::RequestHead&)> handler) {
  struct Serve {
    static net::Task<void> run(Edge& edge, Incoming& in,
                               const std::function<Result<Reply>(const net::RequestHead&)>& h) {
      auto reply = h(in.exchange.head());
      if (!reply)
        co_await edge.answer_error(in, reply.error());
      else
        co_await edge.answer(in, reply->response);
    }
  };
  Route route{.method = std::move(method),
              .pattern = std::move(pattern),
              .action = std::nullopt,
              .doc = std::move(doc),
              .run = {}};
  route.run = [handler = std::move(handler)](Edge& edge, Incoming& in) {
    return Serve::run(edge, in, handler);
  };
  return route;
}

Edge::Edge(const identity::Gatekeeper& gatekeeper, ledger::Ledger& ledger, Metrics& metrics,
           const Clock& clock, Random& random, Recording recording)
    : gatekeeper_(gatekeeper),
      ledger_(ledger),
      metrics_(metrics),
      clock_(clock),
      random_(random),
      recording_(recording) {}

void Edge::add(std::vector<Route> routes) {
  BW_CHECK(routes_.empty());
  routes_ = std::move(routes);
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const Route& route = routes_[i];
    for (std::size_t j = 0; j < i; ++j) {
      BW_CHECK(routes_[j].method != route.method || routes_[j].pattern != route.pattern);
    }
    if (route.pattern.find('{') == std::string::npos)
      exact_[route.pattern].push_back(i);
    else
      patterned_.push_back(i);
    Instruments& set = instruments_[&route];
    set.seconds =
        metrics_.histogram("bailiwick_request_seconds", "Time from the request's head to its last byte.",
                           {{"method", route.method}, {"route", route.pattern}});
    for (std::size_t c = 2; c < set.by_class.size(); ++c) {
      set.by_class[c] =
          metrics_.counter("bailiwick_requests_total", "Requests answered.",
                           {{"method", route.method}, {"route", route.pattern}, {"class", kClasses[c]}});
    }
  }
}

Edge::Match Edge::match(std::string_view method, std::string_view path) const {
  Match found;
  auto consider = [&](std::size_t index, PathParameters parameters) {
    const Route& route = routes_[index];
    if (route.method == method) {
      found.route = &route;
      found.path = std::move(parameters);
    } else {
      found.allowed += (found.allowed.empty() ? "" : ", ") + route.method;
    }
  };
  if (auto exact = exact_.find(path); exact != exact_.end()) {
    for (std::size_t index : exact->second) consider(index, {});
    return found;
  }
  for (std::size_t index : patterned_) {
    PathParameters parameters;
    if (found.route == nullptr && matches(routes_[index].pattern, path, parameters)) {
      consider(index, std::move(parameters));
    }
  }
  return found;
}

TraceContext Edge::trace_of(const net::Headers& headers) const {
  TraceContext trace;
  std::string_view sent = headers.get("traceparent");
  // version-trace-parent-flags; a version after 00 may go on after another dash.
  bool good = sent.size() >= 55 && sent[2] == '-' && sent[35] == '-' && sent[52] == '-' &&
              is_hex(sent.substr(0, 2)) && is_hex_id(sent.substr(3, 32)) && is_hex_id(sent.substr(36, 16)) &&
              is_hex(sent.substr(53, 2)) && !sent.starts_with("ff") &&
              (sent.size() == 55 || (!sent.starts_with("00") && sent[55] == '-'));
  if (good)
    trace.trace_id.text(sent.substr(3, 32));
  else
    trace.trace_id.text(hex(random_.next64()).view()).text(hex(random_.next64()).view());
  trace.span_id = hex(random_.next64());
  return trace;
}

void Edge::present(Incoming& in) const {
  const net::RequestHead& head = in.exchange.head();
  identity::Presented& presented = in.presented;
  auto name_tenant = [&](std::string_view tenant) {
    if (!tenant.empty()) presented.tenants.push_back(tenant);
  };
  if (auto tenant = in.path.find("tenant"); tenant != in.path.end()) name_tenant(tenant->second);
  for (const net::HeaderField& field : head.headers) {
    bool names = net::equals_ignoring_case(field.name, "x-bailiwick-tenant") ||
                 net::equals_ignoring_case(field.name, "x-decisionos-tenant");
    if (names) name_tenant(field.value);
  }
  for (const auto& [key, value] : head.query) {
    if (key == "tenant") name_tenant(value);
  }
  presented.program = head.headers.get("x-bailiwick-program");
  presented.name_space = head.headers.get("x-bailiwick-namespace");
  presented.request_id = in.request_id;
  if (in.route.doc.resource != nullptr) in.resource = in.route.doc.resource(head, in.path);
  presented.resource = in.resource;
}

net::Task<void> Edge::handle(net::Exchange& exchange) {
  const net::RequestHead& head = exchange.head();
  // In two steps, with other work between them: each waits for memory (docs/decisions/0025).
  identity::Credential credential(credential_of(head.headers));
  gatekeeper_.expect(credential);
  Match found = match(head.method == "HEAD" ? "GET" : head.method, head.path);
  std::string_view sent_id = head.headers.get("x-request-id");
  std::string request_id = acceptable_request_id(sent_id) ? std::string(sent_id) : new_request_id(random_);
  if (found.route == nullptr) {
    Error error(ErrorCode::kNotFound, "route.not_found", "there is no such path; see /openapi.json");
    if (!found.allowed.empty()) {
      error =
          Error(ErrorCode::kMethodNotAllowed, "method.not_allowed", "this path answers to " + found.allowed);
    }
    net::Response response = encode_error(error, Dialect::kProblem, request_id);
    response.headers.add("X-Request-Id", request_id);
    if (!found.allowed.empty()) response.headers.add("Allow", found.allowed);
    auto sent = co_await exchange.respond(response);
    (void)sent;  // the peer may be gone; there is nobody left to tell
    co_return;
  }
  gatekeeper_.look_up(credential);
  Incoming in{.exchange = exchange,
              .route = *found.route,
              .path = std::move(found.path),
              .request_id = std::move(request_id),
              .trace = trace_of(head.headers),
              .presented = {.credential = std::move(credential)}};
  present(in);
  std::optional<Error> broken;
  try {
    co_await in.route.run(*this, in);
  } catch (const std::exception& thrown) {
    broken = note_broken(in, thrown);
  }
  if (broken) co_await answer_error(in, *broken);
}

Error Edge::note_broken(const Incoming& in, const std::exception& thrown) const {
  log_error("invariant.violated",
            {{"request_id", in.request_id}, {"tenant", in.tenant}, {"what", thrown.what()}});
  metrics_.counter("bailiwick_invariant_violations_total", "Requests that met a broken invariant.").add();
  return Error(ErrorCode::kInternal, "server.invariant",
               "the server met a condition that should not be possible");
}

Status Edge::check_media(const Incoming& in) const {
  const net::Headers& headers = in.exchange.head().headers;
  if (auto encoding = headers.find("content-encoding"); encoding && *encoding != "identity") {
    return fail(ErrorCode::kUnsupportedMedia, "media.encoding", "send the body without Content-Encoding");
  }
  std::string_view type = headers.get("content-type");
  std::string_view bare = type.substr(0, type.find(';'));
  while (bare.ends_with(' ')) bare.remove_suffix(1);
  if (net::equals_ignoring_case(bare, in.route.doc.media_type)) return {};
  return fail(in.route.doc.wrong_media, "media.type",
              fmt::format("send Content-Type: {}", in.route.doc.media_type));
}

void Edge::begin_record(ledger::Record& record, const Incoming& in, const tenancy::Principal& principal,
                        tenancy::Action action, std::string_view reason,
                        std::string_view policy_revision) const {
  record.request_id = in.request_id;
  record.principal = principal.subject;
  record.action = tenancy::name_of(action);
  record.resource = in.presented.resource;
  record.decision = "allow";
  record.reason = reason;
  record.policy_revision = policy_revision;
}

bool Edge::is_denial(ErrorCode code) {
  switch (code) {
    case ErrorCode::kForbidden:
    case ErrorCode::kPaymentRequired:
    case ErrorCode::kRateLimited:
      return true;
    default:
      return false;
  }
}

void Edge::count(const Incoming& in, int status) const {
  const Instruments& set = instruments_.at(&in.route);
  std::size_t index = static_cast<std::size_t>(std::clamp(status / 100, 2, 5));
  set.by_class[index]->add();
  set.seconds->observe(std::chrono::duration<double>(clock_.mono() - in.exchange.received_at()).count());
}

net::Task<void> Edge::answer(Incoming& in, net::Response& response) {
  response.headers.add("X-Request-Id", in.request_id);
  response.headers.add_own("traceparent", in.trace.traceparent());
  count(in, response.status);
  auto sent = co_await in.exchange.respond(response);
  (void)sent;  // the peer may be gone; the record stands
}

net::Task<void> Edge::answer_error(Incoming& in, const Error& error) {
  if (http_status(error.code) >= 500 || !error.detail.empty()) {
    log(http_status(error.code) >= 500 ? LogLevel::kError : LogLevel::kWarn, "request.failed",
        {{"request_id", in.request_id},
         {"tenant", in.tenant},
         {"route", in.route.pattern},
         {"reason", error.reason},
         {"detail", error.detail}});
  }
  if (in.exchange.started()) {
    in.exchange.abort();
    count(in, http_status(error.code));
    co_return;
  }
  net::Response response = encode_error(error, in.route.doc.dialect, in.request_id);
  co_await answer(in, response);
}

}  // namespace bailiwick::edge
