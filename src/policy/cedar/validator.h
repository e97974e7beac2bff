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

struct Validation {
  std::vector<Finding> errors;
  std::vector<Finding> warnings;  ///< such as a policy that can never apply

  bool passed() const { return errors.empty(); }
};

Validation validate(const Policy& policy, const Schema& schema);

}  // namespace bailiwick::cedar
