#include "sim/ring0/machine/bare.h"

#include "sim/ring0/image/cpu.h"
#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/guard.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/subject/subject_access.h"

namespace ring0 {

extern "C" {
void ring0_bare_move(std::uint64_t to, std::uint64_t from, std::uint64_t size);
}

namespace {

int Lock() { return 0; }
void Unlock() {}
bool Check(std::uint64_t /*start*/, std::uint64_t /*size*/, unsigned /*rights*/) { return true; }
int Populate(std::uint64_t /*start*/, std::uint64_t /*size*/, unsigned /*rights*/) { return 0; }
bool Attempt(std::uint64_t /*start*/, std::uint64_t /*size*/, unsigned /*rights*/,
             void (*body)(void*), void* argument) {
  body(argument);
  return true;
}
bool Open() {
  OpenUser();
  return false;
}
void Restore(bool /*earlier*/) { CloseUser(); }

constexpr axptr_user_access kBareAccess = {
    .size_bytes = sizeof(axptr_user_access), .open = Open, .restore = Restore};

constexpr std::uint64_t kLastPage = kWindowStart + kWindowBytes - kPageBytes;

void AttemptNothing(std::uint64_t /*a*/, std::uint64_t /*b*/, std::uint64_t /*c*/) {
  kServices.attempt(kWindowStart, kPageBytes, kRead, [](void*) {}, nullptr);
}
void AttemptAFault(std::uint64_t /*a*/, std::uint64_t /*b*/, std::uint64_t /*c*/) {
  kServices.attempt(
      kLastPage, kPageBytes, kRead, [](void*) { TouchByte(kLastPage, false, 0); }, nullptr);
}

}  // namespace

constinit const axptr_machine kBareServices = {.abi = AXPTR_SUBJECT_ABI,
                                               .size_bytes = sizeof(axptr_machine),
                                               .lock = Lock,
                                               .unlock = Unlock,
                                               .check = Check,
                                               .populate = Populate,
                                               .attempt = Attempt,
                                               .user_access = &kBareAccess};

void SendBare() {
  PackedBare bare;
  auto measure = [&] {
    g_kernel.SetFlag(true);
    OpenUser();
    bare.attempt = CountInstructions(AttemptNothing);
    bare.caught = CountInstructions(AttemptAFault);
    CloseUser();
    g_kernel.SetFlag(false);
    for (int i = 0; i < 3; ++i) {
      bare.moves[i] =
          CountInstructions(ring0_bare_move, BufferPages(0), kWindowStart, PackedBare::kMoved[i]);
    }
  };
  RunOperation(measure);
  Send(RecordTag::kBare, &bare, sizeof(bare));
}

}  // namespace ring0
