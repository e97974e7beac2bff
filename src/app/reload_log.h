// What a reload of bundles came to, in the log: a line for each tenant that it changed or refused.
#pragma once

#include "bundles/registry.h"

namespace bailiwick::app {

void log_reload(const bundles::ReloadReport& report);

}  // namespace bailiwick::app
