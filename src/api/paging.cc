#include "api/paging.h"

#include <charconv>

#include "crypto/hash.h"

namespace bailiwick::api {

Result<Page> page_of(const edge::CallBase& call) {
  Page page;
  if (std::string_view size = call.query("page_size"); !size.empty()) {
    auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), page.size);
    if (error != std::errc() || end != size.data() + size.size() || page.size < 1 || page.size > 500) {
      return fail(ErrorCode::kInvalid, "page.size", "page_size is a whole number from 1 to 500");
    }
  }
  auto after = crypto::from_base64url(call.query("page_token"));
  if (!after)
    return fail(ErrorCode::kInvalid, "page.token",
                "page_token is not one that a list answered; begin again without it");
  page.after = std::move(*after);
  return page;
}

std::string page_token(std::string_view after) {
  return crypto::to_base64url(crypto::as_bytes(after));
}

}  // namespace bailiwick::api
