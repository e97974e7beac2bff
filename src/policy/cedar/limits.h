// What bounds a text of policies or of a schema, so that every later walk of it is bounded too.
#pragma once

#include <cstddef>

namespace bailiwick::cedar {

/// Bytes of one text.
inline constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20;
/// How deep parentheses, types and JSON may nest, and how long a chain without them may be.
inline constexpr int kMaxDepth = 250;
/// How deep the tree of one expression may be, chains included; printed, it nests no deeper than `kMaxDepth`.
inline constexpr int kMaxTreeDepth = 240;

}  // namespace bailiwick::cedar
