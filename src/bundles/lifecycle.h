// The life of a tenant as a table: pending → active ⇄ suspended → terminating → archived.
#pragma once

#include <optional>
#include <string_view>

#include "snapshot/tenant_declaration.h"

namespace bailiwick::bundles {

enum class LifecycleEvent { kResume, kSuspend, kTerminate, kArchive };

constexpr std::array<std::pair<std::string_view, LifecycleEvent>, 4> enum_table(LifecycleEvent) {
  return {{{"resume", LifecycleEvent::kResume},
           {"suspend", LifecycleEvent::kSuspend},
           {"terminate", LifecycleEvent::kTerminate},
           {"archive", LifecycleEvent::kArchive}}};
}

struct Transition {
  snapshot::TenantStatus from;
  LifecycleEvent event;
  snapshot::TenantStatus to;
};

inline constexpr std::array kTransitions = std::to_array<Transition>({
    {snapshot::TenantStatus::kPending, LifecycleEvent::kResume, snapshot::TenantStatus::kActive},
    {snapshot::TenantStatus::kSuspended, LifecycleEvent::kResume, snapshot::TenantStatus::kActive},
    {snapshot::TenantStatus::kActive, LifecycleEvent::kSuspend, snapshot::TenantStatus::kSuspended},
    {snapshot::TenantStatus::kPending, LifecycleEvent::kTerminate, snapshot::TenantStatus::kTerminating},
    {snapshot::TenantStatus::kActive, LifecycleEvent::kTerminate, snapshot::TenantStatus::kTerminating},
    {snapshot::TenantStatus::kSuspended, LifecycleEvent::kTerminate, snapshot::TenantStatus::kTerminating},
    {snapshot::TenantStatus::kTerminating, LifecycleEvent::kArchive, snapshot::TenantStatus::kArchived},
});

/// Where `event` leads from `from`; nothing when the event is not possible there.
constexpr std::optional<snapshot::TenantStatus> next_status(snapshot::TenantStatus from,
                                                            LifecycleEvent event) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == from && transition.event == event) return transition.to;
  }
  return std::nullopt;
}

/// What a tenant may be declared with: the states that a life begins in.
constexpr bool is_initial(snapshot::TenantStatus status) {
  return status == snapshot::TenantStatus::kPending || status == snapshot::TenantStatus::kActive ||
         status == snapshot::TenantStatus::kSuspended;
}

}  // namespace bailiwick::bundles
