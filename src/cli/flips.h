// Flips as people read them: which recorded decisions come out otherwise under a bundle.
#pragma once

#include "cli/context.h"

namespace bailiwick::cli {

/// `answer` with its `replay` as a sentence and a table behind it; in another format, whole.
void print_with_replay(const Context& context, const json::value& answer);

/// The sentence and the table alone. Nothing when no decision was on record.
void print_replay(const Context& context, const json::value& replay);

}  // namespace bailiwick::cli
