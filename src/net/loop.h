// Loop: one thread, one event loop, and what lives on it. Connections never leave their loop.
#pragma once

#include <memory>

#include "net/executor.h"
#include "net/task.h"

namespace bailiwick::net {

class Client;
class BlockingPool;

/// Shared by the exchanges of one thread. Valid for as long as the server runs.
struct Loop {
  asio::io_context& io;
  Client& client;          ///< pooled upstream connections of this loop
  BlockingPool& blocking;  ///< for work that waits on a disk; shared by all loops
};

}  // namespace bailiwick::net
