// Sizing: what machine a load needs, from what one request and one tenant were measured to cost. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace bailiwick::cli {

/// A number, and where it is from: a file, the command line, or an assumption of ours.
struct SizingInput {
  double value = 0;
  std::string source = "assumed";
};

/// Assumed until said otherwise: rounded up from figures of one core of a small server.
struct SizingInputs {
  SizingInput cpu_us{100};             ///< CPU of one request, all threads
  SizingInput bytes_per_record{1000};  ///< written to disk for one request
  SizingInput kib_per_tenant{16};      ///< resident memory of an idle tenant
  SizingInput base_mib{96};            ///< resident memory of a server with few tenants
  SizingInput headroom{0.6};           ///< the share of a core and of memory that is used at most

  /// Takes over what a file of measurements says under `measured`. Errors: kInvalid `capacity.measured`.
  Status take_measured(const json::object& file, const std::string& name);
};

struct SizedLoad {
  std::int64_t tenants = 0;
  double requests_per_second = 0;  ///< of all tenants together
};

struct Size {
  double cores = 0;
  double memory_mib = 0;
  double disk_gib_per_day = 0;
};

/// Linear in both. Disk has no headroom: it is filled, not shared.
Size size_of(const SizingInputs& inputs, const SizedLoad& load);

/// `10,100,1000`: numbers above 0. Errors: kInvalid `usage.list` naming the option.
Result<std::vector<double>> parse_numbers(std::string_view list, std::string_view option);

}  // namespace bailiwick::cli
