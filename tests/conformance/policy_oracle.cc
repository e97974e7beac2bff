// Asks Z3 what the analysis of policies answers: `policy_oracle [PAIRS [SEED [--show]]]`. Without a
// number of pairs POLICY_PAIRS says it, or it is 500; `--show` prints those that are undecided here.
//
// Two random policies A and B; is there a request to which both apply, and one to which A applies and B does
// not? Z3 gets its own account of Cedar, made from the tree of each policy and shared with the solver in
// nothing: values as one datatype, attributes as functions of values, and `in` as a relation whose axioms are
// written out for the entities that the pair names. That is enough: a hierarchy restricted to some of its
// entities is still one, and what is not named has no part in the answer. In the same way "for every element"
// is written out for the elements that some condition names.
//
// Exit 1 on a disagreement, when more than 5 % are undecided, or when Z3 cannot say of more than 1 % of
// questions.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include <fmt/format.h>
#include <z3++.h>

#include "policy/analysis/solver.h"
#include "policy/cedar/format.h"
#include "policy/cedar/parser.h"
#include "support/random_policy.h"

namespace bailiwick::cedar {
namespace {

constexpr unsigned kSolverMilliseconds = 10'000;

/// The values of Cedar as Z3 sees them.
class Values {
 public:
  explicit Values(z3::context& c) : sort(c) {
    const char* text =
        "(declare-datatypes ((V 0)) (((absent) (boolean (b Bool)) (long (i Int)) (text (s String)) "
        "(entity (type Int) (id Int)) (set (elements Int)) (record (fields Int)) "
        "(ip (six Bool) (bits (_ BitVec 128)) (prefix Int)) (other (what Int)))))"
        "(declare-const some V)(assert (= some some))";
    z3::solver reader(c);
    reader.from_string(text);
    z3::expr some = reader.assertions()[0].arg(0);
    sort = some.get_sort();
    unsigned count = Z3_get_datatype_sort_num_constructors(c, sort);
    for (unsigned i = 0; i < count; ++i) {
      z3::func_decl constructor(c, Z3_get_datatype_sort_constructor(c, sort, i));
      std::string name = constructor.name().str();
      makers_.emplace(name, constructor);
      testers_.emplace(name, z3::func_decl(c, Z3_get_datatype_sort_recognizer(c, sort, i)));
      for (unsigned j = 0; j < constructor.arity(); ++j) {
        z3::func_decl part(c, Z3_get_datatype_sort_constructor_accessor(c, sort, i, j));
        parts_.emplace(part.name().str(), part);
      }
    }
  }
  z3::expr is(const char* kind, const z3::expr& v) { return testers_.at(kind)(v); }
  z3::expr part(const char* name, const z3::expr& v) { return parts_.at(name)(v); }
  z3::func_decl& make(const char* kind) { return makers_.at(kind); }

  z3::sort sort;

 private:
  std::map<std::string, z3::func_decl> makers_, testers_, parts_;
};

/// Whether evaluation succeeds, and what it then gives: a value, or a boolean of Z3.
struct Meaning {
  z3::expr ok;
  z3::expr value;
};

class Account {
 public:
  Account(z3::context& c, z3::solver& solver) : c_(c), solver_(solver), v_(c) {
    principal_ = std::make_unique<z3::expr>(c.constant("principal", v_.sort));
    action_ = std::make_unique<z3::expr>(c.constant("action", v_.sort));
    resource_ = std::make_unique<z3::expr>(c.constant("resource", v_.sort));
    context_ = std::make_unique<z3::expr>(c.constant("context", v_.sort));
    for (const z3::expr* entity : {principal_.get(), action_.get(), resource_.get()})
      solver.add(v_.is("entity", *entity));
    solver.add(v_.is("record", *context_));
    solver.add(v_.part("type", *action_) == type("Action"));
  }

  /// The policy applies.
  z3::expr applies(const Policy& policy) {
    Meaning whole = truth(*whole_expression(policy));
    return whole.ok && whole.value;
  }

