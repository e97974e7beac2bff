// Random Cedar expressions for property tests: every kind of node, well typed or not.
#pragma once

#include <rapidcheck.h>

#include "policy/cedar/ast.h"
#include "policy/cedar/operators.h"

namespace bailiwick::testing_support {

class RandomExpression {
 public:
  /// At most `depth` levels below the top.
  static cedar::ExprPtr make(int depth) {
    using namespace cedar;  // NOLINT(google-build-using-namespace)
    auto below = [depth] { return make(depth - 1); };
    int kind = depth <= 0 ? *rc::gen::inRange(0, 3) : *rc::gen::inRange(0, 15);
    switch (kind) {
      case 0:
        return node(Literal{*rc::gen::arbitrary<std::int64_t>()});
      case 1:
        return node(literal());
      case 2:
        return node(static_cast<Variable>(*rc::gen::inRange(0, 4)));
      case 3:
        return node(Unary{static_cast<UnaryOp>(*rc::gen::inRange(0, 3)), below()});
      case 4:
      case 5: {
        auto op = static_cast<BinaryOp>(*rc::gen::inRange(0, static_cast<int>(kBinaryOps.size())));
        ExprPtr left = below();
        return node(Binary{op, left, below()});
      }
      case 6:
      case 7:
        return node(Logic{*rc::gen::element(LogicOp::kAnd, LogicOp::kOr), some(depth, 2)});
      case 8: {
        ExprPtr test = below(), then = below();
        return node(Conditional{test, then, below()});
      }
      case 9:
        return node(GetAttribute{below(), name()});
      case 10: {
        ExprPtr object = below();
        if (*rc::gen::arbitrary<bool>()) return node(HasAttribute{object, {name()}});
        return node(HasAttribute{object, {"a", "b"}});
      }
      case 11:
        return node(Like{below(), Pattern{{name(), name()}}});
      case 12:
        return node(IsType{below(), "NS::User", *rc::gen::arbitrary<bool>() ? below() : nullptr});
      case 13:
        return node(SetLiteral{some(depth, 0)});
      default:
        if (*rc::gen::arbitrary<bool>())
          return node(RecordLiteral{{{"a", below()}, {name() + "x", below()}}});
        return node(
            Call{*rc::gen::element<std::string>("ip", "isInRange", "decimal", "offset"), some(depth, 1)});
    }
  }

 private:
  static cedar::ExprPtr node(cedar::Expr::Node made) { return cedar::make_expression(std::move(made), {}); }

  static cedar::Literal literal() {
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        return {*rc::gen::arbitrary<bool>()};
      case 1:
        return {name()};
      default:
        return {cedar::EntityUid{"NS::User", name()}};
    }
  }
  static std::string name() {
    return *rc::gen::element<std::string>("a", "b c", "if", "", "*", "\"\\\n", "x1", "\xC3\xA9");
  }
  static std::vector<cedar::ExprPtr> some(int depth, int least) {
    std::vector<cedar::ExprPtr> all;
    for (int i = *rc::gen::inRange(least, least + 3); i > 0; --i) all.push_back(make(depth - 1));
    return all;
  }
};

}  // namespace bailiwick::testing_support
