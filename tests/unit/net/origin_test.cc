// Shows which URLs name an upstream.
#include <gtest/gtest.h>

#include "net/client.h"

namespace bailiwick::net {
namespace {

TEST(Origin, TakesUrlsApart) {
  auto plain = Origin::parse("http://127.0.0.1:8080");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(plain->host, "127.0.0.1");
  EXPECT_EQ(plain->port, 8080);
  EXPECT_EQ(plain->base_path, "");
  EXPECT_EQ(plain->authority(), "127.0.0.1:8080");

  auto secure = Origin::parse("HTTPS://api.example.org/v1/");
  ASSERT_TRUE(secure);
  EXPECT_TRUE(secure->tls);
  EXPECT_EQ(secure->port, 443);
  EXPECT_EQ(secure->base_path, "/v1");
  EXPECT_EQ(secure->authority(), "api.example.org");

  auto six = Origin::parse("http://[::1]:81/a");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->authority(), "[::1]:81");
}

TEST(Origin, RefusesWhatIsNotAnUpstream) {
  for (std::string_view url :
       {"", "host", "ftp://host", "http://", "http:///path", "http://user:secret@host", "http://host#f",
        "http://host/?q=1", "http://host:0", "http://host:65536", "http://host:8x", "http://ho st",
        "http://[::1", "http://[x]", "http://[::1]x", "http://host/a b", "http://h\xc3\xa9"}) {
    auto origin = Origin::parse(url);
    ASSERT_FALSE(origin) << url;
    EXPECT_EQ(origin.error().reason, "url.malformed");
    EXPECT_EQ(origin.error().message.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace bailiwick::net
