// Shows that received bytes stay in one piece and in order through any mix of receiving, consuming and
// growing.
#include "net/read_buffer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::net {
namespace {

RC_GTEST_PROP(ReadBuffer, KeepsBytesInOrder, (const std::vector<std::uint8_t>& steps)) {
  ReadBuffer buffer(8);
  std::string expected;
  char next = 'a';
  for (std::uint8_t step : steps) {
    std::size_t size = step / 4;
    if (step % 4 == 0) {
      size = std::min(size, buffer.size());
      buffer.consume(size);
      expected.erase(0, size);
    } else if (step % 4 == 1) {
      buffer.grow(size);
    } else {
      auto room = buffer.room();
      RC_ASSERT(room.size() > 0 || buffer.full());
      size = std::min(size, room.size());
      for (std::size_t i = 0; i < size; ++i) {
        static_cast<char*>(room.data())[i] = next;
        expected += next++;
        if (next > 'z') next = 'a';
      }
      buffer.received(size);
    }
    RC_ASSERT(buffer.view() == expected);
  }
}

}  // namespace
}  // namespace bailiwick::net
