#include "net/abort.h"

#include "net/upstream.h"

namespace bailiwick::net {

void Abort::now() {
  asked_ = true;
  if (connection_ != nullptr) connection_->interrupt();
}

}  // namespace bailiwick::net
