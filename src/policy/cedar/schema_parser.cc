// Reads `.cedarschema`.
#include <fmt/format.h>

#include "policy/cedar/limits.h"
#include "policy/cedar/schema_draft.h"
#include "policy/cedar/token_reader.h"

namespace bailiwick::cedar {
namespace {

class SchemaParser {
 public:
  explicit SchemaParser(Source& source) : source_(source), tokens_(source) {}

  std::vector<NamespaceDraft> parse() {
    std::vector<NamespaceDraft> namespaces(1);
    while (!tokens_.at_end()) {
      bool parsed =
          skip_annotations() && (tokens_.at_word("namespace") ? parse_namespace(namespaces)
                                                              : parse_declaration(namespaces.front()));
      if (!parsed) tokens_.skip_past(TokenKind::kSemicolon);
    }
    return namespaces;
  }

 private:
  std::string place(Span span) const { return source_.place(span.begin); }
  std::string here() const { return place(tokens_.peek().span); }

  /// They are read for form; nothing depends on them.
  bool skip_annotations() {
    std::set<std::string_view> names;
    while (tokens_.accept(TokenKind::kAt)) {
      Token name = tokens_.peek();
      if (!tokens_.expect(TokenKind::kIdentifier, "an annotation's name")) return false;
      if (!names.insert(name.text).second) {
        tokens_.report(name.span, fmt::format("the annotation `@{}` stands here twice", name.text));
      }
      if (!tokens_.accept(TokenKind::kLeftParen)) continue;
      if (!tokens_.string("an annotation's value in quotes")) return false;
      if (!tokens_.expect(TokenKind::kRightParen, "`)`")) return false;
    }
    return true;
  }

  bool parse_namespace(std::vector<NamespaceDraft>& namespaces) {
    Token word = tokens_.take();
    auto name = tokens_.path("a namespace's name");
    if (!name || !tokens_.expect(TokenKind::kLeftBrace, "`{`")) return false;
    for (const NamespaceDraft& known : namespaces) {
      if (known.name == *name)
        tokens_.report(word.span, fmt::format("the namespace `{}` is opened twice", *name));
    }
    NamespaceDraft drafts;
    drafts.name = std::move(*name);
    drafts.place = place(word.span);
    while (!tokens_.at_end() && !tokens_.at(TokenKind::kRightBrace)) {
      if (!skip_annotations() || !parse_declaration(drafts)) tokens_.skip_past(TokenKind::kSemicolon);
    }
    namespaces.push_back(std::move(drafts));
    return tokens_.expect(TokenKind::kRightBrace, "`}`");
  }

  bool parse_declaration(NamespaceDraft& drafts) {
    if (tokens_.accept_word("entity")) return parse_entity(drafts) && end();
    if (tokens_.accept_word("action")) return parse_action(drafts) && end();
    if (tokens_.accept_word("type")) return parse_common(drafts) && end();
    tokens_.report_expected("`entity`, `action`, `type` or `namespace`");
    return false;
  }
  bool end() { return tokens_.expect(TokenKind::kSemicolon, "`;`"); }

  bool parse_common(NamespaceDraft& drafts) {
    CommonTypeDraft draft;
    draft.place = here();
    draft.name = tokens_.identifier("a type's name");
    if (draft.name.empty() || !tokens_.expect(TokenKind::kAssign, "`=`")) return false;
    draft.type = parse_type(0);
    if (!draft.type) return false;
    drafts.common_types.push_back(std::move(draft));
    return true;
  }

  bool parse_entity(NamespaceDraft& drafts) {
    std::vector<NameDraft> names;
    do {
      std::string at = here();
      std::string name = tokens_.identifier("an entity type's name");
      if (name.empty()) return false;
      names.push_back({std::move(name), std::move(at)});
    } while (tokens_.accept(TokenKind::kComma));
    EntityTypeDraft draft;
    if (tokens_.accept_word("enum") ? !parse_choices(draft) : !parse_entity_body(draft)) return false;
    for (NameDraft& name : names) {
      drafts.entity_types.push_back(draft);
      drafts.entity_types.back().name = std::move(name.name);
      drafts.entity_types.back().place = std::move(name.place);
    }
    return true;
  }

