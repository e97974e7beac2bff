// Names for Asio's types over a loop's own executor, which costs half of a type-erased one.
#pragma once

#include <boost/asio/io_context.hpp>

namespace bailiwick::net {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;

}  // namespace bailiwick::net
