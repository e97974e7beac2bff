#include "app/built_in_prices.h"

extern "C" {
extern const char bailiwick_prices_begin[];
extern const char bailiwick_prices_end[];
}

namespace bailiwick::app {

std::string_view built_in_prices() {
  return {bailiwick_prices_begin, static_cast<std::size_t>(bailiwick_prices_end - bailiwick_prices_begin)};
}

}  // namespace bailiwick::app
