#include "bundles/flips.h"

#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/json_members.h"
#include "base/printing.h"

namespace bailiwick::bundles {
namespace {

constexpr std::size_t kLongestName = 200;

std::string shown(std::string_view text) {
  return excerpt(text, kLongestName);
}

/// `User::"ada"` of the request's `subject` or `resource`, the name of its `action`.
std::string name_in(const json::object& request, std::string_view member) {
  const json::object* named = object_member(request, member);
  if (named == nullptr) return {};
  if (member == "action") return std::string(text_member(*named, "name"));
  return fmt::format("{}::\"{}\"", text_member(*named, "type"), text_member(*named, "id"));
}

}  // namespace

Flip flip_of(const Recorded& recorded, std::size_t decision, std::string_view reason) {
  const RecordedDecision& before = recorded.decisions[decision];
  Flip flip{.decision = decision,
            .sequence = before.sequence,
            .times = before.times,
            .was = before.was,
            .was_reason = shown(before.reason),
            .now = before.was == Decided::kAllow ? Decided::kDeny : Decided::kAllow,
            .reason = shown(reason)};
  if (const auto* past = std::get_if<identity::PastQuestion>(&before.question)) {
    flip.subject = shown(past->principal->subject);
    flip.action = tenancy::name_of(past->action);
    flip.resource = shown(past->resource);
    return flip;
  }
  flip.kind = FlipKind::kEvaluation;
  auto request = parse_json_object(std::get<RecordedEvaluation>(before.question).request);
  if (!request) return flip;
  flip.subject = shown(name_in(*request, "subject"));
  flip.action = shown(name_in(*request, "action"));
  flip.resource = shown(name_in(*request, "resource"));
  return flip;
}

json::object summary_of(const Replay& replay) {
  constexpr std::size_t kMostRecorded = 20;
  Replay brief{.replayed = replay.replayed,
               .skipped = replay.skipped,
               .flips_total = replay.flips_total,
               .flips = replay.flips};
  if (brief.flips.size() > kMostRecorded) brief.flips.resize(kMostRecorded);
  return to_json_value(brief).as_object();
}

}  // namespace bailiwick::bundles
