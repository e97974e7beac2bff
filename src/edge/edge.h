// Edge: the steps of a request, in order: find the route, ask the gatekeeper, read the body, admit, run,
// journal, answer. Holds the route table; knows no use case.
#pragma once

#include <functional>
#include <map>
#include <unordered_map>

#include "base/metrics.h"
#include "base/random.h"
#include "edge/call.h"

namespace bailiwick::edge {

class Edge;
struct Route;

/// Who reserves rate, concurrency and money.
enum class AdmissionBy {
  kEdge,     ///< rate and concurrency, before the use case
  kUseCase,  ///< the use case, through routing::MeteredCall
};

/// What a route promises; OpenAPI is made of it.
struct RouteDoc {
  std::string_view summary;
  std::string_view tag;
  Dialect dialect = Dialect::kProblem;
  AdmissionBy admission = AdmissionBy::kEdge;
  std::size_t body_limit = 1 << 20;
  std::string_view media_type = "application/json";         ///< of the request body
  ErrorCode wrong_media = ErrorCode::kUnsupportedMedia;     ///< of a body of another media type
  std::string_view answer_media_type = "application/json";  ///< of a good answer
  /// Of a good answer that the caller asked to have streamed; empty = it never is.
  std::string_view stream_media_type = {};
  /// Of a good answer that the caller asked to have as a table; empty = it never is.
  std::string_view table_media_type = {};
  int success = 200;
  json::object (*body)() = nullptr;  ///< JSON Schema of the request; filled by route<>() for described bodies
  json::object (*answer)() = nullptr;                                     ///< JSON Schema of a good answer
  std::vector<std::pair<std::string_view, std::string_view>> query = {};  ///< name, description
  /// `document:default/handbook/3` of the URL, for rules and records; null: the tenant. It reads as the
  /// handler does.
  std::string (*resource)(const net::RequestHead&, const PathParameters&) = nullptr;
};

/// One request on its way.
struct Incoming {
  net::Exchange& exchange;
  const Route& route;
  PathParameters path;
  std::string request_id;
  std::string resource;  ///< that the URL names; empty: the tenant
  TraceContext trace;
  identity::Presented presented;
  std::string_view tenant = {};  ///< once known; for logs and metrics
};

struct Route {
  std::string method;
  std::string pattern;                    ///< `/v1/tenants/{tenant}/suspend`
  std::optional<tenancy::Action> action;  ///< none: open to everyone (health, OpenAPI)
  RouteDoc doc;
  std::function<net::Task<void>(Edge&, Incoming&)> run;
};

/// A route that needs no credential. Its answer may hold nothing of any tenant.
Route open_route(std::string method, std::string pattern, RouteDoc doc,
                 std::function<Result<Reply>(const net::RequestHead&)> handler);

class Edge {
 public:
  Edge(const identity::Gatekeeper& gatekeeper, ledger::Ledger& ledger, Metrics& metrics, const Clock& clock,
       Random& random, Recording recording = Recording::kBatched);

  /// All routes, once, before the server starts. Two routes for one method and pattern are a broken
  /// invariant.
  void add(std::vector<Route> routes);
  const std::vector<Route>& routes() const { return routes_; }

  /// The server's handler.
  net::Task<void> handle(net::Exchange& exchange);

  // What route<>() builds the steps of.
  const identity::Gatekeeper& gatekeeper() const { return gatekeeper_; }
  ledger::Ledger& ledger() const { return ledger_; }
  const Clock& clock() const { return clock_; }
  Recording recording() const { return recording_; }
  Status check_media(const Incoming& in) const;
  void begin_record(ledger::Record& record, const Incoming& in, const tenancy::Principal& principal,
                    tenancy::Action action, std::string_view reason, std::string_view policy_revision) const;
  net::Task<void> answer(Incoming& in, net::Response& response);
  net::Task<void> answer_error(Incoming& in, const Error& error);
  void count(const Incoming& in, int status) const;
  /// Logs and counts what was thrown, and says what to answer.
  Error note_broken(const Incoming& in, const std::exception& thrown) const;
  static bool is_denial(ErrorCode code);

 private:
  struct Instruments {
    std::array<std::optional<Counter>, 6> by_class;
    std::optional<Histogram> seconds;
  };
  struct Match {
    const Route* route = nullptr;
    PathParameters path;
    std::string allowed;  ///< methods that the path has, when the method does not fit
  };
  Match match(std::string_view method, std::string_view path) const;
  void present(Incoming& in) const;
  TraceContext trace_of(const net::Headers& headers) const;

  const identity::Gatekeeper& gatekeeper_;
  ledger::Ledger& ledger_;
  Metrics& metrics_;
  const Clock& clock_;
  Random& random_;
  const Recording recording_;
  std::vector<Route> routes_;
  struct PathHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view path) const { return std::hash<std::string_view>()(path); }
  };
  /// path without parameters → routes
  std::unordered_map<std::string, std::vector<std::size_t>, PathHash, std::equal_to<>> exact_;
  std::vector<std::size_t> patterned_;
  std::unordered_map<const Route*, Instruments> instruments_;
};

}  // namespace bailiwick::edge