  bool parse_choices(EntityTypeDraft& draft) {
    if (!tokens_.expect(TokenKind::kLeftBracket, "`[`")) return false;
    do {
      auto choice = tokens_.string("an id in quotes");
      if (!choice) return false;
      draft.choices.push_back(std::move(*choice));
    } while (tokens_.accept(TokenKind::kComma));
    return tokens_.expect(TokenKind::kRightBracket, "`]`");
  }

  bool parse_entity_body(EntityTypeDraft& draft) {
    if (tokens_.accept_word("in") && !parse_types(draft.parents)) return false;
    bool assigned = tokens_.accept(TokenKind::kAssign);
    if (assigned || tokens_.at(TokenKind::kLeftBrace)) {
      if (!tokens_.expect(TokenKind::kLeftBrace, "`{`") || !parse_attributes(draft.attributes, 0))
        return false;
    }
    if (!tokens_.accept_word("tags")) return true;
    draft.tags = parse_type(0);
    return draft.tags != nullptr;
  }

  /// `A` or `[A, B::C]`.
  bool parse_types(std::vector<NameDraft>& names) {
    bool list = tokens_.accept(TokenKind::kLeftBracket);
    if (list && tokens_.accept(TokenKind::kRightBracket)) return true;
    do {
      std::string at = here();
      auto name = tokens_.path("an entity type");
      if (!name) return false;
      names.push_back({std::move(*name), std::move(at)});
    } while (list && tokens_.accept(TokenKind::kComma));
    return !list || tokens_.expect(TokenKind::kRightBracket, "`,` or `]`");
  }

  bool parse_action(NamespaceDraft& drafts) {
    std::vector<NameDraft> names;
    do {
      std::string at = here();
      auto name = parse_name("an action's name");
      if (!name) return false;
      names.push_back({std::move(*name), std::move(at)});
    } while (tokens_.accept(TokenKind::kComma));
    ActionDraft draft;
    if (tokens_.accept_word("in") && !parse_action_parents(draft)) return false;
    if (tokens_.accept_word("appliesTo") && !parse_applies_to(draft, names.front().place)) return false;
    if (tokens_.accept_word("attributes")) {
      if (!tokens_.expect(TokenKind::kLeftBrace, "`{`") || !tokens_.expect(TokenKind::kRightBrace, "`}`"))
        return false;
    }
    for (NameDraft& name : names) {
      drafts.actions.push_back(draft);
      drafts.actions.back().name = std::move(name.name);
      drafts.actions.back().place = std::move(name.place);
    }
    return true;
  }

  std::optional<std::string> parse_name(std::string_view what) {
    if (tokens_.at(TokenKind::kString)) return tokens_.string(what);
    std::string name = tokens_.identifier(what);
    return name.empty() ? std::nullopt : std::optional(std::move(name));
  }

  bool parse_action_parents(ActionDraft& draft) {
    bool list = tokens_.accept(TokenKind::kLeftBracket);
    do {
      ActionParentDraft parent;
      parent.place = here();
      bool qualified =
          tokens_.at(TokenKind::kIdentifier) && tokens_.peek(1).kind == TokenKind::kPathSeparator;
      if (qualified) {
        auto type = tokens_.path("an action");
        if (!type || !tokens_.expect(TokenKind::kPathSeparator, "`::` and an action's name in quotes"))
          return false;
        parent.type = std::move(*type);
      }
      auto id = qualified ? tokens_.string("an action's name in quotes") : parse_name("an action");
      if (!id) return false;
      parent.id = std::move(*id);
      draft.parents.push_back(std::move(parent));
    } while (list && tokens_.accept(TokenKind::kComma));
    return !list || tokens_.expect(TokenKind::kRightBracket, "`,` or `]`");
  }

