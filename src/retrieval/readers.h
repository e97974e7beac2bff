// Readers: files of people and programs as rows of a corpus. Parses bytes that the caller has read.
//
//   .txt .text       the text as it is
//   .md .markdown    the text as it is, marks included, so that offsets are offsets into the file; the title
//   is the
//                    first heading
//   .html .htm       the visible text: no tags, scripts, styles or comments; entities decoded; the title is
//   <title> .jsonl .ndjson   BEIR rows {"_id", "title"?, "text", "metadata"?}
#pragma once

#include <optional>

#include "retrieval/beir.h"

namespace bailiwick::retrieval {

enum class Format { kText, kMarkdown, kHtml, kJsonLines };

/// By the name's ending, `.gz` aside. Nothing for a file that we do not read.
std::optional<Format> format_of(std::string_view path);

/// The documents of one file, usually one. `name` becomes its id (rows of JSON lines have their own). A byte
/// order mark is dropped. Errors: kInvalid `document.invalid` for what is no UTF-8, `beir.malformed` with
/// `name:line`.
Result<std::vector<CorpusRow>> read_documents(Format format, std::string_view name, std::string_view content);

struct HtmlText {
  std::string title;
  std::string text;
};
/// Never fails: what is not well-formed is read as a browser would, more or less.
HtmlText text_of_html(std::string_view html);

}  // namespace bailiwick::retrieval
