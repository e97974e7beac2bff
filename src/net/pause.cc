#include "net/pause.h"

#include "net/timer.h"
#include "net/use_task.h"

namespace bailiwick::net {

Task<void> pause(Loop& loop, std::chrono::milliseconds duration) {
  Timer timer(loop.io.get_executor());
  timer.expires_after(duration);
  co_await timer.async_wait(use_task);
}

}  // namespace bailiwick::net
