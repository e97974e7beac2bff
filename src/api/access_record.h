// AccessRecord: what the ledger keeps of evaluations: who asked what, with what was given, and the answer;
// enough to decide again. Large properties and contexts are kept as a hash.
#pragma once

#include "ledger/record.h"
#include "policy/access.h"

namespace bailiwick::api {

class AccessRecord {
 public:
  /// Returns how many bytes of JSON were given: what it costs. Past a quarter of a megabyte an evaluation is
  /// kept as its hash.
  std::size_t add(const policy::AccessRequest& request, const policy::AccessDecision& decision);
  /// One that was not decided, and so denied.
  void add_fault(std::string_view reason);
  /// `extra.evaluations`, and `extra.revision` of the bundle that decided.
  void write(ledger::Record& record, std::string_view revision) const;

 private:
  std::string evaluations_;  ///< canonical JSON, one behind the other
};

void record_search(ledger::Record& record, const policy::AccessRequest& request, std::size_t found);

}  // namespace bailiwick::api
