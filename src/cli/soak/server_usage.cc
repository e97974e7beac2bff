#include "cli/soak/server_usage.h"

#include <charconv>
#include <fstream>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/files.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxProcFile = 4096;

std::unexpected<Error> process_gone(pid_t pid) {
  return fail(ErrorCode::kNotFound, "process.gone",
              fmt::format("there is no process {}; --pid wants that of the server, on this machine", pid));
}

/// The words of a line of /proc, from the first after the last `)`: a program's name may hold anything.
std::vector<double> numbers_after_name(std::string_view text) {
  std::size_t name_end = text.rfind(')');
  std::istringstream words(
      std::string(name_end == std::string_view::npos ? text : text.substr(name_end + 1)));
  std::vector<double> numbers;
  for (std::string word; words >> word;) {
    double number = 0;
    (void)std::from_chars(word.data(), word.data() + word.size(), number);
    numbers.push_back(number);
  }
  return numbers;
}

std::uint64_t written_bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> block(1 << 20);
  std::uint64_t at = 0, end = 0;
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    std::string_view got(block.data(), static_cast<std::size_t>(file.gcount()));
    std::size_t last = got.find_last_not_of('\0');
    if (last != std::string_view::npos) end = at + last + 1;
    at += got.size();
  }
  return end;
}

}  // namespace

Result<ServerUsage> usage_of_process(pid_t pid) {
  auto memory = read_file(fmt::format("/proc/{}/statm", pid), kMaxProcFile);
  auto stat = read_file(fmt::format("/proc/{}/stat", pid), kMaxProcFile);
  if (!memory || !stat) return process_gone(pid);
  std::vector<double> pages = numbers_after_name(*memory), fields = numbers_after_name(*stat);
  if (pages.size() < 3 || fields.size() < 13) return process_gone(pid);
  const double page_kib = static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
  return ServerUsage{.resident_kib = pages[1] * page_kib,
                     .anonymous_kib = (pages[1] - pages[2]) * page_kib,
                     .cpu_seconds = (fields[11] + fields[12]) / static_cast<double>(::sysconf(_SC_CLK_TCK))};
}

std::optional<double> metric_value(std::string_view exposition, std::string_view name) {
  std::istringstream lines{std::string(exposition)};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') continue;
    const char* begin = line.data() + name.size() + 1;
    double value = 0;
    auto [end, error] = std::from_chars(begin, line.data() + line.size(), value);
    if (error == std::errc()) return value;
  }
  return std::nullopt;
}

std::optional<ServerUsage> usage_in_metrics(std::string_view exposition) {
  auto bytes = metric_value(exposition, "process_resident_memory_bytes");
  if (!bytes) return std::nullopt;
  return ServerUsage{.resident_kib = *bytes / 1024,
                     .cpu_seconds = metric_value(exposition, "process_cpu_seconds_total").value_or(0)};
}

std::uint64_t written_bytes(const std::filesystem::path& folder) {
  std::uint64_t sum = 0;
  std::error_code ignored;
  for (auto at = std::filesystem::recursive_directory_iterator(folder, ignored);
       at != std::filesystem::recursive_directory_iterator(); at.increment(ignored)) {
    if (at->is_regular_file(ignored)) sum += written_bytes_of(at->path());
  }
  return sum;
}

}  // namespace bailiwick::cli