  /// Once all policies are told: what holds of `in` and of the elements of sets.
  void close() {
    z3::func_decl in = in_relation();
    for (const Within& w : within_) {
      z3::expr is_set = v_.is("set", w.container);
      z3::expr set = v_.part("elements", w.container);
      solver_.add(z3::implies(is_set && !all_entities()(set), member()(set, w.stranger) &&
                                                                  !v_.is("entity", w.stranger) &&
                                                                  !v_.is("absent", w.stranger)));
      solver_.add(z3::implies(is_set && w.holds, member()(set, w.element) && in(w.entity, w.element)));
      for (const Within& other : within_) {
        for (const z3::expr& named : {other.element, other.stranger}) {
          z3::expr is_member = is_set && member()(set, named);
          solver_.add(z3::implies(is_member && all_entities()(set), v_.is("entity", named)));
          solver_.add(z3::implies(is_member && !w.holds && all_entities()(set), !in(w.entity, named)));
        }
      }
    }
    for (const z3::expr& x : entities_) {
      for (const z3::expr& y : entities_) {
        z3::expr both = v_.is("entity", x) && v_.is("entity", y);
        solver_.add(z3::implies(both && x == y, in(x, y)));
        solver_.add(z3::implies(both && in(x, y) && in(y, x), x == y));
        for (const z3::expr& z : entities_)
          solver_.add(z3::implies(both && v_.is("entity", z) && in(x, y) && in(y, z), in(x, z)));
      }
    }
  }

 private:
  struct Within {
    z3::expr entity, container, holds, element, stranger;
  };

  z3::expr type(const std::string& name) { return number(types_, name); }
  z3::expr number(std::map<std::string, int>& numbers, const std::string& name) {
    return c_.int_val(numbers.try_emplace(name, static_cast<int>(numbers.size())).first->second);
  }
  z3::func_decl in_relation() { return c_.function("in", v_.sort, v_.sort, c_.bool_sort()); }
  z3::func_decl member() { return c_.function("member", c_.int_sort(), v_.sort, c_.bool_sort()); }
  z3::func_decl all_entities() { return c_.function("all_entities", c_.int_sort(), c_.bool_sort()); }

  z3::expr entity(const EntityUid& uid) { return v_.make("entity")(type(uid.type), number(ids_, uid.id)); }

  z3::expr bits(const IpAddress& ip) {
    z3::expr all = c_.bv_val(0, 128);
    for (std::uint8_t byte : ip.bytes)
      all = z3::expr(c_, Z3_mk_bvor(c_, z3::shl(all, c_.bv_val(8, 128)), c_.bv_val(unsigned{byte}, 128)));
    return all;
  }
  z3::expr mask(int prefix) {
    return prefix == 0 ? c_.bv_val(0, 128) : z3::shl(c_.bv_val(-1, 128), c_.bv_val(128 - prefix, 128));
  }
  z3::expr in_range(const z3::expr& v, std::string_view text) {
    IpAddress range = *IpAddress::parse(text);
    return v_.part("six", v) == c_.bool_val(range.family == IpAddress::Family::kV6) &&
           v_.part("prefix", v) >= c_.int_val(int{range.prefix}) &&
           (v_.part("bits", v) & mask(range.prefix)) == (bits(range) & mask(range.prefix));
  }

  /// An attribute's value is one that Cedar has.
  void is_well_formed(const z3::expr& v) {
    z3::expr long_value = v_.part("i", v), prefix = v_.part("prefix", v), six = v_.part("six", v);
    solver_.add(z3::implies(v_.is("long", v), long_value >= c_.int_val("-9223372036854775808") &&
                                                  long_value <= c_.int_val("9223372036854775807")));
    solver_.add(z3::implies(
        v_.is("ip", v),
        prefix >= 0 && prefix <= z3::ite(six, c_.int_val(128), c_.int_val(32)) &&
            (six || (v_.part("bits", v) & c_.bv_val("79228162514264337593543950335", 128)) == 0)));
  }
  z3::expr attribute(const z3::expr& object, const std::string& name) {
    z3::expr value = c_.function(("." + name).c_str(), v_.sort, v_.sort)(object);
    if (well_formed_.insert(value.id()).second) is_well_formed(value);
    return value;
  }
  z3::expr is_object(const z3::expr& v) { return v_.is("entity", v) || v_.is("record", v); }

