// UsageTotals: what was used, added up: over a quarter of an hour, a program, a month.
#pragma once

#include "metering/decimal.h"

namespace bailiwick::metering {

struct UsageTotals {
  std::int64_t requests = 0;  ///< every one that the ledger holds, denials included
  std::int64_t denied = 0;    ///< of `requests`
  std::int64_t errors = 0;    ///< of `requests`: let in, and answered 500 or above
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t documents = 0;              ///< added or replaced
  std::int64_t bytes = 0;                  ///< of the texts of those documents
  Decimal cost{0, Decimal::kMoneyPlaces};  ///< of models, in USD

  UsageTotals& operator+=(const UsageTotals& other) {
    requests += other.requests;
    denied += other.denied;
    errors += other.errors;
    input_tokens += other.input_tokens;
    output_tokens += other.output_tokens;
    documents += other.documents;
    bytes += other.bytes;
    cost += other.cost;
    return *this;
  }
  friend bool operator==(const UsageTotals&, const UsageTotals&) = default;
};
template <class Visitor>
void describe(Visitor& v, UsageTotals& totals) {
  v.required("requests", totals.requests, "Every one that the ledger holds, denials included.");
  v.required("denied", totals.denied, "Of requests: refused.");
  v.required("errors", totals.errors, "Of requests: let in, and answered 500 or above.");
  v.required("input_tokens", totals.input_tokens, "Sent to models.");
  v.required("output_tokens", totals.output_tokens, "Written by models.");
  v.required("documents", totals.documents, "Added or replaced.");
  v.required("bytes", totals.bytes, "Of the texts of those documents.");
  v.required("cost_usd", totals.cost, "Of models, by the price list of the time; exact.");
}

}  // namespace bailiwick::metering
