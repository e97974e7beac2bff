// Files read whole and written whole. A writer never leaves half a file: the old content stands until the new
// one is on disk. Blocking; safe from any thread as long as two threads do not write the same path.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailiwick {

enum class FileKind {
  kOrdinary,  ///< mode 0644; links are followed
  kSecret,  ///< mode 0600; a symbolic link is refused, for it could point our secret, or our eyes, elsewhere
};

/// The whole content. Errors: kNotFound `file.not_found`, kTooLarge `file.too_large` past `max_bytes`,
/// kInvalid `file.not_regular` for folders, devices and refused links, kUnavailable `file.unreadable`.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes,
                              FileKind kind = FileKind::kOrdinary);

/// Replaces `path` by `content`: temporary file in the same folder, fsync, rename, fsync of the folder.
/// Errors: kUnavailable `file.unwritable`, or `file.disk_full`; the old file is then untouched.
Status write_file_atomically(const std::filesystem::path& path, std::string_view content,
                             FileKind kind = FileKind::kOrdinary);

/// Makes the folder and its parents, readable by our user alone (0700). An existing one is left as it is.
/// Errors: kUnavailable `file.unwritable`.
Status make_private_folder(const std::filesystem::path& path);

/// Makes a rename or a new file in `folder` survive a power cut.
Status sync_folder(const std::filesystem::path& folder);

}  // namespace bailiwick