  Meaning constant(const Literal& literal) {
    z3::expr value =
        std::visit(Overloaded{[&](bool made) { return v_.make("boolean")(c_.bool_val(made)); },
                              [&](std::int64_t made) { return v_.make("long")(c_.int_val(made)); },
                              [&](const std::string& made) { return v_.make("text")(c_.string_val(made)); },
                              [&](const EntityUid& made) { return entity(made); }},
                   literal.value);
    return {c_.bool_val(true), value};
  }

  /// Of an expression that is no logic.
  Meaning value(const Expr& expr) {
    if (const auto* literal = std::get_if<Literal>(&expr.node)) return constant(*literal);
    if (const auto* variable = std::get_if<Variable>(&expr.node)) {
      const std::unique_ptr<z3::expr>* variables[] = {&principal_, &action_, &resource_, &context_};
      return {c_.bool_val(true), **variables[static_cast<int>(*variable)]};
    }
    if (const auto* get = std::get_if<GetAttribute>(&expr.node)) {
      Meaning object = value(*get->object);
      z3::expr found = attribute(object.value, get->name);
      return {object.ok && is_object(object.value) && !v_.is("absent", found), found};
    }
    if (const auto* call = std::get_if<Call>(&expr.node); call && call->function == "ip") {
      IpAddress ip =
          *IpAddress::parse(std::get<std::string>(std::get<Literal>(call->arguments[0]->node).value));
      return {c_.bool_val(true), v_.make("ip")(c_.bool_val(ip.family == IpAddress::Family::kV6), bits(ip),
                                               c_.int_val(int{ip.prefix}))};
    }
    throw std::runtime_error("no account of " + to_string(expr));
  }

  Meaning truth(const Expr& expr) {
    return std::visit(Overloaded{
                          [&](const Logic& logic) { return truth_of(logic); },
                          [&](const Unary& unary) {
                            Meaning operand = truth(*unary.operand);
                            return Meaning{operand.ok, !operand.value};
                          },
                          [&](const Binary& binary) { return truth_of(binary); },
                          [&](const HasAttribute& has) { return truth_of(has); },
                          [&](const Like& like) {
                            Meaning text = value(*like.subject);
                            return Meaning{text.ok && v_.is("text", text.value),
                                           z3::in_re(v_.part("s", text.value), language(like.pattern))};
                          },
                          [&](const IsType& is) { return truth_of(is); },
                          [&](const Call& call) { return truth_of(call); },
                          [&](const auto&) {
                            Meaning made = value(expr);
                            return Meaning{made.ok && v_.is("boolean", made.value), v_.part("b", made.value)};
                          },
                      },
                      expr.node);
  }

  Meaning truth_of(const Logic& logic) {
    Meaning all = truth(*logic.operands.back());
    for (std::size_t i = logic.operands.size() - 1; i-- > 0;) {
      Meaning first = truth(*logic.operands[i]);
      bool is_and = logic.op == LogicOp::kAnd;
      z3::expr ends = is_and ? !first.value : first.value;
      all = {first.ok && (ends || all.ok), is_and ? first.value && all.value : first.value || all.value};
    }
    return all;
  }

  Meaning truth_of(const HasAttribute& has) {
    Meaning object = value(*has.object);
    Meaning made = {c_.bool_val(true), c_.bool_val(true)};
    std::vector<z3::expr> way = {object.value};
    for (const std::string& name : has.path) way.push_back(attribute(way.back(), name));
    for (std::size_t i = has.path.size(); i-- > 0;) {
      z3::expr there = !v_.is("absent", way[i + 1]);
      made = {is_object(way[i]) && (!there || made.ok), there && made.value};
    }
    return {object.ok && made.ok, made.value};
  }

