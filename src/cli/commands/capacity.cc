// capacity: a table of what machine which load needs, and which of the numbers behind it were measured.
#include <cmath>
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "base/csv.h"
#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/sizing.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxMeasured = 16 << 20;

struct CapacityArguments {
  std::vector<std::string> measured;
  std::optional<double> cpu_us, bytes_per_record, kib_per_tenant, base_mib, headroom;
  std::string tenants = "10,100,1000,10000";
  std::string rates = "10,100,1000";
};

Result<SizingInputs> inputs_of(const CapacityArguments& arguments) {
  SizingInputs inputs;
  for (const std::string& path : arguments.measured) {
    TRY(std::string text, read_file(path, kMaxMeasured));
    TRY(json::object file, parse_json_object(text));
    CHECK_OK(inputs.take_measured(file, path));
  }
  for (auto [given, input] : {std::pair{&arguments.cpu_us, &inputs.cpu_us},
                              {&arguments.bytes_per_record, &inputs.bytes_per_record},
                              {&arguments.kib_per_tenant, &inputs.kib_per_tenant},
                              {&arguments.base_mib, &inputs.base_mib},
                              {&arguments.headroom, &inputs.headroom}}) {
    if (*given) *input = {**given, "given"};
  }
  return inputs;
}

double two_decimals(double number) {
  return std::round(number * 100) / 100;
}

json::array sized_rows(const SizingInputs& inputs, const std::vector<double>& tenants,
                       const std::vector<double>& rates) {
  json::array rows;
  for (double count : tenants) {
    for (double rate : rates) {
      SizedLoad load{.tenants = std::llround(count), .requests_per_second = rate};
      Size size = size_of(inputs, load);
      rows.push_back(json::object{{"tenants", load.tenants},
                                  {"requests_per_second", rate},
                                  {"cores", two_decimals(size.cores)},
                                  {"memory_mib", two_decimals(size.memory_mib)},
                                  {"disk_gib_per_day", two_decimals(size.disk_gib_per_day)}});
    }
  }
  return rows;
}

json::array input_rows(const SizingInputs& inputs) {
  json::array rows;
  for (auto [name, unit, input] : {std::tuple{"cpu_us", "us a request", &inputs.cpu_us},
                                   {"bytes_per_record", "bytes a request", &inputs.bytes_per_record},
                                   {"kib_per_tenant", "KiB a tenant", &inputs.kib_per_tenant},
                                   {"base_mib", "MiB", &inputs.base_mib},
                                   {"headroom", "share used", &inputs.headroom}}) {
    rows.push_back(json::object{
        {"input", name}, {"value", input->value}, {"unit", unit}, {"source", json::string(input->source)}});
  }
  return rows;
}

/// The rows, and behind each the inputs it was made of: a file goes where nobody reads a note.
std::string sized_csv(const json::array& rows, const json::array& inputs) {
  constexpr std::array<std::string_view, 5> kColumns{"tenants", "requests_per_second", "cores", "memory_mib",
                                                     "disk_gib_per_day"};
  CsvWriter csv;
  for (std::string_view column : kColumns) csv.text(column);
  for (const json::value& input : inputs) {
    csv.text(input.at("input").as_string());
    csv.text(std::string(input.at("input").as_string()) + "_source");
  }
  csv.end_row();
  for (const json::value& row : rows) {
    for (std::string_view column : kColumns)
      csv.number(fmt::format("{}", row.at(column).to_number<double>()));
    for (const json::value& input : inputs) {
      csv.number(fmt::format("{}", input.at("value").as_double()));
      csv.text(input.at("source").as_string());
    }
    csv.end_row();
  }
  return std::move(csv).take();
}

Result<Exit> capacity(const Context& context, const CapacityArguments& arguments) {
  TRY(SizingInputs inputs, inputs_of(arguments));
  TRY(std::vector<double> tenants, parse_numbers(arguments.tenants, "--tenants"));
  TRY(std::vector<double> rates, parse_numbers(arguments.rates, "--rates"));
  json::array rows = sized_rows(inputs, tenants, rates), behind = input_rows(inputs);
  if (context.format == Format::kCsv) {
    *context.out << sized_csv(rows, behind);
    return Exit::kOk;
  }
  json::object whole{{"rows", rows}, {"inputs", behind}};
  if (context.format != Format::kTable) {
    print_value(context, whole);
    return Exit::kOk;
  }
  print_rows(context, whole, rows,
             {{"TENANTS", "tenants"},
              {"REQ/S", "requests_per_second"},
              {"CORES", "cores"},
              {"MEMORY MIB", "memory_mib"},
              {"DISK GIB/DAY", "disk_gib_per_day"}});
  *context.out << '\n';
  print_rows(context, whole, behind,
             {{"INPUT", "input"}, {"VALUE", "value"}, {"UNIT", "unit"}, {"SOURCE", "source"}});
  return Exit::kOk;
}

}  // namespace

void add_capacity(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<CapacityArguments>();
  CLI::App* command = app.add_subcommand(
      "capacity", "Cores, memory and disk that a load needs, from what was measured; also as csv");
  command->add_option("--measured", arguments->measured,
                      "What `soak -o json` printed or a benchmark wrote to bench/out; may be given again");
  command->add_option("--cpu-us", arguments->cpu_us, "CPU of one request, in microseconds")
      ->check(CLI::Range(0.0, 1e9));
  command->add_option("--bytes-per-record", arguments->bytes_per_record, "Written to disk for one request")
      ->check(CLI::Range(0.0, 1e9));
  command->add_option("--kib-per-tenant", arguments->kib_per_tenant, "Memory of an idle tenant")
      ->check(CLI::Range(0.0, 1e9));
  command->add_option("--base-mib", arguments->base_mib, "Memory of a server with few tenants")
      ->check(CLI::Range(0.0, 1e9));
  command
      ->add_option("--headroom", arguments->headroom,
                   "The share of cores and memory that is used at most; 0.6")
      ->check(CLI::Range(0.01, 1.0));
  command->add_option("--tenants", arguments->tenants, "How many, with commas between")
      ->capture_default_str();
  command->add_option("--rates", arguments->rates, "Requests a second, of all tenants together")
      ->capture_default_str();
  command->callback([&context, arguments] {
    context.offers_csv = true;
    context.command = [&context, arguments] { return capacity(context, *arguments); };
  });
}

}  // namespace bailiwick::cli
