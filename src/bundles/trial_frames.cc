#include "bundles/trial_frames.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/printing.h"
#include "bundles/recorded_json.h"

namespace bailiwick::bundles {
namespace {

constexpr std::string_view kMagic = "BWT1";
constexpr std::size_t kMostProblems = 200;
constexpr std::size_t kLongestMessage = 1000;

enum class Tag : char { kEnd = 0, kTenant = 1, kPlace = 2, kFile = 3, kGuardrail = 4, kDecision = 5 };

void append_length(std::string& out, std::size_t length) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((length >> shift) & 0xff);
}

/// The length that begins `bytes`, which holds four.
std::size_t length_at(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i)
    length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return length;
}

void append_frame(std::string& out, Tag tag, std::string_view name, std::string_view text) {
  out += static_cast<char>(tag);
  append_length(out, name.size());
  append_length(out, text.size());
  out += name;
  out += text;
}

struct Frame {
  Tag tag = Tag::kEnd;
  std::string_view name;
  std::string_view text;
};

std::unexpected<Error> broken() {
  return fail(ErrorCode::kInvalid, "sandbox.frames", "what the sandbox was sent is not whole");
}

/// Takes one frame off the front.
Result<Frame> take_frame(std::string_view& bytes) {
  constexpr std::size_t kHead = 9;
  if (bytes.size() < kHead) return broken();
  Frame frame{.tag = static_cast<Tag>(bytes[0]), .name = {}, .text = {}};
  std::size_t name = length_at(bytes.substr(1)), text = length_at(bytes.substr(5));
  bytes.remove_prefix(kHead);
  if (name > bytes.size() || text > bytes.size() - name) return broken();
  frame.name = bytes.substr(0, name);
  frame.text = bytes.substr(name, text);
  bytes.remove_prefix(name + text);
  return frame;
}

std::string plain(std::string_view text) {
  return excerpt(text, kLongestMessage);
}

/// Takes `:123` off the end.
bool take_number(std::string_view& text) {
  std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == text.size() || text.size() - colon > 8) return false;
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::ranges::all_of(text.substr(colon + 1), digit)) return false;
  text = text.substr(0, colon);
  return true;
}

bool is_place_in(const Trial& trial, std::string_view where) {
  if (!where.starts_with(trial.place)) return false;
  where.remove_prefix(trial.place.size());
  return take_number(where) && take_number(where) && trial.files.contains(std::string(where));
}

/// A flip as it is told: which decision, and why. Everything else of it is known here.
struct ToldFlip {
  std::int64_t decision = 0;
  std::string reason;
};
template <class Visitor>
void describe(Visitor& v, ToldFlip& told) {
  v.required("decision", told.decision, "Its index.", {.min = 0});
  v.required("reason", told.reason, "Why it comes out otherwise.");
}

/// A report as its JSON says it.
struct Told {
  std::int64_t tests = 0;
  std::vector<Problem> problems;
  std::int64_t replayed = 0;
  std::int64_t flips_total = 0;
  std::vector<ToldFlip> flips;
};
template <class Visitor>
void describe(Visitor& v, Told& told) {
  v.required("tests", told.tests, "Cases that were decided.", {.min = 0, .max = 1e7});
  v.required("problems", told.problems, "What is wrong.", {.max_length = kMostProblems + 1});
  v.required("replayed", told.replayed, "Recorded decisions that were made again.", {.min = 0});
  v.required("flips_total", told.flips_total, "Those that come out otherwise.", {.min = 0});
  v.required("flips", told.flips, "Which.", {.max_length = kMostFlips});
}

