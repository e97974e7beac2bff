// Lists are paged the same way everywhere: `page_size` (1 to 500, default 100) and an opaque `page_token`.
#pragma once

#include "edge/call.h"

namespace bailiwick::api {

struct Page {
  std::int64_t size = 100;
  std::string after;
};

/// Errors: kInvalid `page.size`, `page.token`.
Result<Page> page_of(const edge::CallBase& call);
/// What goes out as `next_page_token`; empty stays empty.
std::string page_token(std::string_view after);

inline constexpr std::pair<std::string_view, std::string_view> kPageSizeQuery{"page_size",
                                                                              "1 to 500; default 100."};
inline constexpr std::pair<std::string_view, std::string_view> kPageTokenQuery{
    "page_token", "next_page_token of the page before."};

}  // namespace bailiwick::api
