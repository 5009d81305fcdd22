// The C++ types behind ElementType: what the runner instantiates the library with.
#ifndef SIM_SCENARIO_ELEMENT_TYPES_H_
#define SIM_SCENARIO_ELEMENT_TYPES_H_

#include <cstdint>
#include <type_traits>

#include "axptr/user_plain.h"
#include "sim/scenario/op.h"

namespace sim {

struct U32x3 {
  uint32_t lanes[3];
};
AXPTR_USER_PLAIN(U32x3, lanes);
struct U64x3 {
  uint64_t lanes[3];
};
AXPTR_USER_PLAIN(U64x3, lanes);
struct B3 {
  uint8_t bytes[3];
};
AXPTR_USER_PLAIN(B3, bytes);
struct B4096 {
  uint8_t bytes[4096];
};
AXPTR_USER_PLAIN(B4096, bytes);
struct Q4096 {
  uint64_t words[512];
};
AXPTR_USER_PLAIN(Q4096, words);
struct Q8192 {
  uint64_t words[1024];
};
AXPTR_USER_PLAIN(Q8192, words);
struct alignas(4096) Page {
  uint8_t bytes[4096];
};
AXPTR_USER_PLAIN(Page, bytes);

// Calls `visit(std::type_identity<T>())` for the C++ type T of `type`, and returns its result.
template <typename Visitor>
decltype(auto) VisitElementType(ElementType type, Visitor&& visit) {
  switch (type) {
    case ElementType::kU8:
      return visit(std::type_identity<uint8_t>());
    case ElementType::kU16:
      return visit(std::type_identity<uint16_t>());
    case ElementType::kU32:
      return visit(std::type_identity<uint32_t>());
    case ElementType::kU64:
      return visit(std::type_identity<uint64_t>());
    case ElementType::kU32x3:
      return visit(std::type_identity<U32x3>());
    case ElementType::kU64x3:
      return visit(std::type_identity<U64x3>());
    case ElementType::kB3:
      return visit(std::type_identity<B3>());
    case ElementType::kB4096:
      return visit(std::type_identity<B4096>());
    case ElementType::kQ4096:
      return visit(std::type_identity<Q4096>());
    case ElementType::kQ8192:
      return visit(std::type_identity<Q8192>());
    case ElementType::kPage:
      return visit(std::type_identity<Page>());
  }
  __builtin_unreachable();
}

}  // namespace sim

#endif  // SIM_SCENARIO_ELEMENT_TYPES_H_
