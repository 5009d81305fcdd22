// The second opinion: predicts from plain integers what every operation of a scenario comes to.
//
// It sees scenarios only, never the machine nor the library, and works by another algorithm than
// they do: memory is a history (memory_history.h), ranges are 128-bit numbers that cannot wrap,
// strings are read a byte at a time, UTF-8 is decoded to code points. Time is the number of things
// that happened: faults and checks are counted as they come, and races go off by that count.
//
// All is determined, races included, given these rules of reading:
// - Bytes are read in ascending order; all of one page before the first of the next.
// - Each element of an array that ends in a terminator is read whole, the terminator too. A string
//   is read to its end before it is called ill-formed: memory that is gone wins. One that is copied
//   is too long before it is ill-formed, and what counts is the copy. Each byte that was read is in
//   the copy, the terminator too, whatever the outcome; the rest of the buffer stays as it was.
// - An access that stores reads all bytes first. Then it changes the first one, and then the last
//   one, each by one instruction that faults as a store: a fault at the second leaves the first
//   changed. What is changed is what is there by then. A user's store touches each page, and
//   changes the first byte only.
// - A race at `use` goes off when the library said ok, also to no bytes at all.
// - A race at a load goes off where the machine says that it did: how many bytes one load reads is
//   the library's own business, and it may load bytes of a page that it turns out not to need. The
//   race goes off when all bytes in front of that load have been read, and then the load happens.
// - An access that is raced is one of another CPU; of the CPU whose access is under way it never
//   happens. Nothing is raced against it in turn.
// - Only faults that the kernel looks into set off races: not those of kernel code with the flag
//   clear, nor those outside the window.
// - Population of a range with a hole (lock=off and a race after the check) is EFAULT and populates
//   nothing; permissions and USER are not asked again.
#ifndef SIM_ORACLE_MODEL_H_
#define SIM_ORACLE_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/oracle/expectation.h"
#include "sim/oracle/memory_history.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"

namespace sim {

class Model {
 public:
  explicit Model(const MachineConfig& config) { Reset(config); }

  // A new machine with nothing mapped. Keeps its memory.
  void Reset(const MachineConfig& config);

  // Where a race at a load went off, as the machine saw it.
  struct LoadRace {
    size_t op_index = 0;   // the armed operation, in the scenario
    uint64_t attempt = 0;  // of the access, from 1
    uint64_t address = 0;  // of the load
  };

  // Carries out the next operation, and says what it comes to. Any operation is fine. One that is
  // armed as a race has to stay where it is until the next access is over. `load_races`: those of
  // this access, in their order. The result is valid until the next call.
  const Expectation& Step(const Op& op, std::span<const LoadRace> load_races = {});

  // The race lines whose operations were carried out since the last Reset, as operations of the
  // scenario.
  const std::vector<size_t>& raced_ops() const { return raced_ops_; }

 private:
  // Who touches user memory, and so what a fault means.
  enum class Toucher : uint8_t {
    kUserCode,
    kAttempt,   // kernel code, under the flag and with a way back
    kBareCode,  // kernel code that has not said that a fault may come
  };
  enum class Touched : uint8_t { kDone, kRefused, kPanic };
  struct VerbModel;

  struct Armed {
    const Op* op;
    size_t index = 0;  // in the scenario
    bool fired = false;
  };

  // Bytes that were read in an attempt, or would be without a further fault: [start, end).
  struct Cursor {
    uint64_t start = 0;
    uint64_t end = 0;
    MemoryHistory::ByteRun bytes;
  };

  // Carries out `op` by the function that VerbModel's row names, and returns what it comes to.
  Outcome CarryOut(const Op& op);

  // The verbs, a file for each family. Each function carries out an operation of the verbs whose
  // rows name it, and returns what it comes to; what else it comes to is in now_.
  // model_set_up.cc:
  Outcome Map(const Op& op);
  Outcome Unmap(const Op& op);
  Outcome Protect(const Op& op);
  Outcome Fill(const Op& op);
  Outcome Truncate(const Op& op);
  Outcome SetFrames(const Op& op);
  // model_touches.cc:
  Outcome UserTouch(const Op& op);
  Outcome KernelTouch(const Op& op);
  // model_region.cc:
  Outcome Region(const Op& op);
  // model_strings.cc:
  Outcome NullTerminated(const Op& op);
  // model_copy_str.cc:
  Outcome CopyString(const Op& op);
  // model_copy_bytes.cc:
  Outcome CopyBytes(const Op& op);

