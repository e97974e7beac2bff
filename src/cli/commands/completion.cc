// completion SHELL: a script over the hidden command `__complete`, which knows every command and option, and
// asks the server for live names of tenants.
#include <memory>
#include <ostream>
#include <sstream>

#include "cli/api_client.h"
#include "cli/commands/commands.h"

namespace bailiwick::cli {
namespace {

constexpr std::string_view kBash =
    R"sh(# bash completion for bailiwick; put it in /etc/bash_completion.d/ or run: eval "$(bailiwick completion bash)"
_bailiwick() {
  local IFS=$'\n'
  COMPREPLY=($(bailiwick __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _bailiwick bailiwick
)sh";

constexpr std::string_view kZsh = R"sh(#compdef bailiwick
# zsh completion for bailiwick; put it on your fpath as _bailiwick
_bailiwick() {
  local -a found
  found=(${(f)"$(bailiwick __complete -- "${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)"})
  if (( ${#found} )); then compadd -a found; else _files; fi
}
# Read from fpath, this file is the body of the function; sourced, it only announces it.
if [ "$funcstack[1]" = _bailiwick ]; then _bailiwick "$@"; else compdef _bailiwick bailiwick; fi
)sh";

constexpr std::string_view kFish =
    R"sh(# fish completion for bailiwick; put it in ~/.config/fish/completions/bailiwick.fish
function __bailiwick_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (bailiwick __complete -- $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c bailiwick -f -a '(__bailiwick_complete)'
)sh";

const CLI::App* child(const CLI::App& level, const std::string& name) {
  for (const CLI::App* sub : level.get_subcommands([](const CLI::App*) { return true; })) {
    if (sub->get_name() == name) return sub;
  }
  return nullptr;
}

/// Names of tenants, when the credential may list them; a completion that cannot ask stays silent.
std::vector<std::string> tenant_names(const Context& context) {
  std::vector<std::string> names;
  auto answer = ApiClient(context).call({.path = "/v1/tenants?page_size=500"});
  if (!answer) return names;
  auto page = answer->json();
  if (!page) return names;
  for (const json::value& tenant : page->at("tenants").as_array())
    names.emplace_back(tenant.at("id").as_string());
  return names;
}

void offer(const Context& context, std::string_view name, std::string_view prefix) {
  if (name.starts_with(prefix) && !name.starts_with("__")) *context.out << name << '\n';
}

/// The option that `word` begins, at this level or among those of every command.
const CLI::Option* option_named(const CLI::App& level, const CLI::App& root, const std::string& word) {
  if (!word.starts_with('-')) return nullptr;
  for (const CLI::App* from : {&level, &root}) {
    if (const CLI::Option* found = from->get_option_no_throw(word)) return found;
  }
  return nullptr;
}

/// The words that an option is checked against, as its help shows them: `TEXT:{json,yaml}`.
void offer_words(const Context& context, const CLI::Option& option, std::string_view prefix) {
  std::string shown = option.get_type_name();
  std::size_t open = shown.find('{'), close = shown.find('}');
  if (open == std::string::npos || close == std::string::npos) return;
  std::istringstream words(shown.substr(open + 1, close - open - 1));
  for (std::string word; std::getline(words, word, ',');) offer(context, word, prefix);
}

Result<Exit> complete(const CLI::App& root, const Context& context, const std::vector<std::string>& words) {
  const CLI::App* level = &root;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (const CLI::App* next = child(*level, words[i])) level = next;
  }
  std::string prefix = words.empty() ? "" : words.back();
  std::string before = words.size() > 1 ? words[words.size() - 2] : "";
  bool wants_tenant = before == "--tenant" ||
                      (level->get_parent() != nullptr && level->get_parent()->get_name() == "tenants" &&
                       level->get_name() != "create" && level->get_name() != "list");
  if (wants_tenant && !prefix.starts_with('-')) {
    for (const std::string& name : tenant_names(context)) offer(context, name, prefix);
    return Exit::kOk;
  }
  const CLI::Option* open = option_named(*level, root, before);
  if (open != nullptr && open->get_items_expected_max() > 0) {
    offer_words(context, *open, prefix);
    return Exit::kOk;
  }
  for (const CLI::App* sub : level->get_subcommands([](const CLI::App*) { return true; }))
    offer(context, sub->get_name(), prefix);
  for (const CLI::Option* option : level->get_options()) {
    if (option->get_positional() && !prefix.starts_with('-')) offer_words(context, *option, prefix);
  }
  if (!prefix.starts_with('-')) return Exit::kOk;
  for (const CLI::App* from : {level, &root}) {
    for (const CLI::Option* option : from->get_options()) {
      for (const std::string& name : option->get_lnames()) offer(context, "--" + name, prefix);
    }
    if (level == &root) break;
  }
  return Exit::kOk;
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  CLI::App* completion = app.add_subcommand("completion", "Print a completion script for bash, zsh or fish");
  auto shell = std::make_shared<std::string>();
  completion->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&context, shell] {
    context.command = [&context, shell]() -> Result<Exit> {
      *context.out << (*shell == "bash" ? kBash : *shell == "zsh" ? kZsh : kFish);
      return Exit::kOk;
    };
  });

  CLI::App* hidden = app.add_subcommand("__complete", "");
  hidden->group("");
  auto words = std::make_shared<std::vector<std::string>>();
  hidden->add_option("words", *words, "The line so far")->allow_extra_args();
  hidden->callback([&app, &context, words] {
    context.command = [&app, &context, words] { return complete(app, context, *words); };
  });
}

}  // namespace bailiwick::cli
