#include "edge/lasting.h"

#include "net/wakeup.h"

namespace bailiwick::edge {

net::Task<Status> wait_for_disk(ledger::Ledger& ledger) {
  Status outcome;
  co_await net::sleep_until_woken([&](net::Wakeup wake) {
    ledger.when_on_disk([&outcome, wake = std::move(wake)](Status told) mutable {
      outcome = std::move(told);
      wake();
    });
  });
  co_return outcome;
}

}  // namespace bailiwick::edge
