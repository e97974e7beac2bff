// MeteredCall: reserve → call → meter → settle → record. The only way to a model, for every caller.
//
// Router makes it, with money reserved and the answer's head there. A whole answer is settled when it is
// handed over; a stream is metered as it flows, topped up, and cut when the budget ends. However a call ends,
// also by being dropped, its reservation is settled once, by what the upstream reported or, failing that, by
// what was delivered. Lives on one loop.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/metrics.h"
#include "ledger/record.h"
#include "net/server.h"
#include "routing/local_model.h"
#include "routing/quote.h"
#include "routing/slot_wait.h"
#include "routing/stream_scanner.h"
#include "routing/translation/translation.h"

namespace bailiwick::routing {

/// The next part of a streamed answer.
struct Piece {
  enum class Kind {
    kMore,    ///< deliver, and ask again
    kLast,    ///< settled: journal the record, then deliver `bytes` (which may be empty) and finish
    kCut,     ///< settled: out of budget; tell the caller `error` in its dialect and finish
    kBroken,  ///< settled: the upstream broke off; deliver `bytes`, or when there are none tell the caller
              ///< `error` in its dialect, and end the answer so that it can tell
  };
  Kind kind = Kind::kMore;
  std::string_view bytes;  ///< live until the next call
  Error error;
};

inline std::int64_t unix_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

constexpr bool is_good(int status) {
  return status >= 200 && status < 300;
}

/// Counters of one dialect, taken once.
struct CallInstruments {
  Counter answered;
  Counter failed;
  Counter fallbacks;
  Counter retried;
  Counter hedged;
  Counter outrun;
  Counter cut;
  Counter input_tokens;
  Counter output_tokens;
  Counter cost_dollars;
};

/// Where the answer to a request may be known already, or be kept.
struct CacheTicket {
  std::shared_ptr<RouteMemory> memory;
  ResponseCache::Key key;
  std::string revision;
  CacheWishes wishes;
  std::chrono::milliseconds ttl;
  std::int64_t most = 0;  ///< bytes of all answers of the tenant
};

class MeteredCall {
 public:
  /// What one attempt at one target needs; all outlive it.
  struct Attempt {
    const PlannedTarget& target;
    Payload& payload;
    net::Loop& loop;
    const tenancy::TenantScope& scope;
    const snapshot::TenantSnapshot& snapshot;
    LocalModel& local;
    const Clock& clock;
    const CallInstruments& instruments;
    metering::Enforcement enforcement;
    enum class Budget { kNone, kStrict } budget;  ///< is there one that may not be passed?
    /// When this target does not answer: is there a further one, or a further round, or is that all?
    enum class Otherwise { kTryNext, kTryAgain, kNothing } otherwise;
    std::span<const PlannedTarget* const> again;  ///< in a further round
    MonoTime deadline;                            ///< none begins later
    const net::Exchange* caller;                  ///< null: a prompt of ours
    std::shared_ptr<net::Abort> abort;            ///< of one that is in a race; else null
    bool aborted() const { return abort && abort->asked(); }
    bool caller_gone() const { return caller != nullptr && caller->peer_gone(); }
  };

  enum class Verdict { kAnswered, kTryNext };

  /// `meter` and `plan` are shared; `record` outlives the call and is filled when it settles.
  MeteredCall(std::shared_ptr<metering::TenantMeter> meter, std::shared_ptr<const RoutePlan> plan,
              metering::Admission admission, ledger::Record& record);
  ~MeteredCall();
  MeteredCall(const MeteredCall&) = delete;
  MeteredCall& operator=(const MeteredCall&) = delete;

  int status() const { return status_; }
  /// Fit for the caller: nothing of the upstream's account, connection or cookies.
  const net::Headers& headers() const { return headers_; }
  net::Headers take_headers() { return std::move(headers_); }
  bool streams() const { return streams_; }
  /// A whole answer, as the upstream sent it, or translated.
  const std::string& body() const { return body_; }
  std::string take_body() { return std::move(body_); }
  net::Task<Piece> next() { return ticket_ ? next_recorded() : next_read(); }
  /// After the last piece has been delivered: lets the connection go back to its pool.
  net::Task<void> drain();
  /// The caller is gone: settles by what it got.
  void abandon() { settle(); }

  /// Of the target that answered.
  const PlannedTarget& target() const { return *target_; }
  /// What the built-in answerer said, when it was the one that answered.
  const std::string& local_text() const { return local_text_; }
  const metering::TokenUsage& usage() const { return usage_; }
  /// Known once settled. With what a target that was asked beside this one may bill.
  PicoDollars cost() const { return cost_ + borne_; }
  /// Targets that were passed over before this one answered.
  int fallbacks() const { return fallbacks_; }
  /// For the answer's headers. Empty: nothing is cached.
  std::string_view cache_outcome() const { return cache_outcome_; }
  /// Of an answer that was known.
  std::optional<std::chrono::seconds> age() const { return age_; }
  /// Spent waiting for upstreams, until the answer's head, or all of a whole answer, was there.
  std::chrono::microseconds upstream_time() const { return upstream_time_; }