/// What deciding again came to, as far as it can be true: flips are of decisions that were sent, in their
/// order, and all of them are told until the list is full.
std::optional<Replay> replay_told(const Told& told, const Recorded& recorded) {
  Replay replay{.replayed = told.replayed, .skipped = 0, .flips_total = told.flips_total, .flips = {}};
  std::int64_t sent = 0, listed = 0;
  for (const RecordedDecision& decision : recorded.decisions) sent += decision.times;
  for (const ToldFlip& flip : told.flips) {
    auto index = static_cast<std::size_t>(flip.decision);
    bool follows = replay.flips.empty() || replay.flips.back().decision < index;
    if (!follows || index >= recorded.decisions.size()) return std::nullopt;
    replay.flips.push_back(flip_of(recorded, index, flip.reason));
    listed += replay.flips.back().times;
  }
  bool all_listed = told.flips.size() < kMostFlips;
  bool counts = told.replayed <= sent && told.flips_total <= told.replayed &&
                (all_listed ? told.flips_total == listed : told.flips_total >= listed);
  if (!counts) return std::nullopt;
  replay.skipped = recorded.skipped + sent - told.replayed;
  return replay;
}

}  // namespace

std::string encode_trial(const Trial& trial) {
  std::string out(kMagic);
  append_frame(out, Tag::kTenant, "", trial.tenant);
  append_frame(out, Tag::kPlace, "", trial.place);
  for (const auto& [path, text] : trial.files) append_frame(out, Tag::kFile, path, text);
  for (const auto& [path, text] : trial.guardrails) append_frame(out, Tag::kGuardrail, path, text);
  for (const RecordedDecision& decision : trial.recorded.decisions)
    append_frame(out, Tag::kDecision, "", to_json(decision));
  append_frame(out, Tag::kEnd, "", "");
  return out;
}

Result<Trial> decode_trial(std::string_view bytes) {
  if (bytes.size() > kMaxTrialBytes || !bytes.starts_with(kMagic)) return broken();
  bytes.remove_prefix(kMagic.size());
  Trial trial;
  while (true) {
    TRY(Frame frame, take_frame(bytes));
    switch (frame.tag) {
      case Tag::kEnd:
        if (!bytes.empty() || !frame.name.empty() || !frame.text.empty()) return broken();
        return trial;
      case Tag::kTenant:
        trial.tenant = frame.text;
        break;
      case Tag::kPlace:
        trial.place = frame.text;
        break;
      case Tag::kFile:
        trial.files.emplace(frame.name, frame.text);
        break;
      case Tag::kGuardrail:
        trial.guardrails.emplace(frame.name, frame.text);
        break;
      case Tag::kDecision: {
        auto decision = recorded_decision_from(frame.text);
        if (!decision) return broken();
        trial.recorded.decisions.push_back(std::move(*decision));
        break;
      }
      default:
        return broken();
    }
  }
}

std::string encode_report(const TrialReport& report) {
  Told told{.tests = report.tests,
            .problems = {},
            .replayed = report.replay.replayed,
            .flips_total = report.replay.flips_total,
            .flips = {}};
  for (const Flip& flip : report.replay.flips)
    told.flips.push_back({static_cast<std::int64_t>(flip.decision), flip.reason});
  for (const Problem& problem : report.problems) {
    if (told.problems.size() == kMostProblems) {
      told.problems.push_back(
          {problem.where, fmt::format("and {} more", report.problems.size() - kMostProblems)});
      break;
    }
    told.problems.push_back({problem.where, plain(problem.message)});
  }
  std::string text = json::serialize(to_json_value(told)), out;
  append_length(out, text.size());
  return out + text;
}

Result<TrialReport> decode_report(std::string_view bytes, const Trial& trial) {
  constexpr std::size_t kHead = 4;
  auto wrong = [] {
    return fail(ErrorCode::kInvalid, "sandbox.report", "its report is none that we could have written");
  };
  if (bytes.size() < kHead || bytes.size() > kMaxReportBytes || length_at(bytes) != bytes.size() - kHead)
    return wrong();
  auto told = bind_json<Told>(bytes.substr(kHead),
                              {.max_depth = 8, .max_values = 4 * (kMostProblems + kMostFlips + 8)});
  if (!told) return wrong();
  auto replay = replay_told(*told, trial.recorded);
  if (!replay) return wrong();
  TrialReport report{.tests = told->tests, .problems = {}, .replay = std::move(*replay)};
  for (const Problem& problem : told->problems) {
    bool known = is_place_in(trial, problem.where);
    report.problems.push_back(
        {known ? problem.where : trial.place + "tenant.yaml:1:1", plain(problem.message)});
  }
  return report;
}

}  // namespace bailiwick::bundles
