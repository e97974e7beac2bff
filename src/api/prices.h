// /v1/prices: what models cost in this installation. Operators read it and replace it, whole.
#pragma once

#include <filesystem>

#include "base/published.h"
#include "edge/route.h"
#include "metering/prices.h"

namespace bailiwick::api {

/// Where an update is kept.
struct PriceShelf {
  Published<metering::PriceBook>& book;
  std::filesystem::path file;  ///< written whole before the book is swapped
  bool fixed_by_settings =
      false;  ///< the settings name a file of the operator's: the API does not override it
};

/// What `shelf` refers to outlives the routes.
std::vector<edge::Route> price_routes(PriceShelf shelf);

}  // namespace bailiwick::api
