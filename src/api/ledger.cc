#include "api/ledger.h"

#include <charconv>

#include "api/paging.h"
#include "ledger/verify.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::Reply;
using tenancy::Action;

struct EntryView {
  Json record;
  std::string previous_hash;
  std::string hash;
};
template <class Visitor>
void describe(Visitor& v, EntryView& view) {
  v.required("record", view.record, "What happened; its keys are in docs/ledger.md.");
  v.required("previous_hash", view.previous_hash, "Hex hash of the record before; zeros for the first.");
  v.required("hash", view.hash, "Hex SHA-256 over a version tag, the previous hash and the record.");
}

struct EntryList {
  std::vector<EntryView> entries;
  std::int64_t head_sequence = 0;
  std::string next_page_token;
};
template <class Visitor>
void describe(Visitor& v, EntryList& list) {
  v.required("entries", list.entries, "In order.");
  v.required("head_sequence", list.head_sequence, "Of the chain's last record.");
  v.required("next_page_token", list.next_page_token, "Empty at the end.");
}

struct CheckpointView {
  std::string tenant;
  std::int64_t sequence = 0;
  std::string hash;
  std::string time;
};
template <class Visitor>
void describe(Visitor& v, CheckpointView& view) {
  v.required("tenant", view.tenant, "Whose chain.");
  v.required("sequence", view.sequence, "Of the last record.");
  v.required("hash", view.hash, "Of the last record. Keep this file away from the ledger.");
  v.required("time", view.time, "RFC 3339.");
}

/// A whole number from the query, or `fallback`.
Result<std::uint64_t> number_of(const edge::CallBase& call, std::string_view name, std::uint64_t fallback) {
  std::string_view text = call.query(name);
  if (text.empty()) return fallback;
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return fail(ErrorCode::kInvalid, "query.number", std::string(name) + " is a whole number");
}

struct LedgerApi {
  ledger::Ledger& ledger;
  const Clock& clock;

  static net::Task<Result<Reply>> list(LedgerApi self, Call<Action::kLedgerRead>& call, edge::NoBody) {
    CO_TRY(Page page, page_of(call));
    auto reader = self.ledger.reader(call.permit);
    ledger::Head head = reader->head();
    CO_TRY(std::uint64_t tail, number_of(call, "tail", 0));
    CO_TRY(std::uint64_t from, number_of(call, "from", 1));
    if (tail > 0) from = head.sequence > tail ? head.sequence - tail + 1 : 1;
    if (!page.after.empty()) {
      auto [end, error] = std::from_chars(page.after.data(), page.after.data() + page.after.size(), from);
      if (error != std::errc())
        co_return fail(ErrorCode::kInvalid, "page.token", "page_token is not one of this list");
    }
    EntryList list{
        .entries = {}, .head_sequence = static_cast<std::int64_t>(head.sequence), .next_page_token = {}};
    auto work = [&]() -> Status {
      Status read;
      CHECK_OK(reader->each(from, [&](const ledger::Entry& entry) {
        if (static_cast<std::int64_t>(list.entries.size()) == page.size) {
          list.next_page_token = page_token(std::to_string(entry.sequence));
          return false;
        }
        auto record = ledger::read_record(entry);
        if (!record) return read = std::unexpected(std::move(record.error())), false;
        list.entries.push_back(
            {Json{std::move(*record)}, crypto::to_hex(entry.previous_hash), crypto::to_hex(entry.hash)});
        return true;
      }));
      return read;
    };
    CO_CHECK_OK(co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(list));
  }

  /// JSON lines, streamed in batches read off the loop, so that a long chain holds neither memory nor the
  /// loop.
  static net::Task<Result<Reply>> export_chain(LedgerApi self, Call<Action::kLedgerRead>& call,
                                               edge::NoBody) {
    CO_TRY(std::uint64_t next, number_of(call, "from", 1));
    auto reader = self.ledger.reader(call.permit);
    const std::uint64_t last = reader->head().sequence;
    CO_CHECK_OK(call.journal(200));
    net::Headers headers{{"Content-Type", "application/x-ndjson"},
                         {"X-Request-Id", std::string(call.request_id)}};
    CO_CHECK_OK(co_await call.exchange.start_stream(200, headers));
    std::string batch;
    while (next <= last && !call.exchange.peer_gone()) {
      batch.clear();
      auto work = [&] {
        return reader->each(next, [&](const ledger::Entry& entry) {
          if (entry.sequence > last || batch.size() > (256 << 10)) return false;
          batch += ledger::to_export_line(entry);
          batch += '\n';
          next = entry.sequence + 1;
          return true;
        });
      };
      CO_CHECK_OK(co_await call.loop().blocking.run(work));
      if (batch.empty()) break;
      CO_CHECK_OK(co_await call.exchange.write(batch));
    }
    CO_CHECK_OK(co_await call.exchange.finish());
    co_return Reply::already_streamed();
  }

  static net::Task<Result<Reply>> checkpoint(LedgerApi self, Call<Action::kLedgerRead>& call, edge::NoBody) {
    ledger::Head head = self.ledger.reader(call.permit)->head();
    CheckpointView view{.tenant = call.permit.tenant().str(),
                        .sequence = static_cast<std::int64_t>(head.sequence),
                        .hash = head.hash,
                        .time = to_rfc3339(self.clock.wall())};
    co_return Reply::json(200, to_json_value(view));
  }
};

}  // namespace

std::vector<edge::Route> ledger_routes(ledger::Ledger& ledger, const Clock& clock) {
  using edge::NoBody;
  LedgerApi self{ledger, clock};
  return {
      edge::route<Action::kLedgerRead, NoBody>("GET", "/v1/ledger/records",
                                               {.summary = "A tenant's records, in order",
                                                .tag = "ledger",
                                                .answer = edge::schema_of<EntryList>,
                                                .query = {kPageSizeQuery,
                                                          kPageTokenQuery,
                                                          {"from", "First sequence; default 1."},
                                                          {"tail", "The last so many."}}},
                                               std::bind_front(LedgerApi::list, self)),
      edge::route<Action::kLedgerRead, NoBody>(
          "GET", "/v1/ledger/export",
          {.summary = "The whole chain as JSON lines, verifiable offline",
           .tag = "ledger",
           .answer_media_type = "application/x-ndjson",
           .query = {{"from", "First sequence; default 1."}}},
          std::bind_front(LedgerApi::export_chain, self)),
      edge::route<Action::kLedgerRead, NoBody>("GET", "/v1/ledger/checkpoint",
                                               {.summary = "The chain's head, to be kept elsewhere",
                                                .tag = "ledger",
                                                .answer = edge::schema_of<CheckpointView>},
                                               std::bind_front(LedgerApi::checkpoint, self)),
  };
}

}  // namespace bailiwick::api