  Meaning truth_of(const IsType& is) {
    Meaning subject = value(*is.subject);
    z3::expr typed = v_.part("type", subject.value) == type(is.type);
    Meaning made = {subject.ok && v_.is("entity", subject.value), typed};
    if (!is.container) return made;
    Meaning within = is_in(subject, value(*is.container));
    return {made.ok && (!typed || within.ok), typed && within.value};
  }

  z3::expr language(const Pattern& pattern) {
    z3::sort text = c_.string_sort();
    z3::expr_vector parts(c_);
    for (std::size_t i = 0; i < pattern.pieces.size(); ++i) {
      if (i > 0) parts.push_back(z3::re_full(c_.re_sort(text)));
      parts.push_back(z3::to_re(c_.string_val(pattern.pieces[i])));
    }
    return parts.size() == 1 ? parts[0] : z3::concat(parts);
  }

  void name_entity(const z3::expr& entity) {
    auto same = [&](const z3::expr& known) { return z3::eq(known, entity); };
    if (std::ranges::none_of(entities_, same)) entities_.push_back(entity);
  }

  Meaning is_in(const Meaning& left, const Meaning& right) {
    int n = static_cast<int>(within_.size());
    z3::expr holds = c_.bool_const(fmt::format("within{}", n).c_str());
    z3::expr element = c_.constant(fmt::format("element{}", n).c_str(), v_.sort);
    z3::expr stranger = c_.constant(fmt::format("stranger{}", n).c_str(), v_.sort);
    for (const z3::expr& named : {left.value, right.value, element, stranger}) name_entity(named);
    within_.push_back({left.value, right.value, holds, element, stranger});
    z3::expr is_entity = v_.is("entity", right.value), is_set = v_.is("set", right.value);
    z3::expr ok = left.ok && right.ok && v_.is("entity", left.value) &&
                  (is_entity || (is_set && all_entities()(v_.part("elements", right.value))));
    return {ok, z3::ite(is_entity, in_relation()(left.value, right.value), holds)};
  }

  Meaning truth_of(const Binary& binary) {
    if (binary.op >= BinaryOp::kContains && binary.op <= BinaryOp::kContainsAny) return truth_of_sets(binary);
    if (const auto* list = std::get_if<SetLiteral>(&binary.right->node); list && binary.op == BinaryOp::kIn) {
      Meaning left = value(*binary.left);
      Meaning made = {left.ok && v_.is("entity", left.value), c_.bool_val(false)};
      name_entity(left.value);
      for (const ExprPtr& each : list->elements) {
        Meaning element = value(*each);
        name_entity(element.value);
        made = {made.ok && element.ok && v_.is("entity", element.value),
                made.value || in_relation()(left.value, element.value)};
      }
      return made;
    }
    Meaning left = value(*binary.left), right = value(*binary.right);
    z3::expr ok = left.ok && right.ok;
    if (binary.op == BinaryOp::kEqual) return {ok, left.value == right.value};
    if (binary.op == BinaryOp::kNotEqual) return {ok, left.value != right.value};
    if (binary.op == BinaryOp::kIn) return is_in(left, right);
    // Dates and durations are ordered too: one that is neither number nor anything else here stands for them.
    z3::expr numbers = v_.is("long", left.value) && v_.is("long", right.value);
    z3::expr times = v_.is("other", left.value) && v_.is("other", right.value);
    auto ordered = [&](const char* part) {
      z3::expr a = v_.part(part, left.value), b = v_.part(part, right.value);
      return binary.op == BinaryOp::kLess        ? a < b
             : binary.op == BinaryOp::kLessEqual ? a <= b
             : binary.op == BinaryOp::kGreater   ? a > b
                                                 : a >= b;
    };
    return {ok && (numbers || times), z3::ite(numbers, ordered("i"), ordered("what"))};
  }

