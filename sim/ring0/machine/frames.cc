#include "sim/ring0/machine/frames.h"

#include "sim/ring0/machine/kernel.h"

namespace ring0 {
namespace {

std::uint64_t g_start = 0;
std::uint64_t g_next = 0;
std::uint64_t g_end = 0;
std::uint64_t g_given_back = 0;  // a list linked by the first word of each page; 0: the end

}  // namespace

void GivePages(std::uint64_t start, std::uint64_t end) {
  g_start = (start + kPageBytes - 1) / kPageBytes * kPageBytes;
  g_end = end / kPageBytes * kPageBytes;
  ForgetPages();
}

void ForgetPages() {
  g_next = g_start;
  g_given_back = 0;
}

std::uint64_t TakePage() {
  std::uint64_t page = g_given_back;
  if (page != 0) {
    g_given_back = *static_cast<std::uint64_t*>(DirectMap(page));
  } else if (g_next < g_end) {
    page = g_next;
    g_next += kPageBytes;
  } else {
    EndScenario(Stop::kOutOfMemory);
  }
  void* to = DirectMap(page);
  std::uint64_t words = kPageBytes / 8;
  asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0) : "memory");
  return page;
}

void CopyPage(std::uint64_t to, std::uint64_t from) {
  void* target = DirectMap(to);
  const void* source = DirectMap(from);
  std::uint64_t words = kPageBytes / 8;
  asm volatile("rep movsq" : "+D"(target), "+S"(source), "+c"(words)::"memory");
}

void GivePageBack(std::uint64_t page) {
  *static_cast<std::uint64_t*>(DirectMap(page)) = g_given_back;
  g_given_back = page;
}

}  // namespace ring0
