#include "bundles/ledger_decisions.h"

#include <algorithm>
#include <ranges>
#include <unordered_map>

#include <fmt/format.h>

#include "base/json_members.h"
#include "bundles/recorded_json.h"

namespace bailiwick::bundles {
namespace {

/// Records that are held at a time.
constexpr std::uint64_t kStride = 2048;
constexpr std::uint64_t kRecordsPerDecision = 10;
/// Rules see the time of day. Within this long one question stands for all.
constexpr std::chrono::minutes kAlike{15};

/// A denial at the door has no time of an answer; one with it came after the work had begun.
bool denied_late(const json::object& record) {
  return text_member(record, "decision") == "deny" && record.contains("latency_us");
}

bool has_hash(const json::object& object) {
  return std::ranges::any_of(object, [](const auto& member) {
    std::string_view key = member.key();
    return key == "sha256" || key.ends_with("_sha256");
  });
}

/// Every part of the question stands there as it was asked.
bool is_whole(const json::object& evaluation) {
  if (has_hash(evaluation) || evaluation.contains("fault")) return false;
  return std::ranges::all_of(std::initializer_list<std::string_view>{"subject", "action", "resource"},
                             [&](std::string_view member) {
                               const json::object* part = object_member(evaluation, member);
                               return part != nullptr && !has_hash(*part);
                             });
}

/// Equal for questions that are decided alike, unless a rule looks at the time more closely.
Result<std::string> key_of(const json::object& record) {
  constexpr std::string_view kAsked[] = {"principal", "action",   "program", "namespace",
                                         "resource",  "decision", "reason"};
  std::string key;
  for (std::string_view member : kAsked) {
    key += text_member(record, member);
    key += '\0';
  }
  TRY(WallTime time, parse_rfc3339(text_member(record, "timestamp")));
  return key += std::to_string(std::chrono::floor<std::chrono::minutes>(time).time_since_epoch() / kAlike);
}

/// What is gathered from records that come newest first.
class Gathering {
 public:
  Gathering(storage::PlatformStore& store, const tenancy::TenantId& tenant, std::size_t limit)
      : store_(store), tenant_(tenant), limit_(limit) {}

  bool full() const { return taken_ >= limit_; }
  Status take(std::uint64_t sequence, const json::object& record) {
    if (text_member(record, "kind") != "request" || !identity::decided_by_policy(record)) return {};
    CHECK_OK(take_operation(sequence, record));
    const json::object* extra = object_member(record, "extra");
    const json::value* evaluations = extra != nullptr ? extra->if_contains("evaluations") : nullptr;
    if (evaluations == nullptr || !evaluations->is_array()) return {};
    for (const json::value& one : evaluations->get_array()) {
      if (full()) break;
      if (one.is_object()) take_evaluation(sequence, one.get_object());
    }
    return {};
  }
  Recorded finish() && { return std::move(recorded_); }

 private:
  static constexpr std::size_t kSkipped = static_cast<std::size_t>(-1);

  Status take_operation(std::uint64_t sequence, const json::object& record) {
    ++taken_;
    if (denied_late(record)) return ++recorded_.skipped, Status();
    TRY(std::string key, key_of(record));
    if (seen_before(key)) return {};
    std::size_t& place = new_place(std::move(key));
    auto past = identity::past_question(store_, tenant_, record);
    bool no_question =
        !past && (past.error().code == ErrorCode::kConflict || past.error().code == ErrorCode::kInvalid);
    if (!past && !no_question) return std::unexpected(std::move(past.error()));
    if (!past) return ++recorded_.skipped, Status();
    keep({.sequence = static_cast<std::int64_t>(sequence),
          .was = text_member(record, "decision") == "allow" ? Decided::kAllow : Decided::kDeny,
          .reason = std::string(text_member(record, "reason")),
          .question = std::move(*past)},
         place);
    return {};
  }

