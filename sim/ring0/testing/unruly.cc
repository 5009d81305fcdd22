// The subject `words`, except that `copy_in` of some sizes breaks a rule about hardware
// (unruly_copy_in.S). The results themselves are correct.
#include <cstddef>
#include <cstdint>

#include "sim/subject/subject.h"

extern "C" {
const axptr_subject* axptr_words_subject(void);
const axptr_subject* ring0_unruly_subject(void);
void ring0_unruly_copy_in(void* to, std::uint64_t start, std::size_t size, axptr_moved* moved);
void (*ring0_ruly_copy_in)(void* to, std::uint64_t start, std::size_t size, axptr_moved* moved);
}

const axptr_subject* ring0_unruly_subject(void) {
  static constinit axptr_subject unruly = {};
  unruly = *axptr_words_subject();
  ring0_ruly_copy_in = unruly.copy_in;
  unruly.copy_in = ring0_unruly_copy_in;
  return &unruly;
}
