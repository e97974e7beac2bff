// to_json into a buffer that is reused. Private to this room.
#pragma once

#include "ledger/record.h"

namespace bailiwick::ledger {

/// Appends what to_json returns.
void append_json(std::string& out, const Record& record, std::string_view tenant, std::uint64_t sequence);

}  // namespace bailiwick::ledger
