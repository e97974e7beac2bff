// Stage 1 of a bundle: every file on its own, bytes to types.
#include <fmt/format.h>

#include "retrieval/unicode.h"
#include "snapshot/bundle_format.h"

namespace bailiwick::snapshot {
namespace {

class BundleParser {
 public:
  BundleParser(const FileTexts& files, std::string_view place) : files_(files), place_(place) {}

  ParsedBundle parse() && {
    for (const FileKind& kind : bundle_file_kinds()) {
      if (kind.presence == Presence::kRequired && !files_.contains(std::string(kind.path))) {
        problem(std::string(kind.path), fmt::format("is missing: {}", kind.meaning));
      }
    }
    // The tenant's own files first: a program's are read over them.
    for (const auto& [path, text] : files_) {
      if (!is_program_file(path)) read(path, text);
    }
    for (const auto& [path, text] : files_) {
      if (is_program_file(path)) read(path, text);
    }
    return std::move(out_);
  }

 private:
  static bool is_program_file(std::string_view path) { return path.starts_with("programs/"); }

  void problem(const std::string& path, std::string message) {
    out_.faulty.insert(path);
    out_.problems.push_back({fmt::format("{}{}:1:1", place_, path), std::move(message)});
  }
  void take(const std::string& path, std::vector<Problem> problems) {
    if (!problems.empty()) out_.faulty.insert(path);
    for (Problem& one : problems) out_.problems.push_back(std::move(one));
  }

  void read(const std::string& path, const std::string& text) {
    const FileKind* kind = kind_of_path(path);
    if (kind == nullptr)
      return problem(path, "is not a file of a bundle; see `bailiwick schema` for those that are");
    if (kind->read_text != nullptr) return read_text(*kind, path, text);
    auto tree = parse_yaml(text, place_ + path);
    if (!tree) return take(path, std::move(tree.error().problems));
    BindContext context(place_ + path);
    bind(*kind, path, *tree, context);
    take(path, context.take());
    if (tree->find("rules") != nullptr) out_.rule_texts.emplace(path, text);
    out_.documents.emplace(path, std::move(*tree));
  }

  void bind(const FileKind& kind, const std::string& path, const Node& tree, BindContext& context) {
    if (kind.read_tenant != nullptr) return kind.read_tenant(context, tree, out_.tenant);
    if (kind.read_tests != nullptr) return kind.read_tests(context, tree, out_.tests[path]);
    if (kind.read_files != nullptr) return kind.read_files(context, tree, out_.files);
    if (!is_program_file(path)) return kind.read_settings(context, tree, out_.files.settings);
    std::string program = path.substr(9, path.find('/', 9) - 9);
    auto [settings, added] = out_.files.programs.try_emplace(program, out_.files.settings);
    kind.read_settings(context, tree, settings->second);
  }

  void read_text(const FileKind& kind, const std::string& path, const std::string& text) {
    if (text.size() > kMaxBundleFileBytes) return problem(path, "larger than 1 MiB; split the file");
    if (text.find('\0') != std::string::npos) return problem(path, "NUL is not accepted");
    if (!retrieval::is_valid_utf8(text)) return problem(path, "is not UTF-8");
    auto read = kind.read_text(path, text, out_.files.rules);
    if (read) return;
    if (read.error().problems.empty()) return problem(path, read.error().message);
    for (const Problem& one : read.error().problems)
      problem(path, fmt::format("{}: {}", one.where, one.message));
  }

  const FileTexts& files_;
  const std::string place_;
  ParsedBundle out_;
};

}  // namespace

ParsedBundle parse_bundle(const FileTexts& files, std::string_view place) {
  return BundleParser(files, place).parse();
}

}  // namespace bailiwick::snapshot
