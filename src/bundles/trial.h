// Stage 3 itself, wherever it runs: time zones, patterns and limits on made-up input, the bundle's own tests,
// and recorded decisions once more.
#pragma once

#include "base/clock.h"
#include "bundles/sandbox.h"

namespace bailiwick::bundles {

/// Looks the time zone up, compiles every forbidden pattern and has it find itself, cuts and searches a
/// sample document under every retrieval policy, decides every case of `tests/`, and, when nothing is wrong,
/// every recorded decision. Touches no tenant's data and
/// needs no file but those of the zones. Its work grows with the bundle and is not bounded otherwise.
TrialReport run_trial(const Trial& trial);

/// Cases of `tests/` that are decided otherwise than they say, each at its file, line and column; adds their
/// number to `decided`. `bundle` passed stage 2.
std::vector<Problem> run_tests(const snapshot::ParsedBundle& bundle, const policy::Rules* guardrails,
                               std::string_view place, std::int64_t& decided);

/// Decides again what was recorded, newest first, under the bundle's rules and the guardrails; after three
/// seconds of `clock` the rest is skipped. What a request only came to know later (region, age) is not on
/// record, and breaks no rule here.
Replay replay_decisions(const snapshot::ParsedBundle& bundle, const policy::Rules* guardrails,
                        const Recorded& recorded, const Clock& clock);

}  // namespace bailiwick::bundles
