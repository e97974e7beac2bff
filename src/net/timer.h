// Timer: waits on a loop until a time.
#pragma once

#include <chrono>

#include <boost/asio/basic_waitable_timer.hpp>

#include "net/executor.h"

namespace bailiwick::net {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace bailiwick::net