  Meaning truth_of_sets(const Binary& binary) {
    std::vector<Meaning> right;
    if (const auto* list = std::get_if<SetLiteral>(&binary.right->node)) {
      for (const ExprPtr& each : list->elements) right.push_back(value(*each));
    } else {
      right.push_back(value(*binary.right));
    }
    z3::expr ok = c_.bool_val(true);
    for (const Meaning& each : right) ok = ok && each.ok;
    std::function<z3::expr(const z3::expr&)> has;
    if (const auto* list = std::get_if<SetLiteral>(&binary.left->node)) {
      std::vector<z3::expr> elements;
      for (const ExprPtr& each : list->elements) {
        Meaning element = value(*each);
        ok = ok && element.ok;
        elements.push_back(element.value);
      }
      has = [this, elements](const z3::expr& x) {
        z3::expr any = c_.bool_val(false);
        for (const z3::expr& element : elements) any = any || element == x;
        return any;
      };
    } else {
      Meaning left = value(*binary.left);
      ok = ok && left.ok && v_.is("set", left.value);
      z3::expr set = v_.part("elements", left.value);
      has = [this, set](const z3::expr& x) { return member()(set, x); };
    }
    bool all = binary.op == BinaryOp::kContainsAll;
    z3::expr made = c_.bool_val(all);
    for (const Meaning& each : right) made = all ? made && has(each.value) : made || has(each.value);
    return {ok, made};
  }

  Meaning truth_of(const Call& call) {
    Meaning address = value(*call.arguments[0]);
    z3::expr ok = address.ok && v_.is("ip", address.value);
    auto within = [&](std::string_view range) { return in_range(address.value, range); };
    if (call.function == "isIpv4") return {ok, !v_.part("six", address.value)};
    if (call.function == "isIpv6") return {ok, v_.part("six", address.value)};
    if (call.function == "isLoopback") return {ok, within("127.0.0.0/8") || within("::1/128")};
    if (call.function == "isMulticast") return {ok, within("224.0.0.0/4") || within("ff00::/8")};
    const auto& range = std::get<Call>(call.arguments[1]->node);
    return {ok, within(std::get<std::string>(std::get<Literal>(range.arguments[0]->node).value))};
  }

  z3::context& c_;
  z3::solver& solver_;
  Values v_;
  std::unique_ptr<z3::expr> principal_, action_, resource_, context_;
  std::map<std::string, int> types_, ids_;
  std::vector<z3::expr> entities_;
  std::set<unsigned> well_formed_;
  std::vector<Within> within_;
};

/// Z3 with what it knows of two policies.
class Judge {
 public:
  Judge(const Policy& a, const Policy& b)
      : solver_(c_), account_(c_, solver_), first_(account_.applies(a)), second_(account_.applies(b)) {
    z3::params params(c_);
    params.set("timeout", kSolverMilliseconds);
    solver_.set(params);
    account_.close();
  }
  z3::check_result ask(bool b_applies) {
    solver_.push();
    solver_.add(first_ && (b_applies ? second_ : !second_));
    z3::check_result result = solver_.check();
    solver_.pop();
    return result;
  }

