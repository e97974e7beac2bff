// use_task: the last argument of an Asio operation that a task awaits. An operation's error is not thrown:
// the task gets an error code, or a tuple when the operation has more to tell. What is thrown is that it
// could not begin.
#pragma once

#include <tuple>

#include <boost/asio/async_result.hpp>

#include "net/executor.h"
#include "net/suspension.h"

namespace bailiwick::net {

struct UseTask {};
inline constexpr UseTask use_task{};

template <class Signature, class Initiation, class... Arguments>
class Operation;

/// An operation that begins when it is awaited.
template <class... Results, class Initiation, class... Arguments>
class [[nodiscard]] Operation<void(Results...), Initiation, Arguments...> : public Suspension {
 public:
  explicit Operation(Initiation initiation, Arguments... arguments)
      : initiation_(std::move(initiation)), arguments_(std::move(arguments)...) {}

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    suspend(caller, [this] {
      std::apply(
          [this](Arguments&... arguments) {
            std::move(initiation_)(Completion<Operation>(*this), std::move(arguments)...);
          },
          arguments_);
    });
  }
  auto await_resume() {
    if constexpr (sizeof...(Results) == 1) {
      return std::get<0>(std::move(*results_));
    } else if constexpr (sizeof...(Results) > 1) {
      return std::move(*results_);
    }
  }
  template <class... Told>
  void accept(Told&&... told) {
    results_.emplace(std::forward<Told>(told)...);
  }

 private:
  Initiation initiation_;
  std::tuple<Arguments...> arguments_;
  std::optional<std::tuple<std::decay_t<Results>...>> results_;
};

}  // namespace bailiwick::net

template <class... Results>
class boost::asio::async_result<bailiwick::net::UseTask, void(Results...)> {
 public:
  template <class Initiation, class... Arguments>
  static auto initiate(Initiation&& initiation, bailiwick::net::UseTask, Arguments&&... arguments) {
    return bailiwick::net::Operation<void(Results...), std::decay_t<Initiation>, std::decay_t<Arguments>...>(
        std::forward<Initiation>(initiation), std::forward<Arguments>(arguments)...);
  }
};
