#include "snapshot/tenant_declaration.h"

#include <gtest/gtest.h>

namespace bailiwick::snapshot {
namespace {

// Addresses have a name, one @ and a dotted host.
TEST(TenantDeclaration, Addresses) {
  for (std::string_view good : {"a@b.example", "first.last+tag@sub.host.org"})
    EXPECT_TRUE(is_email(good)) << good;
  for (std::string_view bad :
       {"", "a", "@b.example", "a@", "a@b", "a@.b", "a@b.", "a@b@c.d", "a b@c.d", "a@b.c\n"}) {
    EXPECT_FALSE(is_email(bad)) << bad;
  }
}

// Time zones have the shape of IANA names, which also keeps them from being paths.
TEST(TenantDeclaration, TimeZoneNames) {
  for (std::string_view good : {"UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/GMT+5"}) {
    EXPECT_TRUE(is_time_zone_name(good)) << good;
  }
  for (std::string_view bad :
       {"", "/etc/passwd", "../x", "Europe/", "Europe//Paris", "a b", "5", "Europe/../x"}) {
    EXPECT_FALSE(is_time_zone_name(bad)) << bad;
  }
}

}  // namespace
}  // namespace bailiwick::snapshot