 private:
  z3::context c_;
  z3::solver solver_;
  Account account_;
  z3::expr first_, second_;
};

struct Tally {
  int pairs = 0, questions = 0, found = 0, none = 0, undecided = 0, undecided_pairs = 0, disagreements = 0,
      unknown = 0;
  std::chrono::steady_clock::duration spent{}, spent_by_z3{};
};

void compare(const Policy& a, const Policy& b, bool show, Tally& tally) {
  using Clock = std::chrono::steady_clock;
  using analysis::Answer;
  ExprPtr first = whole_expression(a), second = whole_expression(b);
  analysis::Solver solver(analysis::worlds_of(nullptr, nullptr));
  bool undecided = false;
  auto judged = Clock::now();
  Judge judge(a, b);
  tally.spent_by_z3 += Clock::now() - judged;
  for (bool b_applies : {true, false}) {
    auto start = Clock::now();
    std::vector<analysis::Goal> goals = {{first.get(), analysis::kTrue},
                                         {second.get(), b_applies ? analysis::kTrue : analysis::kNotTrue}};
    analysis::Solution ours = solver.solve(goals);
    auto between = Clock::now();
    z3::check_result theirs = judge.ask(b_applies);
    tally.spent += between - start;
    tally.spent_by_z3 += Clock::now() - between;
    ++tally.questions;
    tally.found += ours.answer == Answer::kFound;
    tally.none += ours.answer == Answer::kNone;
    tally.undecided += ours.answer == Answer::kUndecided;
    undecided |= ours.answer == Answer::kUndecided;
    tally.unknown += theirs == z3::unknown;
    bool differs = (ours.answer == Answer::kFound && theirs == z3::unsat) ||
                   (ours.answer == Answer::kNone && theirs == z3::sat);
    tally.disagreements += differs;
    if (differs || (show && ours.answer == Answer::kUndecided)) {
      const char* what = differs ? "DISAGREEMENT" : "undecided";
      const char* here = ours.answer == Answer::kFound  ? "yes"
                         : ours.answer == Answer::kNone ? "no"
                                                        : "undecided";
      fmt::print("{}: is there a request, B {}? here {}, Z3 {}\n{}{}\n", what,
                 b_applies ? "applies" : "does not apply", here,
                 theirs == z3::sat     ? "sat"
                 : theirs == z3::unsat ? "unsat"
                                       : "unknown",
                 to_string(a), to_string(b));
    }
  }
  ++tally.pairs;
  tally.undecided_pairs += undecided;
}

int run(int pairs, std::uint64_t seed, bool show) {
  testing_support::RandomPolicy random(seed);
  Tally tally;
  for (int i = 0; i < pairs; ++i) {
    std::string text = random.pair();
    auto policies = parse_policies(text, "random");
    if (!policies) {
      fmt::print("cannot read {}\n", text);
      return 1;
    }
    compare((*policies)[0], (*policies)[1], show, tally);
  }
  auto seconds = [](auto duration) { return std::chrono::duration<double>(duration).count(); };
  fmt::print(
      "{} pairs, {} questions: {} found, {} none, {} undecided ({} pairs), {} disagreements, Z3 unknown {}; "
      "{:.2f} s here, {:.2f} s in Z3\n",
      tally.pairs, tally.questions, tally.found, tally.none, tally.undecided, tally.undecided_pairs,
      tally.disagreements, tally.unknown, seconds(tally.spent), seconds(tally.spent_by_z3));
  bool judged = tally.unknown * 100 <= tally.questions;
  return tally.disagreements > 0 || tally.undecided_pairs * 20 > tally.pairs || !judged ? 1 : 0;
}

}  // namespace
}  // namespace bailiwick::cedar

int main(int argc, char** argv) {
  auto number = [&](int i, std::uint64_t otherwise) {
    std::uint64_t value = otherwise;
    if (argc > i) std::from_chars(argv[i], argv[i] + std::strlen(argv[i]), value);
    return value;
  };
  const char* asked = std::getenv("POLICY_PAIRS");
  std::uint64_t pairs = 500;
  if (asked) std::from_chars(asked, asked + std::strlen(asked), pairs);
  bool show = argc > 3 && std::string_view(argv[3]) == "--show";
  try {
    return bailiwick::cedar::run(static_cast<int>(number(1, pairs)), number(2, 1), show);
  } catch (const z3::exception& error) {
    fmt::print("Z3 failed: {}\n", error.msg());
  } catch (const std::exception& error) {
    fmt::print("failed: {}\n", error.what());
  }
  return 1;
}
