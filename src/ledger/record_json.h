// to_json into a buffer that is reused, and which text stands in it as it is. Private to this room.
#pragma once

#include "ledger/record.h"

namespace bailiwick::ledger {

/// Appends what to_json returns.
void append_json(std::string& out, const Record& record, std::string_view tenant, std::uint64_t sequence);

/// Printable ASCII without quote and backslash: stands for itself in JSON. Nearly every field is that.
bool is_plain(std::string_view text);

}  // namespace bailiwick::ledger
