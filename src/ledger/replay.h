// Replay: reads a journal's folder at start. Sealed segments give their index, the tail its frames.
#pragma once

#include "ledger/chain_table.h"
#include "ledger/journal.h"

namespace bailiwick::ledger {

struct Replayed {
  JournalStart start;
  std::vector<Grant> grants;  ///< in the order of the journal
};

/// Fills `chains`. A frame that is broken, or does not follow its chain, is the tear of a crash when the disk
/// was never known to hold it: it is cut off with what follows, and logged. Anywhere else it is kInternal
/// `ledger.damaged` naming the segment and offset. An index that is missing or broken is built again.
Result<Replayed> replay(const std::filesystem::path& folder, ChainTable& chains);

}  // namespace bailiwick::ledger
