// What goes out as a page token comes back as what it was.
#include "api/paging.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "crypto/hash.h"

namespace bailiwick::api {
namespace {

RC_GTEST_PROP(PageTokenProperty, RoundTripsAndIsSafeInAnAddress, (const std::string& after)) {
  std::string token = page_token(after);
  RC_ASSERT(crypto::from_base64url(token).value() == after);
  RC_ASSERT(token.find_first_of("+/=&?#% ") == std::string::npos);
  RC_ASSERT(token.empty() == after.empty());
}

}  // namespace
}  // namespace bailiwick::api
