#include "retrieval/document.h"

#include "crypto/hash.h"
#include "retrieval/unicode.h"
#include "retrieval/words.h"

namespace bailiwick::retrieval {
namespace {

/// Whether the first line of `text` already is the title, as in a Markdown heading.
bool begins_with_title(std::string_view text, std::string_view title) {
  std::string_view line = text.substr(0, text.find('\n'));
  std::size_t start = line.find_first_not_of("# \t");
  if (start == std::string_view::npos) return false;
  line.remove_prefix(start);
  std::size_t end = line.find_last_not_of(" \t\r");
  return line.substr(0, end + 1) == title;
}

/// A title is one line.
std::string one_line(std::string_view title) {
  std::string line(title);
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line;
}

std::unexpected<Error> invalid(std::string_view id, std::string_view what) {
  return fail(ErrorCode::kInvalid, "document.invalid",
              "document '" + std::string(id.substr(0, 80)) + "' " + std::string(what));
}

}  // namespace

Result<DocumentPtr> make_document(std::string_view collection, std::string_view id, std::string_view title,
                                  std::string_view text, json::object metadata, WallTime added_at) {
  if (id.empty() || id.size() > kLongestId) return invalid(id, "needs an id of 1 to 512 bytes");
  if (!is_valid_utf8(id) || !is_valid_utf8(title) || !is_valid_utf8(text)) {
    return invalid(is_valid_utf8(id) ? id : "?", "is not UTF-8; convert it first");
  }
  if (text.contains('\0') || title.contains('\0') || id.contains('\0'))
    return invalid(id, "holds a NUL byte, which no text does");
  if (title.size() > kLongestTitle) return invalid(id, "has a title of more than 2000 bytes");
  if (text.size() > kLongestText) return invalid(id, "is longer than 16 MiB; split it");
  if (words_of(title).empty() && words_of(text).empty()) return invalid(id, "has no words");

  Document document{.collection = std::string(collection), .id = std::string(id), .title = one_line(title)};
  if (!document.title.empty() && !begins_with_title(text, document.title)) {
    document.text = document.title + "\n";
    document.title_bytes = document.text.size();
  }
  document.text += text;
  document.metadata = std::move(metadata);
  constexpr std::string_view kSeparator("\0", 1);  // stands in no title and no text
  crypto::Sha256 hash;
  hash.update(document.title).update(kSeparator).update(document.text).update(kSeparator);
  hash.update(canonical_json(document.metadata));
  document.sha256 = crypto::to_hex(hash.finish());
  return restore_document(std::move(document), added_at);
}

DocumentPtr restore_document(Document stored, WallTime added_at) {
  stored.provenance = provenance_of(stored.metadata, added_at);
  return std::make_shared<const Document>(std::move(stored));
}

}  // namespace bailiwick::retrieval
