// PlatformFiles: the typed form of the structured files of the folder `_platform`.
#pragma once

#include "snapshot/platform_quotas.h"
#include "snapshot/signers.h"

namespace bailiwick::snapshot {

struct PlatformFiles {
  PlatformQuotas quotas;
  SignerList signers;
};

}  // namespace bailiwick::snapshot
