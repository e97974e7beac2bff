// pause: waits on a loop without holding its thread.
#pragma once

#include "net/loop.h"

namespace bailiwick::net {

Task<void> pause(Loop& loop, std::chrono::milliseconds duration);

}  // namespace bailiwick::net
