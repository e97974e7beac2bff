#include "routing/metered_call.h"

#include "net/client.h"

namespace bailiwick::routing {
namespace {

// Written but not yet seen by us when a stream is cut; paid for ahead.
constexpr std::int64_t kTokensAhead = 32;
// Tokens are counted on the high side; so many times too many are an upstream that does not stop where it was
// told.
constexpr std::int64_t kMiscounted = 4;
// All the time that a stream may wait for its caller, while it holds what others wait for.
constexpr std::chrono::seconds kSlowestCaller{30};

void take_passed_over(ledger::Record& into, ledger::Record& from) {
  std::ranges::move(from.passed_over, std::back_inserter(into.passed_over));
  from.passed_over.clear();
}

}  // namespace

MeteredCall::MeteredCall(std::shared_ptr<metering::TenantMeter> meter, std::shared_ptr<const RoutePlan> plan,
                         metering::Admission admission, ledger::Record& record)
    : meter_(std::move(meter)),
      plan_(std::move(plan)),
      admission_(std::move(admission)),
      record_(&record),
      request_id_(record.request_id) {}

MeteredCall::~MeteredCall() {
  settle();
}

void MeteredCall::begin_with(const PlannedTarget& target, const Quote& quote) {
  quoted_ = &target;
  quote_ = quote;
}

void MeteredCall::repeat(const ResponseCache::Answer& answer, const PlannedTarget& source,
                         const Clock& clock) {
  target_ = &source;
  record_->provider = source.provider_name();
  record_->model = source.model();
  record_->reason = "cache.hit";
  record_->cost = PicoDollars();
  headers_.add("Content-Type", answer.content_type);
  body_ = answer.body;
  streams_ = answer.streams;
  status_ = 200;
  cache_outcome_ = "hit";
  age_ = std::chrono::duration_cast<std::chrono::seconds>(clock.mono() - answer.since);
  admission_.settle({});
  settled_ = true;
}

void MeteredCall::keep_answer(CacheTicket ticket) {
  cache_outcome_ = ticket.wishes.look ? "miss" : "bypass";
  if (!ticket.wishes.store) return;
  ticket_ = std::move(ticket);
}

/// What was shortened to fit the budget is no answer for another.
void MeteredCall::keep(std::string_view body) {
  if (!ticket_ || status_ != 200 || shortened_) return;
  MonoTime now = clock_->mono();
  ticket_->memory->cache.put(ticket_->key,
                             {.body = std::string(body),
                              .content_type = content_type_,
                              .streams = streams_,
                              .provider = std::string(target_->provider_name()),
                              .model = target_->model(),
                              .revision = ticket_->revision,
                              .since = now,
                              .until = now + ticket_->ttl},
                             ticket_->most, now);
}

net::Task<Piece> MeteredCall::next_recorded() {
  Piece piece = co_await next_read();
  bool good = piece.kind == Piece::Kind::kMore || piece.kind == Piece::Kind::kLast;
  if (!good || !scanner_ || recorded_.size() + piece.bytes.size() > ResponseCache::kLargestAnswer)
    ticket_.reset();
  if (!ticket_) co_return piece;
  recorded_.append(piece.bytes);
  if (piece.kind == Piece::Kind::kLast && scanner_->ended()) keep(recorded_);
  co_return piece;
}

Piece MeteredCall::end_stream(Piece::Kind kind, std::string_view bytes, Error error) {
  finished_ = true;
  // A stream that came to its end may give its connection back once the rest of it is drained.
  if (kind != Piece::Kind::kLast) response_.reset();
  settle();
  return {kind, bytes, std::move(error)};
}

bool MeteredCall::caller_is_slow() {
  if (!slot_ || handed_at_ == MonoTime()) return false;
  caller_took_ += clock_->mono() - handed_at_;
  return caller_took_ > kSlowestCaller;
}

net::Task<Piece> MeteredCall::next_read() {
  if (finished_) co_return Piece{Piece::Kind::kLast, {}, {}};
  if (!scanner_) {
    finished_ = true;
    co_return Piece{Piece::Kind::kLast, body_, {}};
  }
  if (caller_is_slow()) {
    co_return end_stream(Piece::Kind::kBroken, {},
                         Error(ErrorCode::kUnavailable, "caller.slow",
                               "the answer was read too slowly while others wait for its provider"));
  }
  while (true) {
    Result<std::string_view> read = first_.value_or(std::string_view());
    if (!first_) read = co_await response_->read_some();
    first_.reset();
    if (!read) co_return end_stream(Piece::Kind::kBroken, {}, std::move(read.error()));
    bool at_end = read->empty();
    std::string_view out = take(*read);
    if (translator_ && translator_->failure())
      co_return end_stream(Piece::Kind::kBroken, out, *translator_->failure());
    if (!at_end && !keep_paying()) {
      instruments_->cut.add();
      co_return end_stream(
          Piece::Kind::kCut, {},
          Error(ErrorCode::kPaymentRequired, "budget.exhausted",
                "the budget ran out while this answer was being written; raise it or wait for "
                "its next window"));
    }
    if (at_end && !translator_ && !scanner_->complete()) {
      co_return end_stream(Piece::Kind::kBroken, {},
                           Error(ErrorCode::kBadGateway, "upstream.incomplete",
                                 "the model's provider ended its answer before it was finished"));
    }
    if (at_end || scanner_->ended() || (translator_ && translator_->done()))
      co_return end_stream(Piece::Kind::kLast, out);
    if (out.empty()) continue;
    if (slot_) handed_at_ = clock_->mono();
    co_return Piece{Piece::Kind::kMore, out, {}};
  }
}

net::Task<void> MeteredCall::drain() {
  if (!response_ || !finished_) co_return;
  // After a dialect's last event comes the end of the message, and nothing else that we would wait for.
  auto rest = co_await response_->read_some();
  (void)rest;
  response_.reset();
}

bool MeteredCall::keep_paying() {
  if (quote_.price == nullptr) return true;
  std::int64_t said = reported().output.value_or(0), written = std::max(output_seen(), said);
  bool obeys =
      quote_.bounded && said <= quote_.output_tokens && written <= kMiscounted * quote_.output_tokens;
  auto cost_of = [&](std::int64_t tokens) {
    return quote_.cost(obeys ? std::min(tokens, quote_.output_tokens) : tokens);
  };
  PicoDollars needed = cost_of(written + kTokensAhead);
  if (needed <= held()) return true;
  return admission_.top_up(cost_of(written + kInstalmentTokens) - held()).has_value() ||
         admission_.top_up(needed - held()).has_value();
}

/// Tokens of a stream so far, on the high side.
std::int64_t MeteredCall::output_seen() const {
  auto hidden = translator_ ? static_cast<std::int64_t>(translator_->hidden_bytes()) : 0;
  return std::max(scanner_->text_events(), meter_->habits().likely_output(scanner_->text_bytes() + hidden));
}

metering::TokenUsage MeteredCall::measured() const {
  if (!is_good(status_)) return {};
  UsageFields fields = reported();
  bool whole = !scanner_ || scanner_->ended();
  if (!fields.input) fields.input = meter_->habits().likely_input(quote_.estimated_input);
  if (!fields.output || !whole) {
    std::int64_t seen = scanner_ ? output_seen() : static_cast<std::int64_t>(body_.size()) / kBytesPerToken;
    if (quote_.bounded) seen = std::min(seen, quote_.output_tokens);
    fields.output = std::max(fields.output.value_or(0), seen);
  }
  return to_token_usage(fields, dialect_of(endpoint_));
}

void MeteredCall::settle() {
  if (settled_) return;
  settled_ = true;
  usage_ = measured();
  if (quote_.price != nullptr) cost_ = quote_.price->cost(usage_);
  cost_ += owed_;
  slot_.release();
  flight_ = {};
  admission_.settle({.tokens = usage_.total(), .cost = cost_});
  record_->cost = cost();
  if (instruments_ != nullptr)
    instruments_->cost_dollars.add(static_cast<double>(cost_.pico()) / PicoDollars::kPerDollar);
  if (!is_good(status_)) return;
  record_->input_tokens = usage_.input;
  record_->output_tokens = usage_.output;
  if (scanner_ && scanner_->ended() && scanner_->usage().output &&
      !(translator_ && translator_->hidden_bytes() > 0))
    meter_->habits().learn_stream(scanner_->text_bytes(),
                                  *scanner_->usage().output - scanner_->usage().reasoning.value_or(0));
  if (quote_.output_tokens > 0 && reported().input)
    meter_->habits().learn(quote_.estimated_input, usage_.input, usage_.output / quote_.choices);
  instruments_->input_tokens.add(static_cast<double>(usage_.input));
  instruments_->output_tokens.add(static_cast<double>(usage_.output));
}

void MeteredCall::report_to(ledger::Record& record) {
  record.provider = record_->provider;
  record.model = record_->model;
  record.input_tokens = record_->input_tokens;
  record.output_tokens = record_->output_tokens;
  record.cost = record_->cost;
  take_passed_over(record, *record_);
  record_ = &record;
}

void MeteredCall::bear(const MeteredCall& other) {
  borne_ += other.cost();
  if (other.record_ != record_) take_passed_over(*record_, *other.record_);
  if (settled_) record_->cost = cost();
}

}  // namespace bailiwick::routing