 private:
  friend class Router;
  static constexpr std::int64_t kBytesPerToken = 3;
  /// What was reserved, was for this target.
  void begin_with(const PlannedTarget& target, const Quote& quote);
  /// Answers with what is known.
  void repeat(const ResponseCache::Answer& answer, const PlannedTarget& source, const Clock& clock);
  /// Whether a good answer is kept, is the caller's wish.
  void keep_answer(CacheTicket ticket);
  void keep(std::string_view body);
  net::Task<Piece> next_read();
  net::Task<Piece> next_recorded();
  net::Task<Result<Verdict>> attempt(const Attempt& attempt);
  net::Task<Result<Verdict>> attempt_local(const Attempt& attempt);
  net::Task<Result<Verdict>> attempt_upstream(const Attempt& attempt);
  net::Task<Result<Verdict>> call_upstream(const Attempt& attempt, MonoTime start);
  /// Will the failure of this attempt be hidden by another? A yes to a further round pays for it.
  bool gets_another(const Attempt& attempt, const Error& failure) const;
  void set_aside(const Attempt& attempt, Error failure);
  /// Another target answered first, while this one was at it, or when it had answered too.
  std::unexpected<Error> outrun(const Error& failure);
  void lose();
  void give_up(std::string_view reason);
  /// Fills this record from now on, and with what it has filled so far.
  void report_to(ledger::Record& record);
  /// Takes what a settled call beside this one cost into account.
  void bear(const MeteredCall& other);
  void note_passed_over(std::string_view reason);
  void log_failure(const Attempt& attempt, const Error& failure) const;
  static Error caller_gone();
  Error resting(MonoTime now) const;
  net::Task<Status> send(const Attempt& attempt, MonoTime start);
  net::Task<Status> read_answer(const Attempt& attempt);
  net::Task<Status> read_whole_answer();
  /// The answer comes in another dialect than the caller's.
  bool translated() const;
  translation::AnswerContext translation_context() const;
  Status translate_body();
  Status write_body(const Attempt& attempt);
  std::string_view take(std::string_view read);
  std::unexpected<Error> credential_refused() const;
  Status requote(const Attempt& attempt);
  Result<net::ClientRequest> request_for(const Attempt& attempt, MonoTime start);
  Result<Verdict> pass_over(const Attempt& attempt, Error failure);
  /// Of what is reserved, that which earlier targets do not claim.
  PicoDollars held() const { return admission_.reserved() - owed_; }
  /// Reserves ahead of what has been written; false when the budget is out.
  bool keep_paying();
  /// The last piece of a stream.
  Piece end_stream(Piece::Kind kind, std::string_view bytes, Error error = {});
  /// Has the caller kept a scarce slot waiting for too long?
  bool caller_is_slow();
  void settle();
  metering::TokenUsage measured() const;
  std::int64_t output_seen() const;
  /// By the upstream, so far, in the caller's dialect.
  UsageFields reported() const;

  std::shared_ptr<metering::TenantMeter> meter_;
  std::shared_ptr<const RoutePlan> plan_;
  metering::Admission admission_;
  ledger::Record* record_;
  std::string_view request_id_;  ///< outlives the call, as the record does that it was made with

  const PlannedTarget* target_ = nullptr;
  Endpoint endpoint_ = Endpoint::kChatCompletions;  ///< in whose dialect the answer is
  std::string_view request_body_;                   ///< in the payload
  std::int64_t created_ = 0;                        ///< seconds since 1970; for a translation
  const CallInstruments* instruments_ = nullptr;
  Quote quote_;
  const PlannedTarget* quoted_ = nullptr;  ///< whom it is for
  int status_ = 0;
  net::Headers headers_;
  bool streams_ = false;
  bool settled_ = false;
  bool finished_ = false;
  bool shortened_ = false;  ///< the upstream was told to stop where the money does
  std::string body_;
  std::string local_text_;
  std::shared_ptr<const std::string> key_;  ///< sent upstream; must not come back in an answer
  Error failure_;                           ///< of the last target that was passed over
  HeldSlot slot_;                ///< of a provider whose slots are scarce, until its answer is there
  TargetHealth::Flight flight_;  ///< likewise
  bool may_be_used_ = false;     ///< a target that was passed over may have answered all the same
  MonoTime handed_at_;           ///< when the last piece went to the caller
  MonoTime::duration caller_took_{0};
  std::unique_ptr<net::ClientResponse> response_;
  std::optional<std::string_view> first_;  ///< read before the head was passed on
  std::optional<translation::StreamTranslator> translator_;
  std::string translated_;  ///< of what was read last
  std::optional<StreamScanner> scanner_;
  UsageFields reported_;
  metering::TokenUsage usage_;
  PicoDollars cost_;
  PicoDollars borne_;  ///< cost of a call beside this one
  PicoDollars owed_;   ///< to targets that were passed over and may bill all the same
  int fallbacks_ = 0;
  std::optional<CacheTicket> ticket_;  ///< a good answer is to be kept
  const Clock* clock_ = nullptr;
  std::string content_type_;
  std::string recorded_;
  std::string_view cache_outcome_;
  std::optional<std::chrono::seconds> age_;
  std::chrono::microseconds upstream_time_{0};
};

}  // namespace bailiwick::routing
