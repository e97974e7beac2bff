#include "bundles/trial_frames.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/printing.h"

namespace bailiwick::bundles {
namespace {

constexpr std::string_view kMagic = "BWT1";
constexpr std::size_t kMostProblems = 200;
constexpr std::size_t kLongestMessage = 1000;

enum class Tag : char { kEnd = 0, kTenant = 1, kPlace = 2, kFile = 3, kGuardrail = 4 };

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

/// Whole characters, none of which moves a cursor.
std::string plain(std::string_view text) {
  std::size_t size = std::min(text.size(), kLongestMessage);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  std::string out(text.substr(0, size));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return size < text.size() ? out + "…" : out;
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

/// A report as its JSON says it.
struct Told {
  std::int64_t tests = 0;
  std::vector<Problem> problems;
};
template <class Visitor>
void describe(Visitor& v, Told& told) {
  v.required("tests", told.tests, "Cases that were decided.", {.min = 0, .max = 1e7});
  v.required("problems", told.problems, "What is wrong.", {.max_length = kMostProblems + 1});
}

}  // namespace

std::string encode_trial(const Trial& trial) {
  std::string out(kMagic);
  append_frame(out, Tag::kTenant, "", trial.tenant);
  append_frame(out, Tag::kPlace, "", trial.place);
  for (const auto& [path, text] : trial.files) append_frame(out, Tag::kFile, path, text);
  for (const auto& [path, text] : trial.guardrails) append_frame(out, Tag::kGuardrail, path, text);
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
      default:
        return broken();
    }
  }
}

std::string encode_report(const TrialReport& report) {
  Told told{.tests = report.tests, .problems = {}};
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
  auto told = bind_json<Told>(bytes.substr(kHead), {.max_depth = 8, .max_values = 4 * (kMostProblems + 4)});
  if (!told) return wrong();
  TrialReport report{.tests = told->tests, .problems = {}};
  for (const Problem& problem : told->problems) {
    bool known = is_place_in(trial, problem.where);
    report.problems.push_back(
        {known ? problem.where : trial.place + "tenant.yaml:1:1", plain(problem.message)});
  }
  return report;
}

}  // namespace bailiwick::bundles
