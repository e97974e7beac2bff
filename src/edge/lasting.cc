#include "edge/lasting.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace bailiwick::edge {

net::Task<Status> wait_for_disk(ledger::Ledger& ledger) {
  namespace asio = net::asio;
  auto executor = co_await asio::this_coro::executor;
  auto outcome = std::make_shared<Status>();
  auto initiate = [&ledger, executor, outcome](auto handler) {
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    auto stays_open = asio::make_work_guard(executor);  // the loop does not end while it waits for the disk
    ledger.when_on_disk([executor, outcome, resume = std::move(resume),
                         stays_open = std::move(stays_open)](Status told) mutable {
      *outcome = std::move(told);
      // The ledger's thread holds nothing of the loop any more: all of it moves back.
      asio::post(executor,
                 [resume = std::move(resume), stays_open = std::move(stays_open)] { std::move (*resume)(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<net::Executor>, void()>(initiate, net::use_task);
  co_return std::move(*outcome);
}

}  // namespace bailiwick::edge