  void take_evaluation(std::uint64_t sequence, const json::object& evaluation) {
    ++taken_;
    const json::value* decision = evaluation.if_contains("decision");
    if (decision == nullptr || !decision->is_bool() || !is_whole(evaluation))
      return static_cast<void>(++recorded_.skipped);
    std::string key = canonical_json(evaluation);
    if (seen_before(key)) return;
    std::size_t& place = new_place(std::move(key));
    json::object request = evaluation;
    request.erase("decision");
    request.erase("policy");
    std::string_view policy = text_member(evaluation, "policy");
    keep({.sequence = static_cast<std::int64_t>(sequence),
          .was = decision->get_bool() ? Decided::kAllow : Decided::kDeny,
          .reason = std::string(policy.empty() ? kNoPermit : policy),
          .question = RecordedEvaluation{canonical_json(request)}},
         place);
  }

  /// Counts it when it is one of those that were met, and when there is no room for more.
  bool seen_before(const std::string& key) {
    auto met = places_.find(key);
    bool dropped = met == places_.end() ? bytes_ > kMaxRecordedBytes : met->second == kSkipped;
    if (dropped) return ++recorded_.skipped, true;
    if (met == places_.end()) return false;
    ++recorded_.decisions[met->second].times;
    return true;
  }
  std::size_t& new_place(std::string key) {
    bytes_ += key.size();
    return places_.emplace(std::move(key), kSkipped).first->second;
  }
  void keep(RecordedDecision decision, std::size_t& place) {
    std::size_t size = to_json(decision).size();
    if (size > kMaxDecisionBytes) return static_cast<void>(++recorded_.skipped);
    bytes_ += size;
    place = recorded_.decisions.size();
    recorded_.decisions.push_back(std::move(decision));
  }

  storage::PlatformStore& store_;
  const tenancy::TenantId& tenant_;
  const std::size_t limit_;
  std::size_t taken_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::size_t> places_;  // by key: index of the decision, or kSkipped
  Recorded recorded_;
};

/// The records from `first` to `last`, in order, that say what was decided.
Result<std::vector<std::pair<std::uint64_t, json::object>>> read_stride(const ledger::ChainReader& chain,
                                                                        std::uint64_t first,
                                                                        std::uint64_t last) {
  std::vector<std::pair<std::uint64_t, json::object>> records;
  Status parsed;
  auto visit = [&](const ledger::Entry& entry) {
    if (entry.sequence > last) return false;
    auto record = ledger::read_record(entry);
    if (!record) return parsed = std::unexpected(std::move(record.error())), false;
    if (identity::decided_by_policy(*record)) records.emplace_back(entry.sequence, std::move(*record));
    return entry.sequence < last;
  };
  CHECK_OK(chain.each(first, visit));
  CHECK_OK(parsed);
  return records;
}

Result<Recorded> gather(const ledger::ChainReader& chain, Gathering gathering, std::uint64_t most_records) {
  std::uint64_t last = chain.head().sequence, looked_at = 0;
  while (last > 0 && looked_at < most_records && !gathering.full()) {
    std::uint64_t count = std::min({last, kStride, most_records - looked_at});
    TRY(auto records, read_stride(chain, last - count + 1, last));
    for (const auto& [sequence, record] : records | std::views::reverse) {
      if (gathering.full()) break;
      CHECK_OK(gathering.take(sequence, record));
    }
    last -= count;
    looked_at += count;
  }
  return std::move(gathering).finish();
}

}  // namespace

Result<Recorded> LedgerDecisions::latest(const tenancy::TenantId& tenant) const {
  auto chain = ledger_.reader(permits_(tenant));
  auto recorded = gather(*chain, Gathering(store_, tenant, limit_), kRecordsPerDecision * limit_);
  if (recorded) return recorded;
  const Error& cause = recorded.error();
  return fail(
      ErrorCode::kUnavailable, "bundle.decisions_unreadable",
      fmt::format("the tenant's recorded decisions cannot be read, so the bundle was not tried out on "
                  "them and nothing was changed: {}; `bailiwick ledger verify` says more, and with "
                  "`bundles.replay_decisions: 0` none are read",
                  cause.message));
}

}  // namespace bailiwick::bundles
