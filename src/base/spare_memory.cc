#include "base/spare_memory.h"

#include <mimalloc.h>

#include "base/mutex.h"

// The program is linked with this allocator; tests and tools have another.
extern "C" {
long mi_option_get(mi_option_t option) __attribute__((weak));
void mi_option_set(mi_option_t option, long value) __attribute__((weak));
void mi_collect(bool force) noexcept __attribute__((weak));
}

namespace bailiwick {
namespace {

struct Sparing {
  Mutex mutex;
  int alive BW_GUARDED_BY(mutex) = 0;
  long delay BW_GUARDED_BY(mutex) = 0;  ///< milliseconds; what held before the first, and after the last
};

Sparing& sparing() {
  static Sparing all;
  return all;
}

bool has_allocator() {
  return mi_option_set != nullptr;
}

}  // namespace

SpareNoMemory::SpareNoMemory() {
  if (!has_allocator()) return;
  MutexLock lock(sparing().mutex);
  if (sparing().alive++ > 0) return;
  sparing().delay = mi_option_get(mi_option_decommit_delay);
  mi_option_set(mi_option_decommit_delay, 0);
}

SpareNoMemory::~SpareNoMemory() {
  if (!has_allocator()) return;
  mi_collect(true);
  MutexLock lock(sparing().mutex);
  if (--sparing().alive == 0) mi_option_set(mi_option_decommit_delay, sparing().delay);
}

}  // namespace bailiwick
