#include "retrieval/readers.h"

#include <array>

#include "retrieval/unicode.h"
#include "retrieval/words.h"

namespace bailiwick::retrieval {
namespace {

/// The first `# heading`, or the line above a row of `=`.
std::string markdown_title(std::string_view text) {
  std::string_view previous;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("# ")) {
      std::size_t start = line.find_first_not_of("# \t");
      return start == std::string_view::npos ? std::string() : std::string(line.substr(start));
    }
    bool underline = line.size() >= 3 && line.find_first_not_of('=') == std::string_view::npos;
    if (underline && !previous.empty()) return std::string(previous);
    previous = line;
  }
  return {};
}

}  // namespace

std::optional<Format> format_of(std::string_view path) {
  std::string name = fold(path);
  std::string_view rest = name;
  if (rest.ends_with(".gz")) rest.remove_suffix(3);
  constexpr std::array kEndings = std::to_array<std::pair<std::string_view, Format>>({
      {".txt", Format::kText},
      {".text", Format::kText},
      {".md", Format::kMarkdown},
      {".markdown", Format::kMarkdown},
      {".html", Format::kHtml},
      {".htm", Format::kHtml},
      {".jsonl", Format::kJsonLines},
      {".ndjson", Format::kJsonLines},
  });
  for (const auto& [ending, format] : kEndings) {
    if (rest.ends_with(ending)) return format;
  }
  return std::nullopt;
}

Result<std::vector<CorpusRow>> read_documents(Format format, std::string_view name,
                                              std::string_view content) {
  if (content.starts_with("\uFEFF")) content.remove_prefix(3);
  if (!is_valid_utf8(content)) {
    return fail(ErrorCode::kInvalid, "document.invalid",
                "'" + std::string(name) + "' is not UTF-8; convert it first");
  }
  CorpusRow row{.id = std::string(name)};
  switch (format) {
    case Format::kJsonLines:
      return parse_corpus(content, name);
    case Format::kText:
      row.text = content;
      break;
    case Format::kMarkdown:
      row.title = markdown_title(content);
      row.text = content;
      break;
    case Format::kHtml: {
      HtmlText html = text_of_html(content);
      row.title = std::move(html.title);
      row.text = std::move(html.text);
      break;
    }
  }
  return std::vector<CorpusRow>{std::move(row)};
}

}  // namespace bailiwick::retrieval