  // The outcome of a use by bare code of `length` elements of `size` bytes that the library handed
  // out at `start`.
  Outcome UseResult(uint64_t start, uint64_t length, uint64_t size, bool is_mutable);
  // Reads [start, end), for a mutable access also changes the first and the last byte.
  Touched ReadAll(uint64_t start, uint64_t end, bool is_mutable, Toucher toucher,
                  uint64_t* fingerprint);

  // One call of with_addr_space: whether [start, end) may be accessed, and if `populate` is set its
  // pages are brought in. Returns an errno number or 0.
  int Ask(uint64_t start, uint64_t end, bool is_mutable, bool populate);
  // The same within a call of with_addr_space, which asks more than once: AfterLock ends the call.
  int AskUnderLock(uint64_t start, uint64_t end, Perms needed, bool populate);
  // The lock is let go, `checks` questions of this access after it was taken. Where there is a
  // lock, races at these checks go off now.
  void AfterLock(uint64_t checks);
  // One call of with_addr_space, which asks about all of [start, end), and where that fails about
  // each of its pages until one fails. Returns the end of what may be accessed; sets `*error` to
  // why that is not `end`, an errno number, or to 0.
  uint64_t AskForPrefix(uint64_t start, uint64_t end, Perms needed, int* error);
  bool IsPermitted(uint64_t start, uint64_t end, Perms needed) const;
  int Populate(uint64_t start, uint64_t end, bool store);
  void MakePresent(uint64_t start, uint64_t end);

  // Makes an access to the byte at `address` happen, by a fault if need be. Done: the same would
  // come of all bytes up to `*same_until`.
  Touched Touch(uint64_t address, bool store, Toucher toucher, uint64_t* same_until);
  // The same of a store that inverts `flipped_bits` of the byte; then it happens.
  Touched Store(uint64_t address, uint8_t flipped_bits, Toucher toucher, uint64_t* same_until);
  // Reads the byte at `address` in an attempt and what goes with it; false if that was refused.
  bool Read(uint64_t address, Cursor* cursor);
  // The length of the array at op.address in elements; or, not ok, the error.
  Outcome ScanForTerminator(const Op& op);
  // 0, EILSEQ, or EFAULT where the bytes are gone.
  int CheckUtf8(uint64_t start, uint64_t end);

  void Fire(RacePoint point, uint64_t nth);
  // Fires those at loads below `end` in the attempt under way, and makes those loads. Returns false
  // if one was refused.
  bool FireLoads(uint64_t end);
  // Carries out what is armed, in the middle of an access.
  void CarryOutRace(Armed* armed);
  // Where the next race at a load will fire in the attempt under way; UINT64_MAX: nowhere.
  uint64_t NextLoadRace() const;
  // Puts the state of the machine into now_.
  void NoteState(const Op& op);
  // The CallNumber of the access under way.
  uint64_t CurrentCall() const { return CallNumber(steps_ - 1, in_race_ ? 1 : 0); }
  uint64_t PresentInReach(const Op& op) const;

  MachineConfig config_;
  MemoryHistory memory_;
  uint64_t free_ = 0;               // frames
  MemoryHistory::PageCount pages_;  // of the whole window
  size_t steps_ = 0;                // operations so far
  bool stopped_ = false;            // by a panic
  std::vector<Armed> armed_;
  std::vector<size_t> raced_ops_;
  std::span<const LoadRace> load_races_;  // of the access under way: those that have not fired
  const Op* current_ = nullptr;           // the operation under way
  bool in_race_ = false;                  // an access that was raced is under way
  bool race_panicked_ = false;            // ... and panicked: at_panic_ is all there is to say
  Expectation at_panic_;
  Expectation now_;  // of the operation under way
};

}  // namespace sim

#endif  // SIM_ORACLE_MODEL_H_
