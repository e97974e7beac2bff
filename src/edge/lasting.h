// Whether an answer waits for its record to be on disk.
#pragma once

#include "ledger/ledger.h"
#include "net/task.h"

namespace bailiwick::edge {

enum class Recording {
  kBatched,  ///< the record is written; the disk has it within the ledger's interval
  kStrict,   ///< and the answer leaves only once it has
};

/// Goes on, on its loop, once all that was recorded before is on disk. Errors: kUnavailable
/// `ledger.unavailable`, `ledger.closed`.
net::Task<Status> wait_for_disk(ledger::Ledger& ledger);

}  // namespace bailiwick::edge
