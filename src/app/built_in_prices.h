// The price file that the program carries: used until an operator gives a newer one.
#pragma once

#include <string_view>

namespace bailiwick::app {

std::string_view built_in_prices();

}  // namespace bailiwick::app
