#include "cli/sizing.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/excerpt.h"

namespace bailiwick::cli {
namespace {

constexpr double kSecondsPerDay = 86'400;
constexpr double kGib = 1024.0 * 1024 * 1024;

std::unexpected<Error> unfit(const std::string& name, std::string_view what) {
  return fail(ErrorCode::kInvalid, "capacity.measured", fmt::format("{}: {}", name, what));
}

}  // namespace

Status SizingInputs::take_measured(const json::object& file, const std::string& name) {
  const json::value* found = file.if_contains("measured");
  const json::object* measured = found != nullptr ? found->if_object() : nullptr;
  if (measured == nullptr) {
    return unfit(name,
                 "has no object `measured`; give what `bailiwick soak -o json` prints or a benchmark writes");
  }
  std::size_t taken = 0;
  for (auto [key, input] : {std::pair{"cpu_us", &cpu_us},
                            {"bytes_per_record", &bytes_per_record},
                            {"kib_per_tenant", &kib_per_tenant},
                            {"base_mib", &base_mib}}) {
    const json::value* value = measured->if_contains(key);
    if (value == nullptr) continue;
    boost::system::error_code error;
    double number = value->to_number<double>(error);
    if (error || !(number >= 0))
      return unfit(name, fmt::format("measured.{}: expected a number from 0 on", key));
    *input = {number, "measured: " + name};
    ++taken;
  }
  if (taken > 0) return {};
  return unfit(name, "measured: holds none of cpu_us, bytes_per_record, kib_per_tenant, base_mib");
}

Size size_of(const SizingInputs& inputs, const SizedLoad& load) {
  double memory =
      inputs.base_mib.value + static_cast<double>(load.tenants) * inputs.kib_per_tenant.value / 1024;
  return {
      .cores = load.requests_per_second * inputs.cpu_us.value / 1e6 / inputs.headroom.value,
      .memory_mib = memory / inputs.headroom.value,
      .disk_gib_per_day = load.requests_per_second * kSecondsPerDay * inputs.bytes_per_record.value / kGib};
}

Result<std::vector<double>> parse_numbers(std::string_view list, std::string_view option) {
  std::vector<double> numbers;
  while (true) {
    std::string_view word = list.substr(0, list.find(','));
    double number = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(number) || number <= 0) {
      return fail(ErrorCode::kInvalid, "usage.list",
                  fmt::format("{}: '{}' is no number above 0; write them with commas between: 10,100,1000",
                              option, excerpt(word)));
    }
    numbers.push_back(number);
    if (word.size() == list.size()) return numbers;
    list.remove_prefix(word.size() + 1);
  }
}

}  // namespace bailiwick::cli
