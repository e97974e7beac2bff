#include "net/suspension.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "net/spawn.h"

namespace bailiwick::net {

void abandon(PromiseBase& innermost) {
  auto& spawned = static_cast<Spawned::promise_type&>(innermost.outermost());
  std::coroutine_handle<Spawned::promise_type>::from_promise(spawned).destroy();
}

void Suspension::throw_dropped() {
  throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace bailiwick::net
