// JournalReader: one chain's entries, streamed from the segments that hold them. Memory: one frame, and the
// table of one segment.
#pragma once

#include "ledger/chain_table.h"
#include "ledger/ledger.h"

namespace bailiwick::ledger {

class JournalReader final : public ChainReader {
 public:
  /// `chains` outlives it.
  JournalReader(std::filesystem::path folder, const ChainTable& chains, std::string_view chain)
      : folder_(std::move(folder)), chains_(chains), chain_(chain) {}

  Head head() const override;
  /// Errors: kInternal `ledger.damaged` naming the segment and offset.
  Status each(std::uint64_t from, const std::function<bool(const Entry&)>& visit) const override;
  std::optional<std::uint64_t> tallied_from() const override;
  std::optional<UsageTally> take_tally(std::uint64_t from) const override;

 private:
  const std::filesystem::path folder_;
  const ChainTable& chains_;
  const std::string chain_;
};

}  // namespace bailiwick::ledger
