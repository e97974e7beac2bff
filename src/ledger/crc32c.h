// CRC-32C (Castagnoli, RFC 3720 §B.4): tells a whole frame from a torn one. Not a defence against people.
#pragma once

#include <cstdint>
#include <string_view>

namespace bailiwick::ledger {

std::uint32_t crc32c(std::string_view bytes);
/// The same by table, whatever the processor can do.
std::uint32_t crc32c_portable(std::string_view bytes);

}  // namespace bailiwick::ledger
