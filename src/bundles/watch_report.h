// WatchReport: what the watchdog found: where what holds is not what was signed, declared or meant.
#pragma once

#include "base/binding.h"

namespace bailiwick::bundles {

enum class WatchKind {
  kTampered,          ///< what is stored or shown is not what was taken, or its signature does not verify
  kUnguarded,         ///< a tenant is not under the platform's guardrails of now
  kHidden,            ///< an active tenant that is not served: what is stored of it was refused
  kSignerLapsed,      ///< what holds was signed by a key that is revoked or has expired
  kSignerExpiring,    ///< a key that may sign expires within two weeks
  kDrifted,           ///< the source says something else than what holds
  kSourceUnreadable,  ///< the source cannot be read, so nobody knows whether it differs
};
constexpr std::array<std::pair<std::string_view, WatchKind>, 7> enum_table(WatchKind) {
  return {{{"tampered", WatchKind::kTampered},
           {"unguarded", WatchKind::kUnguarded},
           {"hidden", WatchKind::kHidden},
           {"signer_lapsed", WatchKind::kSignerLapsed},
           {"signer_expiring", WatchKind::kSignerExpiring},
           {"drifted", WatchKind::kDrifted},
           {"source_unreadable", WatchKind::kSourceUnreadable}}};
}

struct WatchFinding {
  WatchKind kind = WatchKind::kTampered;
  std::string subject;  ///< a tenant, `_platform`, a signer's id, or `source`
  std::string message;
  auto operator<=>(const WatchFinding&) const = default;
};
template <class Visitor>
void describe(Visitor& v, WatchFinding& finding) {
  v.required("kind", finding.kind, "What kind of thing is wrong.");
  v.required("subject", finding.subject, "A tenant, _platform, a signer's id, or `source`.");
  v.required("message", finding.message, "What is wrong, and what to do.");
}

struct WatchReport {
  std::string checked_at;  ///< RFC 3339; empty = never
  bool frozen = false;
  std::vector<WatchFinding> findings;  ///< the gravest first
};
template <class Visitor>
void describe(Visitor& v, WatchReport& report) {
  v.required("checked_at", report.checked_at, "RFC 3339; empty before the first check.");
  v.required("frozen", report.frozen, "Changes of bundles are refused until somebody unfreezes them.");
  v.required("findings", report.findings, "The gravest first; none = all is as it was signed and declared.");
}

/// Whether tampering stops further changes: what a thief of the store changed is then not built upon.
enum class OnTampering { kFreeze, kAlert };

}  // namespace bailiwick::bundles
