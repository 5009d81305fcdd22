// Memory between two inaccessible pages: a load outside it crashes.
#ifndef AXPTR_TESTING_GUARDED_PAGES_H_
#define AXPTR_TESTING_GUARDED_PAGES_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace axptr::testing {

class GuardedPages {
 public:
  explicit GuardedPages(std::size_t page_count) : size_(page_count * kPage) {
    room_ = mmap(nullptr, size_ + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room_ == MAP_FAILED || mprotect(begin(), size_, PROT_READ | PROT_WRITE) != 0) std::abort();
  }
  ~GuardedPages() { munmap(room_, size_ + 2 * kPage); }
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;

  std::uint8_t* begin() const { return static_cast<std::uint8_t*>(room_) + kPage; }
  std::uint8_t* end() const { return begin() + size_; }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kPage = 4096;

  std::size_t size_;
  void* room_ = nullptr;
};

}  // namespace axptr::testing

#endif  // AXPTR_TESTING_GUARDED_PAGES_H_
