// Validator: does a policy fit its schema? Strict, as Cedar's own.
//
// A policy that passes never fails for a type, an attribute or a tag that is not there, whatever request and
// entities of the schema it meets. What is left are overflow and entities that do not exist.
#pragma once

#include "policy/cedar/schema.h"

namespace bailiwick::cedar {

struct Finding {
  Span span;
  std::string message;

  friend bool operator==(const Finding& a, const Finding& b) {
    return a.span.begin == b.span.begin && a.span.end == b.span.end && a.message == b.message;
  }
};

/// Once each, and no more than a reader will mend.
void add_finding(std::vector<Finding>& findings, Span span, std::string message);

struct Validation {
  std::vector<Finding> errors;
  std::vector<Finding> warnings;  ///< such as a policy that can never apply

  bool passed() const { return errors.empty(); }
};

/// What validating may cost, over all policies that share it: expressions visited, once for each kind of
/// request, and parts of types compared. Past it policies are refused.
struct ValidationBudget {
  std::uint64_t steps = 20'000'000;
};

inline constexpr std::string_view kTooLarge =
    "the policies are too large to be validated against this schema";

Validation validate(const Policy& policy, const Schema& schema, ValidationBudget& budget);
/// With a budget of its own.
Validation validate(const Policy& policy, const Schema& schema);

}  // namespace bailiwick::cedar
