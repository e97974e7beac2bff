// A handler gets the permit of its route's action and of no other.
// REFUSED: no known conversion from .*Action::kCorpusDelete.* to 'RouteHandler<
#include "edge/route.h"

namespace bailiwick::compile_fail::handler_fits_its_action {

using edge::Call, edge::NoBody, edge::Reply, edge::Route, tenancy::Action;

net::Task<Result<Reply>> list(Call<Action::kModelsList>&, NoBody) {
  co_return Reply::json(200, {});
}
net::Task<Result<Reply>> wipe(Call<Action::kCorpusDelete>&, NoBody) {
  co_return Reply::json(200, {});
}

Route fits() {
  return edge::route<Action::kModelsList, NoBody>("GET", "/v1/models", {}, list);
}
#ifdef FAIL
Route differs() {
  return edge::route<Action::kModelsList, NoBody>("GET", "/v1/models", {}, wipe);
}
#endif

}  // namespace bailiwick::compile_fail::handler_fits_its_action
