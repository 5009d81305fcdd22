#include "sim/ring0/machine/guard.h"

#include <cstddef>

#include "sim/ring0/image/cpu.h"
#include "sim/subject/subject_access.h"
#include "sim/subject/subject_copying.h"

namespace ring0 {

extern "C" {
GuardState ring0_guard;
void ring0_bare_nothing();
}
static_assert(offsetof(GuardState, kept) == 16 && offsetof(GuardState, stack_off) == 64 &&
              offsetof(GuardState, flags) == 72 && offsetof(GuardState, flags_before) == 80 &&
              offsetof(GuardState, began) == 88 && offsetof(GuardState, ticks) == 96);

namespace {

// The register patterns of image/guarded_call.S, in the order of Misdeed.
constexpr unsigned kRegisters = 6;
constexpr std::uint64_t kPatterns[kRegisters] = {0xb1b1'b1b1'b1b1'b1b1, 0xb2b2'b2b2'b2b2'b2b2,
                                                 0xb3b3'b3b3'b3b3'b3b3, 0xb4b4'b4b4'b4b4'b4b4,
                                                 0xb5b5'b5b5'b5b5'b5b5, 0xb6b6'b6b6'b6b6'b6b6};

std::uint32_t g_misdeeds = 0;
std::uint64_t g_instructions = 0;

void Note(Misdeed misdeed) { g_misdeeds |= std::uint32_t{1} << static_cast<unsigned>(misdeed); }

// The ticks that the guard itself adds to each call.
std::uint64_t TicksOfNothing() {
  static constinit std::uint64_t ticks = 0;
  if (ticks == 0) {
    const GuardState kept = ring0_guard;
    ring0_guard.target = reinterpret_cast<std::uint64_t>(ring0_bare_nothing);
    ring0_guarded_call();
    ticks = ring0_guard.ticks;
    ring0_guard = kept;
  }
  return ticks;
}

void NoteReturn() {
  const GuardState& guard = ring0_guard;
  const std::uint64_t changed = guard.flags ^ guard.flags_before;
  if ((changed & kFlagInterrupt) != 0) {
    asm volatile("cli" ::: "cc");
    Note(Misdeed::kInterrupt);
  }
  if ((changed & kFlagDirection) != 0) Note(Misdeed::kDirection);
  if ((changed & kFlagAccess) != 0) Note(Misdeed::kAccess);
  for (unsigned i = 0; i < kRegisters; ++i) {
    if (guard.kept[i] != kPatterns[i]) Note(static_cast<Misdeed>(i));
  }
  if (guard.stack_off != 0) Note(Misdeed::kStack);
  const bool is_outermost = guard.stack == 0;
  if (is_outermost) g_instructions += guard.ticks - TicksOfNothing();
}

// `frame`: __builtin_frame_address(0) in a function of the platform.
void NoteFrame(const void* frame) {
  if (reinterpret_cast<std::uint64_t>(frame) % 16 != 0) Note(Misdeed::kAlignment);
}

// Calls a function of the subject through the guard.
template <auto kMember>
struct Call;
template <typename Table, typename Result, typename... Arguments,
          Result (*Table::*kMember)(Arguments...)>
struct Call<kMember> {
  using Function = Result (*)(Arguments...);
  static inline constinit Function real = nullptr;

  static Result Guarded(Arguments... arguments) {
    ring0_guard.target = reinterpret_cast<std::uint64_t>(real);
    const auto call = reinterpret_cast<Function>(ring0_guarded_call);
    if constexpr (__is_same(Result, void)) {
      call(arguments...);
      NoteReturn();
    } else {
      const Result result = call(arguments...);
      NoteReturn();
      return result;
    }
  }
  static void Put(Table* table) {
    real = table->*kMember;
    if (real != nullptr) table->*kMember = Guarded;
  }
};

// A function of the platform that records the stack alignment of its calls.
template <auto kMember>
struct Hook;
template <typename Table, typename Result, typename... Arguments,
          Result (*Table::*kMember)(Arguments...)>
struct Hook<kMember> {
  using Function = Result (*)(Arguments...);
  static inline constinit Function real = nullptr;

