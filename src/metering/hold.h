// Hold: the money that one level holds for one admission.
#pragma once

#include "base/money.h"

namespace bailiwick::metering {

struct Account;

struct Hold {
  Account* day = nullptr;  ///< the windows that it was reserved in
  Account* month = nullptr;
  PicoDollars cost;
};

}  // namespace bailiwick::metering
