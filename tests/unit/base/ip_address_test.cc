#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace bailiwick {
namespace {

TEST(IpAddressTest, AddressesAndRanges) {
  auto ip = [](std::string_view text) { return IpAddress::parse(text).value(); };
  EXPECT_TRUE(ip("10.1.2.3").is_in(ip("10.0.0.0/8")));
  EXPECT_TRUE(ip("10.1.2.3").is_in(ip("10.1.2.3")));
  EXPECT_FALSE(ip("10.0.0.0/7").is_in(ip("10.0.0.0/8")));
  EXPECT_TRUE(ip("10.1.2.3").is_in(ip("0.0.0.0/0")));
  EXPECT_TRUE(ip("fe80::1").is_in(ip("fe80::/10")));
  EXPECT_FALSE(ip("10.1.2.3").is_in(ip("::/0")));
  EXPECT_TRUE(ip("127.0.0.1").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_FALSE(ip("127.0.0.0/7").is_loopback());
  EXPECT_TRUE(ip("224.1.2.3").is_multicast());
  EXPECT_TRUE(ip("ff02::1").is_multicast());
  EXPECT_FALSE(ip("224.0.0.0/3").is_multicast());
  EXPECT_EQ(to_string(ip("2001:db8::/32")), "2001:db8::/32");
  for (std::string_view text :
       {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4/33", "1.2.3.4/08", "1.2.3.4/", "::1/129",
        "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8:9", "g::", "1.2.3.4 ", "::1%eth0"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

}  // namespace
}  // namespace bailiwick
