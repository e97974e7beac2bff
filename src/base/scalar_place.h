// Where a byte of a YAML scalar's value stands in the file: line and column, whatever style the scalar was
// written in. For faults of a language inside YAML, such as a rule's condition.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/document.h"

namespace bailiwick {

struct TextPlace {
  int line = 1;
  int column = 1;  ///< in characters, as the places of nodes are

  friend bool operator==(const TextPlace&, const TextPlace&) = default;
};

/// `file` is the text that `scalar` was read from, `offset` a byte of `scalar.text`, or its size for the end.
/// Exact for a byte that is no blank, in plain, quoted and block scalars alike: folding changes blanks alone.
/// A blank is placed where the next byte that is none stands; the end, right behind the last one.
TextPlace place_in_scalar(std::string_view file, const Node& scalar, std::size_t offset);

}  // namespace bailiwick
