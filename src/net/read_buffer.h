// ReadBuffer: bytes that were received and not used yet, in one piece, in memory that is kept.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

#include <boost/asio/buffer.hpp>

namespace bailiwick::net {

class ReadBuffer {
 public:
  explicit ReadBuffer(std::size_t capacity) : data_(new char[capacity]), capacity_(capacity) {}

  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  /// The first byte of `view`, to be changed in place.
  char* data() { return data_.get() + begin_; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  std::size_t capacity() const { return capacity_; }

  /// Drops `size` bytes from the front. Views stay valid until the next `room`.
  void consume(std::size_t size) { begin_ += size; }
  /// Keeps the last `size` bytes only.
  void keep_last(std::size_t size) { begin_ = end_ - size; }

  /// Where the next bytes may be received, at least one byte unless the buffer is full. Moves what is there
  /// to the front when the end is near.
  boost::asio::mutable_buffer room() {
    if (empty())
      begin_ = end_ = 0;
    else if (begin_ > 0 && capacity_ - end_ < capacity_ / 2)
      rebase(data_.get());
    return {data_.get() + end_, capacity_ - end_};
  }
  void received(std::size_t size) { end_ += size; }
  bool full() const { return size() == capacity_; }

  /// Makes the whole of `capacity` available for bytes that must lie in one piece.
  void grow(std::size_t capacity) {
    if (capacity <= capacity_) return rebase(data_.get());
    std::unique_ptr<char[]> larger(new char[capacity]);
    rebase(larger.get());
    data_ = std::move(larger);
    capacity_ = capacity;
  }

 private:
  void rebase(char* to) {
    std::memmove(to, data_.get() + begin_, size());
    end_ = size();
    begin_ = 0;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace bailiwick::net
