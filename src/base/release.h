// What is held in containers, given back.
#pragma once

namespace bailiwick {

/// Empties `held`, and lets go of its memory: `held = {}` keeps a vector's room and a hash table's buckets.
template <class Container>
void release(Container& held) {
  held = Container();
}

}  // namespace bailiwick
