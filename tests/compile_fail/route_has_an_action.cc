// A route without an action does not compile.
// REFUSED: no matching function for call to 'route'
#include "edge/route.h"

namespace bailiwick::compile_fail::route_has_an_action {

using edge::Call, edge::NoBody, edge::Reply, edge::Route, tenancy::Action;

net::Task<Result<Reply>> list(Call<Action::kModelsList>&, NoBody) {
  co_return Reply::json(200, {});
}

Route checked() {
  return edge::route<Action::kModelsList, NoBody>("GET", "/v1/models", {}, list);
}
#ifdef FAIL
Route unchecked() {
  return edge::route<NoBody>("GET", "/v1/models", {}, list);
}
#endif

}  // namespace bailiwick::compile_fail::route_has_an_action
