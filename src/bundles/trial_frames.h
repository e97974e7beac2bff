// How a trial goes to the child of the sandbox, and how its report comes back. Either end takes what it reads
// for foreign bytes: of bounded size, and refused whole when one of them is out of place.
#pragma once

#include "bundles/sandbox.h"

namespace bailiwick::bundles {

/// Most bytes of a trial as it is sent, and of a report.
inline constexpr std::size_t kMaxTrialBytes = 32 << 20;
inline constexpr std::size_t kMaxReportBytes = 1 << 20;

/// `BWT1`, then frames of a tag, two lengths and two texts, and a last one without any. How many decisions
/// were skipped stays here.
std::string encode_trial(const Trial& trial);
/// Errors: kInvalid `sandbox.frames`.
Result<Trial> decode_trial(std::string_view bytes);

/// A length and JSON. What does not fit is said to be left out.
std::string encode_report(const TrialReport& report);
/// A report can only say what a report says. Messages are cut and lose control characters, and a place that
/// is not one of `trial`'s files becomes its tenant.yaml. A flip names a decision of `trial` and why; all
/// else of it is taken from there. Errors: kInvalid `sandbox.report`.
Result<TrialReport> decode_report(std::string_view bytes, const Trial& trial);

}  // namespace bailiwick::bundles
