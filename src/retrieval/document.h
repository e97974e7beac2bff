// Document: one text of a corpus, as it is stored and searched.
//
// `text` is what all byte offsets refer to. A title that the text does not begin with stands before it as its
// first line, so that it is indexed and can be quoted like the rest.
#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "retrieval/provenance.h"

namespace bailiwick::retrieval {

struct Document {
  std::string collection = "default";
  std::string id;  ///< the caller's: `_id`, or a path
  std::string title;
  std::string text;  ///< UTF-8
  std::size_t title_bytes =
      0;  ///< of the title line in `text`; 0 when the text has its own heading or no title
  json::object metadata;
  std::string sha256;  ///< hex, over title, text and metadata
  Provenance provenance;
};
using DocumentPtr = std::shared_ptr<const Document>;

/// Limits of one document.
inline constexpr std::size_t kLongestId = 512;
inline constexpr std::size_t kLongestTitle = 2000;
inline constexpr std::size_t kLongestText = 16 << 20;

/// Puts the title before the text, reads the provenance out of the metadata, hashes. Bytes that are no UTF-8,
/// an empty id or text, or a limit passed: kInvalid `document.invalid` naming the document.
Result<DocumentPtr> make_document(std::string_view collection, std::string_view id, std::string_view title,
                                  std::string_view text, json::object metadata, WallTime added_at);

/// The same from what `make_document` gave before: `text` already holds the title line.
DocumentPtr restore_document(Document stored, WallTime added_at);

}  // namespace bailiwick::retrieval