  static Result Watched(Arguments... arguments) {
    NoteFrame(__builtin_frame_address(0));
    return real(arguments...);
  }
  static void Put(Table* table) {
    real = table->*kMember;
    table->*kMember = Watched;
  }
};

template <template <auto> typename Wrapper, auto... kMembers, typename Table>
void PutEach(Table* table) {
  (Wrapper<kMembers>::Put(table), ...);
}

// The number of functions of each table, besides its other members. Fails to compile if a function
// is added that is not wrapped here.
using S = axptr_subject;
static_assert(sizeof(S) == 16 + 8 * 8 + 19 * sizeof(void (*)()));
using C = axptr_copying;
static_assert(sizeof(C) == 8 + 22 * sizeof(void (*)()));

}  // namespace

const axptr_subject* Guarded(const axptr_subject* subject, const axptr_machine* machine) {
  static constinit axptr_machine watched = {};
  static constinit axptr_user_access watched_access = {};
  watched = *machine;
  watched_access = *machine->user_access;
  watched.user_access = &watched_access;
  PutEach<Hook, &axptr_machine::lock, &axptr_machine::unlock, &axptr_machine::check,
          &axptr_machine::populate, &axptr_machine::attempt>(&watched);
  PutEach<Hook, &axptr_user_access::open, &axptr_user_access::restore>(&watched_access);
  subject->attach(&watched);

  static constinit axptr_subject guarded = {};
  static constinit axptr_copying copying = {};
  static constinit axptr_switching switching = {};
  guarded = *subject;
  PutEach<Call, &S::lend_value, &S::lend_slice, &S::lend_terminated, &S::lend_text, &S::copy_text,
          &S::access_value, &S::access_slice, &S::with_faults_allowed, &S::copy_in, &S::copy_out,
          &S::zero>(&guarded);
  if (subject->copying != nullptr) {
    copying = *subject->copying;
    PutEach<Call, &C::read_versioned, &C::write_versioned, &C::fetch_io_vec, &C::read_io_vec,
            &C::write_io_vec, &C::advance_io_vec, &C::revert_io_vec, &C::read_value,
            &C::read_unaligned, &C::write_value, &C::write_unaligned, &C::atomic, &C::retry_reading,
            &C::retry_writing, &C::retry_exchange, &C::string_length, &C::copy_until_nul,
            &C::write_text, &C::copy_strings, &C::read_array, &C::write_array, &C::zero_array>(
        &copying);
    guarded.copying = &copying;
  }
  if (subject->switching != nullptr) {
    switching = *subject->switching;
    PutEach<Call, &axptr_switching::while_switched_away>(&switching);
    guarded.switching = &switching;
  }
  return &guarded;
}

std::uint64_t TakeInstructions() {
  const std::uint64_t instructions = g_instructions;
  g_instructions = 0;
  return instructions;
}

std::uint64_t CountInstructions(void (*function)(std::uint64_t a, std::uint64_t b, std::uint64_t c),
                                std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  const std::uint64_t nothing = TicksOfNothing();
  ring0_guard.target = reinterpret_cast<std::uint64_t>(function);
  reinterpret_cast<void (*)(std::uint64_t, std::uint64_t, std::uint64_t)>(ring0_guarded_call)(a, b,
                                                                                              c);
  return ring0_guard.ticks - nothing;
}

std::uint32_t Misdeeds() { return g_misdeeds; }

void PutMisdeeds(std::uint32_t misdeeds) { g_misdeeds |= misdeeds; }

std::uint32_t TakeMisdeeds() {
  const std::uint32_t misdeeds = g_misdeeds;
  g_misdeeds = 0;
  return misdeeds;
}

}  // namespace ring0
