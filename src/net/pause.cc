#include "net/pause.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

namespace bailiwick::net {

Task<void> pause(Loop& loop, std::chrono::milliseconds duration) {
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             Executor>
      timer(loop.io.get_executor());
  timer.expires_after(duration);
  co_await timer.async_wait(asio::as_tuple(use_task));
}

}  // namespace bailiwick::net
