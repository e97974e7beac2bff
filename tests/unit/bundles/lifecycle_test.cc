#include "bundles/lifecycle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::bundles {
namespace {

using snapshot::TenantStatus;

// The table, row by row, and nothing beside it.
TEST(Lifecycle, TableIsComplete) {
  std::size_t possible = 0;
  for (const auto& [status_name, status] : enum_table(TenantStatus{})) {
    for (const auto& [event_name, event] : enum_table(LifecycleEvent{}))
      possible += next_status(status, event).has_value();
  }
  EXPECT_EQ(possible, kTransitions.size());
  EXPECT_EQ(next_status(TenantStatus::kActive, LifecycleEvent::kSuspend), TenantStatus::kSuspended);
  EXPECT_EQ(next_status(TenantStatus::kSuspended, LifecycleEvent::kResume), TenantStatus::kActive);
  EXPECT_EQ(next_status(TenantStatus::kActive, LifecycleEvent::kArchive), std::nullopt);
}

// Whatever happens in whatever order: terminating leads only to archived, and archived to nothing.
RC_GTEST_PROP(LifecycleProperty, EndsAreFinal, ()) {
  TenantStatus status =
      *rc::gen::element(TenantStatus::kPending, TenantStatus::kActive, TenantStatus::kSuspended);
  auto events = *rc::gen::container<std::vector<LifecycleEvent>>(
      rc::gen::element(LifecycleEvent::kResume, LifecycleEvent::kSuspend, LifecycleEvent::kTerminate,
                       LifecycleEvent::kArchive));
  for (LifecycleEvent event : events) {
    TenantStatus before = status;
    status = next_status(before, event).value_or(before);
    if (before == TenantStatus::kArchived) RC_ASSERT(status == TenantStatus::kArchived);
    if (before == TenantStatus::kTerminating) RC_ASSERT(!is_initial(status));
    if (status == TenantStatus::kArchived && before != status)
      RC_ASSERT(before == TenantStatus::kTerminating);
    RC_ASSERT(status != TenantStatus::kPending || before == TenantStatus::kPending);
  }
}

}  // namespace
}  // namespace bailiwick::bundles
