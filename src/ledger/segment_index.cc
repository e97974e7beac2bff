#include "ledger/segment_index.h"

#include <map>

#include <fmt/format.h>

#include "base/files.h"
#include "base/release.h"
#include "ledger/bytes.h"
#include "ledger/crc32c.h"
#include "ledger/positioned_file.h"

namespace bailiwick::ledger {
namespace {

constexpr std::string_view kIndexMagic = "BWJIDX1\n";
// magic, u64 segment, u64 end, u64 size of the directory, u32 chains, u32 grants, u32 crc of the directory,
// u32 zero
constexpr std::size_t kHeaderBytes = 48;
constexpr std::size_t kMaxDirectoryBytes = 256 << 20;
static_assert(sizeof(FrameRef) == 8, "tables are written as they stand in memory");

std::int64_t to_us(WallTime time) {
  return time.time_since_epoch().count();
}
WallTime from_us(std::int64_t us) {
  return WallTime(std::chrono::microseconds(us));
}

std::unexpected<Error> damaged(const std::filesystem::path& path, std::string_view what) {
  return fail(ErrorCode::kInternal, "ledger.damaged", fmt::format("{}: {}", path.string(), what));
}

void put_stretch(std::string& out, std::string_view chain, const Stretch& stretch) {
  put(out, chain);
  put(out, stretch.first);
  put(out, stretch.last);
  put(out, to_us(stretch.first_time));
  put(out, to_us(stretch.last_time));
  put(out, stretch.last_hash);
  put(out, stretch.table_position);
  put(out, stretch.frame_count);
}

bool get_stretch(ByteReader& reader, std::string& chain, Stretch& stretch) {
  std::string_view name;
  std::int64_t first_us = 0, last_us = 0;
  if (!(reader.get(name) && reader.get(stretch.first) && reader.get(stretch.last) && reader.get(first_us) &&
        reader.get(last_us) && reader.get(stretch.last_hash) && reader.get(stretch.table_position) &&
        reader.get(stretch.frame_count))) {
    return false;
  }
  chain = name;
  stretch.first_time = from_us(first_us);
  stretch.last_time = from_us(last_us);
  return true;
}

void put_grant(std::string& out, const Grant& grant) {
  put(out, std::string_view(grant.tenant));
  put(out, std::string_view(grant.window));
  put(out, std::int64_t{grant.granted.pico()});
  put(out, to_us(grant.time));
}

bool get_grant(ByteReader& reader, Grant& grant) {
  std::string_view tenant, window;
  std::int64_t pico = 0, us = 0;
  if (!(reader.get(tenant) && reader.get(window) && reader.get(pico) && reader.get(us))) return false;
  grant = {std::string(tenant), std::string(window), PicoDollars(pico), from_us(us)};
  return true;
}

}  // namespace

void Stretch::add(std::uint32_t offset, std::uint64_t first_sequence, const ChainPoint& end, WallTime time) {
  if (frame_count == 0) first = first_sequence, first_time = time;
  frames.push_back({offset, static_cast<std::uint32_t>(first_sequence - first)});
  ++frame_count;
  last = end.sequence;
  last_time = time;
  last_hash = end.hash;
}

SegmentIndex build_index(std::uint64_t segment, std::string_view bytes, const HeadBefore& before) {
  SegmentIndex index;
  index.segment = segment;
  std::map<std::string, Stretch, std::less<>> chains;
  index.end = scan_frames(bytes, [&](std::size_t offset, const Frame& frame) {
    auto at = chains.find(frame.chain);
    ChainPoint start{frame.first_sequence - 1, frame.previous};
    ChainPoint expected = at != chains.end() ? ChainPoint{at->second.last, at->second.last_hash}
                          : before           ? before(frame.chain)
                                             : start;
    if (start != expected) return false;
    if (at == chains.end()) {
      at = chains.emplace(frame.chain, Stretch()).first;
      at->second.segment = segment;
    }
    at->second.add(static_cast<std::uint32_t>(offset), frame.first_sequence, frame.end(), frame.time);
    if (frame.has_budget) {
      std::ranges::move(grants_of(frame), std::back_inserter(index.grants));
      index.granting.push_back(static_cast<std::uint32_t>(offset));
    }
    return true;
  });
  for (auto& [chain, stretch] : chains) index.chains.emplace_back(chain, std::move(stretch));
  return index;
}

Status write_index(const std::filesystem::path& folder, SegmentIndex& index) {
  std::string directory, tables;
  for (auto& [chain, stretch] : index.chains) put_stretch(directory, chain, stretch);
  for (const Grant& grant : index.grants) put_grant(directory, grant);
  const std::size_t directory_size = directory.size();
  directory.clear();
  for (auto& [chain, stretch] : index.chains) {
    stretch.table_position = kHeaderBytes + directory_size + tables.size();
    tables.append(reinterpret_cast<const char*>(stretch.frames.data()),
                  stretch.frames.size() * sizeof(FrameRef));
    put_stretch(directory, chain, stretch);
  }
  for (const Grant& grant : index.grants) put_grant(directory, grant);

  std::string file(kIndexMagic);
  put(file, index.segment);
  put(file, std::uint64_t{index.end});
  put(file, std::uint64_t{directory.size()});
  put(file, static_cast<std::uint32_t>(index.chains.size()));
  put(file, static_cast<std::uint32_t>(index.grants.size()));
  put(file, crc32c(directory));
  put(file, std::uint32_t{0});
  file += directory;
  file += tables;
  CHECK_OK(write_file_atomically(index_path(folder, index.segment), file, FileKind::kSecret));
  for (auto& [chain, stretch] : index.chains) release(stretch.frames);
  return {};
}

Result<SegmentIndex> read_index(const std::filesystem::path& folder, std::uint64_t segment) {
  const std::filesystem::path path = index_path(folder, segment);
  PositionedFile file(path);
  if (!file.is_open())
    return fail(ErrorCode::kNotFound, "ledger.no_index", path.string() + ": no such index");
  std::string header(kHeaderBytes, '\0');
  if (!file.read(header.data(), header.size(), 0) || !header.starts_with(kIndexMagic))
    return damaged(path, "no header");
  ByteReader reader(std::string_view(header).substr(kIndexMagic.size()));
  SegmentIndex index;
  std::uint64_t end = 0, directory_size = 0;
  std::uint32_t chains = 0, grants = 0, crc = 0;
  reader.get(index.segment), reader.get(end), reader.get(directory_size);
  reader.get(chains), reader.get(grants), reader.get(crc);
  if (index.segment != segment || directory_size > kMaxDirectoryBytes)
    return damaged(path, "not its own header");
  index.end = end;
  std::string directory(directory_size, '\0');
  if (!file.read(directory.data(), directory.size(), kHeaderBytes) || crc32c(directory) != crc) {
    return damaged(path, "the directory is damaged");
  }
  ByteReader entries(directory);
  for (std::uint32_t i = 0; i < chains && entries.ok(); ++i) {
    auto& [chain, stretch] = index.chains.emplace_back();
    get_stretch(entries, chain, stretch);
    stretch.segment = segment;
  }
  for (std::uint32_t i = 0; i < grants && entries.ok(); ++i) get_grant(entries, index.grants.emplace_back());
  if (!entries.ok()) return damaged(path, "the directory is short");
  return index;
}

Result<std::vector<FrameRef>> read_table(const std::filesystem::path& folder, const Stretch& stretch) {
  const std::filesystem::path path = index_path(folder, stretch.segment);
  PositionedFile file(path);
  std::vector<FrameRef> table(stretch.frame_count);
  if (!file.is_open() || !file.read(reinterpret_cast<char*>(table.data()), table.size() * sizeof(FrameRef),
                                    stretch.table_position)) {
    return damaged(path,
                   fmt::format("offset {}: the table of a chain cannot be read", stretch.table_position));
  }
  return table;
}

}  // namespace bailiwick::ledger