  bool parse_applies_to(ActionDraft& draft, const std::string& action) {
    if (!tokens_.expect(TokenKind::kLeftBrace, "`{`")) return false;
    std::set<std::string_view> seen;
    while (!tokens_.accept(TokenKind::kRightBrace)) {
      Token word = tokens_.peek();
      if (!seen.insert(word.text).second)
        tokens_.report(word.span, fmt::format("`{}` stands here twice", word.text));
      if (!parse_applies_to_part(draft)) return false;
      if (tokens_.accept(TokenKind::kComma)) continue;
      if (!tokens_.expect(TokenKind::kRightBrace, "`,` or `}`")) return false;
      break;
    }
    if (draft.principals.empty() || draft.resources.empty()) {
      source_.report(
          tokens_.peek().span,
          fmt::format("the action at {} needs a `principal` and a `resource` in `appliesTo`", action));
    }
    return true;
  }

  bool parse_applies_to_part(ActionDraft& draft) {
    Token word = tokens_.take();
    bool known = word.text == "principal" || word.text == "resource" || word.text == "context";
    if (!known) {
      tokens_.report(word.span, "expected `principal`, `resource` or `context`");
      return false;
    }
    if (!tokens_.expect(TokenKind::kColon, "`:`")) return false;
    if (word.text != "context")
      return parse_types(word.text == "principal" ? draft.principals : draft.resources);
    draft.context = parse_type(0);
    return draft.context != nullptr;
  }

  TypeDraftPtr parse_type(int depth) {
    TypeDraft draft;
    draft.place = here();
    if (depth > kMaxDepth) return tokens_.report(tokens_.peek().span, "types nest too deep"), nullptr;
    if (tokens_.at_word("Set") && tokens_.peek(1).kind == TokenKind::kLess) {
      tokens_.take();
      tokens_.take();
      draft.kind = TypeDraft::Kind::kSet;
      draft.element = parse_type(depth + 1);
      if (!draft.element || !tokens_.expect(TokenKind::kGreater, "`>`")) return nullptr;
    } else if (tokens_.accept(TokenKind::kLeftBrace)) {
      draft.kind = TypeDraft::Kind::kRecord;
      if (!parse_attributes(draft.attributes, depth)) return nullptr;
    } else {
      auto name = parse_type_name();
      if (!name) return nullptr;
      draft.name = std::move(*name);
    }
    return std::make_shared<const TypeDraft>(std::move(draft));
  }

  /// `__cedar` is reserved everywhere but in front of a built-in type's name.
  std::optional<std::string> parse_type_name() {
    if (!tokens_.at_word("__cedar") || tokens_.peek(1).kind != TokenKind::kPathSeparator) {
      return tokens_.path("a type");
    }
    tokens_.take();
    tokens_.take();
    auto name = tokens_.path("a built-in type");
    return name ? std::optional("__cedar::" + *name) : std::nullopt;
  }

  /// Behind the `{`.
  bool parse_attributes(std::vector<AttributeDraft>& attributes, int depth) {
    while (!tokens_.accept(TokenKind::kRightBrace)) {
      AttributeDraft draft;
      if (!skip_annotations()) return false;
      draft.place = here();
      auto name = parse_name("an attribute's name, or `}`");
      if (!name) return false;
      draft.name = std::move(*name);
      draft.required = !tokens_.accept(TokenKind::kQuestion);
      if (!tokens_.expect(TokenKind::kColon, "`:`")) return false;
      draft.type = parse_type(depth + 1);
      if (!draft.type) return false;
      attributes.push_back(std::move(draft));
      if (tokens_.accept(TokenKind::kComma)) continue;
      if (!tokens_.expect(TokenKind::kRightBrace, "`,` or `}`")) return false;
      break;
    }
    return true;
  }

  Source& source_;
  TokenReader tokens_;
};

}  // namespace

Result<Schema> parse_schema(std::string_view text, std::string_view name) {
  if (text.size() > kMaxTextBytes) {
    return fail(ErrorCode::kTooLarge, "schema.size",
                fmt::format("{} has {} bytes; at most {} are read", name, text.size(), kMaxTextBytes));
  }
  Source source(name, text);
  std::vector<NamespaceDraft> drafts = SchemaParser(source).parse();
  if (source.failed()) return source.failure("schema.syntax", fmt::format("{} is not a valid schema", name));
  return resolve_schema(drafts, name);
}

}  // namespace bailiwick::cedar
