// A recorded decision and its reasons, for a reader.
#pragma once

#include "cli/context.h"

namespace bailiwick::cli {

/// `whole` is the API's answer: who asked, the decision of then and of now step by step, and evaluations.
void print_explanation(const Context& context, const json::object& whole);

}  // namespace bailiwick::cli
