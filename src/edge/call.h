// Call<A>: one request that was let in. What a use case gets, and the record that it fills.
#pragma once

#include <map>

#include "base/short_text.h"
#include "edge/error_encoder.h"
#include "edge/lasting.h"
#include "identity/gatekeeper.h"
#include "ledger/ledger.h"
#include "metering/meter.h"
#include "metering/payer.h"
#include "net/server.h"

namespace bailiwick::edge {

/// W3C trace context of the request; a new trace when the caller sent none.
struct TraceContext {
  ShortText<32> trace_id;  ///< hex digits, as is
  ShortText<16> span_id;   ///< ours
  ShortText<64> traceparent() const {
    return ShortText<64>().text("00-").text(trace_id.view()).text("-").text(span_id.view()).text("-01");
  }
};

using PathParameters = std::map<std::string, std::string, std::less<>>;

/// What does not depend on the action.
class CallBase {
 public:
  CallBase(net::Exchange& exchange_in, const PathParameters& path_in, std::string_view request_id_in,
           const TraceContext& trace_in, const Clock& clock_in)
      : exchange(exchange_in), path(path_in), request_id(request_id_in), trace(trace_in), clock(clock_in) {}
  CallBase(const CallBase&) = delete;
  CallBase& operator=(const CallBase&) = delete;

  net::Exchange& exchange;
  const PathParameters& path;
  std::string_view request_id;
  const TraceContext& trace;
  const Clock& clock;
  /// The record of this request. The edge fills who, what and when; the use case what it used.
  ledger::Record record;
  /// Further records that land together with it.
  std::vector<ledger::Record> lineage;
  /// Rate and concurrency, for routes that the edge admits itself; empty when the use case reserves through
  /// routing.
  metering::Admission admission;
  /// A streaming use case ends as the edge does: see Call::journal().
  Recording recording = Recording::kBatched;
  /// Whose limits below the tenant it counts against.
  metering::Payer payer;

  net::Loop& loop() const { return exchange.loop(); }
  std::string_view parameter(std::string_view name) const;
  /// First query value or empty.
  std::string_view query(std::string_view name) const;
  bool recorded() const { return recorded_; }
  /// The call has spent its part of the rate: here, or in routing, which names the provider once it has
  /// reserved.
  bool admitted() const { return admission || !record.provider.empty(); }

 protected:
  /// Completes the record: time, latency, status.
  void finish_record(int status);
  /// A denial that used nothing. Its repetitions may be counted; what was used is always recorded.
  bool is_bare_denial() const;
  bool recorded_ = false;
};

template <tenancy::Action A>
class Call : public CallBase {
 public:
  Call(identity::Grant<A>& grant, const identity::Gatekeeper& gatekeeper, ledger::Ledger& ledger,
       net::Exchange& exchange_in, const PathParameters& path_in, std::string_view request_id_in,
       const TraceContext& trace_in, const Clock& clock_in)
      : CallBase(exchange_in, path_in, request_id_in, trace_in, clock_in),
        permit(grant.permit),
        snapshot(grant.snapshot),
        gatekeeper_(gatekeeper),
        ledger_(ledger) {
    if constexpr (tenancy::reach_of(A) != tenancy::Reach::kPlatform)
      payer = metering::payer_of(permit.scope(), permit.principal());
  }

  tenancy::Permit<A>& permit;
  const snapshot::SnapshotPtr& snapshot;  ///< null for a platform action

  /// Journals the request once; the edge does it before it answers, a streaming use case before its last
  /// byte. Both then wait for the disk when the recording is strict.
  Status journal(int status) {
    if (recorded_) return {};
    finish_record(status);
    recorded_ = true;
    if (is_bare_denial()) return gatekeeper_.journal_denial(permit, record);
    if (lineage.empty()) return ledger_.append(permit, std::span(&record, 1));
    lineage.insert(lineage.begin(), record);
    return ledger_.append(permit, lineage);
  }
  ledger::Ledger& ledger() const { return ledger_; }

 private:
  const identity::Gatekeeper& gatekeeper_;
  ledger::Ledger& ledger_;
};

/// What a use case answers. `streamed` means that it wrote to the exchange itself.
struct Reply {
  net::Response response;
  bool streamed = false;

  static Reply json(int status, const json::value& body);
  static Reply already_streamed() { return {.response = {}, .streamed = true}; }
};

}  // namespace bailiwick::edge
