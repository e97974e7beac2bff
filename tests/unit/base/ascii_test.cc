// Shows that every byte is what the C locale calls it.
#include "base/ascii.h"

#include <cctype>
#include <string>

#include <gtest/gtest.h>

namespace bailiwick {
namespace {

TEST(Ascii, EveryByteIsWhatTheCLocaleCallsIt) {
  for (int byte = 0; byte < 256; ++byte) {
    SCOPED_TRACE(byte);
    char c = static_cast<char>(byte);
    EXPECT_EQ(is_digit(c), std::isdigit(byte) != 0);
    EXPECT_EQ(is_letter(c), std::isalpha(byte) != 0);
    EXPECT_EQ(is_letter_or_digit(c), std::isalnum(byte) != 0);
    EXPECT_EQ(is_space(c), std::isspace(byte) != 0);
    EXPECT_EQ(hex_value(c), std::isxdigit(byte) ? std::stoi(std::string(1, c), nullptr, 16) : -1);
  }
}

}  // namespace
}  // namespace bailiwick
