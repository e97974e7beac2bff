// Excerpt: a sender's own word as an error repeats it, short and plain however long and odd it was.
#pragma once

#include <string>
#include <string_view>

namespace bailiwick {

/// At most `longest` bytes of whole characters, then `…`; control characters become `?`. Valid UTF-8 stays
/// valid.
std::string excerpt(std::string_view text, std::size_t longest = 80);

}  // namespace bailiwick
