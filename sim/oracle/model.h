// The model: an independent implementation of the semantics. It predicts the result of every
// operation of a scenario.
//
// The model reads scenarios only, never the state of the machine or the library, and uses other
// algorithms than they do: memory is a history (memory_history.h), ranges are 128-bit numbers that
// cannot wrap, strings are read a byte at a time, and UTF-8 is decoded to code points.
//
// The model predicts what a contract promises (contract.h). It does not predict where races happen:
// the run tells it (FiredRace), and the model carries out each race at the point in its own access
// that the run names. A race that did not happen in the run does not happen in the model.
//
// Where the contract leaves no room, every result is determined, races included, by these rules:
// - Bytes are read in ascending order: all bytes of one page before the first byte of the next.
// - Each element of an array that ends in a terminator is read as a whole, the terminator too. A
//   string is read to its end before its UTF-8 is validated: EFAULT takes precedence over EILSEQ.
//   For a copied string, ENAMETOOLONG takes precedence over EILSEQ, and the copy is validated. Each
//   byte that was read is in the copy, the terminator too, whatever the outcome; the rest of the
//   buffer stays unchanged.
// - An access that stores reads all bytes first. Then the access changes the first byte, and then
//   the last byte, each by one instruction that faults as a store: a fault at the second store
//   leaves the first byte changed. Each store modifies the value that the byte has at the time of
//   the store. A store by user code touches each page, and changes the first byte only.
// - A race at `use` happens when the library returned ok, also for zero bytes; in an access that
//   calls a function of the caller, as soon as that function runs.
// - The library chooses how many bytes one load reads, and may load bytes of a page that the result
//   does not need. A race at a load happens when all bytes before that load have been read; then
//   the load happens.
// - A raced access runs on another CPU, or while the task of the access under way sleeps, as
//   another task's. Otherwise a raced access never runs on the CPU whose access is under way, with
//   one exception: a library call at `use`, which the caller makes before it uses the memory,
//   possibly in the middle of an access. Races do not happen inside a raced access.
// - A task that sleeps finds nothing changed but the memory, and resumes on the CPU of the `sleep`.
// - A call in the middle of an access makes recoverable user accesses (attempts) of its own. A
//   fault that the call cannot resolve is an error of that call only; the outer access continues on
//   the memory as it is after the call.
// - Only faults that the kernel handles cause races: not faults of kernel code with the user-access
//   flag clear, nor faults outside the window.
// - Population of a range with a hole (lock=off and a race after the check) is EFAULT and populates
//   nothing; permissions and USER are not checked again.
#ifndef SIM_ORACLE_MODEL_H_
#define SIM_ORACLE_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/oracle/contract.h"
#include "sim/oracle/expectation.h"
#include "sim/oracle/memory_history.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/oracle/model_copied.h"
#include "sim/oracle/model_io_vec.h"
#include "sim/scenario/letters.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"

namespace sim {

namespace model_internal {
// The access that the hardware permits without a fault: a load with any permission, a store with
// WRITE if the page is not shared; to no page of the kernel.
bool HardwareAllows(const MemoryHistory::PageState& state, bool store);
}  // namespace model_internal

class Model {
 public:
  // `contract` must outlive the model.
  explicit Model(const MachineConfig& config, const Contract& contract = kAxptrContract)
      : contract_(&contract) {
    Reset(config);
  }

  const Contract& contract() const { return *contract_; }

  // Whether the subject reports its attempts to the machine (default: yes). If not, the number of
  // attempts does not locate a race.
  void set_makes_attempts(bool makes_attempts) { makes_attempts_ = makes_attempts; }

  // Whether the subject makes exactly as many checks, lock acquisitions and attempts as the model,
  // where the counts of the contract are exact (default: yes). If not, the run tells the model
  // which failures were injected.
  void set_counts_exactly(bool counts_exactly) { counts_exactly_ = counts_exactly; }

  // Starts with a new machine where nothing is mapped. Keeps allocated memory and the contract.
  void Reset(const MachineConfig& config);
  // The same with another contract, which must stay valid.
  void Reset(const MachineConfig& config, const Contract& contract);

  // A race that happened in an access of the run, and how far the access was at that moment.
  struct FiredRace {
    size_t op_index = 0;  // the armed operation, in the scenario
    RacePoint point = RacePoint::kCheck;
    // Numbers of checks, attempts and faults of the access so far, the one of the race included.
    uint64_t checks = 0;
    uint64_t attempts = 0;
    uint64_t faults = 0;
    // Address of the load or of the fault, or the first checked address; 0 at `use`.
    uint64_t address = 0;
    // The outcome of the armed operation.
    Outcome outcome = {};
  };

  // Carries out the next operation of a run, and predicts its result. Accepts any operation. An
  // `op` that is armed as a race must stay at its address until the next access is over.
  // `fired`: the races that happened in this access, in order.
  // `got`: the outcome in the run. The model uses only the number of bytes that an error reports as
  // done, and only where the contract leaves that number to the library.
  // `injected`: the number of injected failures in this operation of the run. Used where the counts
  // of the contract are free; where they are exact, the model predicts the failures itself.
  // The result is valid until the next call.
  const Expectation& Replay(const Op& op, std::span<const FiredRace> fired,
                            const Outcome& got = Outcome(), uint64_t injected = 0);

  // The same without a run: the n-th check or fault is the n-th that the model makes, and races at
  // loads do not happen.
  const Expectation& Step(const Op& op);

  // Race lines carried out since the last Reset, as operation indexes of the scenario.
  const std::vector<size_t>& raced_ops() const { return raced_ops_; }

 protected:
  // Also of the reference of scripts (sim/script/reference.h), which touches the same memory.
  //
  // The kind of code that touches user memory. It determines what a fault means.
  enum class Toucher : uint8_t {
    kUserCode,
    kAttempt,   // kernel code, user-access flag set and with a fixup
    kNoFault,   // the same, but no fault is resolved
    kBareCode,  // kernel code with the user-access flag clear
  };
  enum class Touched : uint8_t { kDone, kRefused, kPanic };
  struct VerbModel;

  struct Armed {
    const Op* op;
    size_t index = 0;  // in the scenario
    bool fired = false;
  };

  // The bytes [start, end) that an attempt has read, or reads without a further fault.
  struct Cursor {
    uint64_t start = 0;
    uint64_t end = 0;
    MemoryHistory::ByteRun bytes = {};
    Toucher toucher = Toucher::kAttempt;
  };

  // Carries out `op` by the function that VerbModel's row names, and returns its outcome.
  Outcome CarryOut(const Op& op);

  // The pages that `gone` counts are absent from now on: frees their frames.
  void TakeAway(const MemoryHistory::PageCount& gone);

  // The verbs, one file for each family. Each function carries out an operation of the verbs whose
  // rows in the table of model.cc name the function. It returns the outcome and writes the rest of
  // the result to now_.
  // model_set_up.cc:
  Outcome Map(const Op& op);
  Outcome Unmap(const Op& op);
  Outcome Protect(const Op& op);
  Outcome Evict(const Op& op);
  Outcome Share(const Op& op);
  Outcome Grow(const Op& op);
  Outcome MapAgain(const Op& op);
  Outcome Fill(const Op& op);
  Outcome Truncate(const Op& op);
  Outcome SetFrames(const Op& op);
  Outcome Inject(const Op& op);
  // model_races.cc:
  Outcome Sleep(const Op& op);
  Outcome Space(const Op& op);
  // model_touches.cc:
  Outcome UserTouch(const Op& op);
  Outcome KernelTouch(const Op& op);
  // model_region.cc:
  Outcome Region(const Op& op);
  // Checks the `bytes` at op.address: ok if they may be accessed, or the error.
  Outcome AskAboutRegion(const Op& op, model_internal::Wide bytes);
  Outcome BadRange();
  // model_strings.cc:
  Outcome NullTerminated(const Op& op);
  // model_copy_str.cc:
  Outcome CopyString(const Op& op);
  Outcome CopyStringTo(const Op& op, uint64_t most, model_internal::Copied* copied);
  // The result of reading a string: ok or the error, and the bytes before the terminator or error.
  struct ReadText {
    Outcome outcome;
    uint64_t length = 0;
  };
  // Reads the string at `start`, at most `most` bytes. Appends the bytes read, the terminator
  // included, to `copied`, unless it is null.
  ReadText ReadString(uint64_t start, uint64_t most, model_internal::Copied* copied);
  // Notes the bytes at `start` that the access may touch: at most `most`.
  void NameStringToTouch(uint64_t start, uint64_t most);
  Outcome StringLength(const Op& op);
  Outcome CopyUntilNul(const Op& op);
  Outcome WriteString(const Op& op);
  // model_user_strings.cc:
  Outcome CopyStrings(const Op& op);
  Outcome CopyStringsTo(const Op& op, uint64_t most, model_internal::Copied* copied);
  // Reads the pointer at `address`. Returns ok with the pointer as the length, or the error.
  Outcome ReadPointer(uint64_t address);
  // If a copy to a kernel buffer of `most` bytes failed and `tail` is kZeroed: fills the rest of
  // the buffer with zeros.
  void FinishTail(Contract::Tail tail, const Outcome& outcome, uint64_t most,
                  model_internal::Copied* copied);
  // The state that the contract requires of the kernel's buffer after a failed call of `op`.
  Contract::Tail TailOf(const Op& op) const;
  // model_values.cc:
  Outcome ReadValue(const Op& op);
  // The outcome of a read that resulted in `outcome`. The kernel's buffer holds `value` if the
  // outcome is ok, and no part of `value` otherwise.
  Outcome ValueInBuffer(const Op& op, const Outcome& outcome, const std::string& value);
  // Reads the value at op.address, or stores `value` there, in the attempt under way. Returns false
  // if a fault is unresolved.
  bool ReadBytes(const Op& op, uint64_t size, Toucher toucher, std::string* value);
  bool StoreAtOnce(const Op& op, std::string_view value, Toucher toucher);
  Outcome WriteValue(const Op& op);
  // The same for a value that one store moves.
  Outcome StoreWhole(const Op& op, std::string_view value);
  // Checks the value at op.address: ok if all its bytes may be accessed with the rights `needed`,
  // or the error.
  Outcome AskAboutValue(const Op& op, uint64_t size, Perms needed);
  // model_atomics.cc:
  Outcome Atomic(const Op& op);
  // Touches the word for the operation; false if a fault is unresolved. Races may happen before.
  bool TouchWord(const Op& op);
  // Changes the word. Precondition: TouchWord returned true.
  Outcome ChangeWord(const Op& op);
  // model_no_fault.cc:
  Outcome RetryReading(const Op& op);
  Outcome RetryWriting(const Op& op);
  Outcome RetryExchange(const Op& op);
  // Calls `attempt()`, each time in a new attempt, until it returns true or no calls are left.
  template <typename Attempt>
  Outcome Retry(const Op& op, Attempt attempt);
  // model_copy_bytes.cc:
  Outcome CopyBytes(const Op& op);
  Outcome CopyBytesTo(const Op& op, uint64_t size, model_internal::Copied* copied);
  Outcome CopyOut(const Op& op);
  // The kernel's buffer of the access under way, empty. At most one for each access.
  model_internal::Copied BufferOfCall() {
    return {CurrentCall(), &buffers_[in_race_ ? 1 : 0], &now_.effects};
  }
  Outcome ZeroUser(const Op& op);
  // model_arrays.cc:
  Outcome ReadArray(const Op& op);
  Outcome WriteArray(const Op& op);
  Outcome ZeroArray(const Op& op);
  // The outcome for an array that is refused before any access; nothing for other arrays.
  std::optional<Outcome> RefusalOfArray(const Op& op);
  // model_versioned.cc:
  Outcome ReadVersioned(const Op& op);
  Outcome WriteVersioned(const Op& op);
  // model_io_vec.cc:
  Outcome IoVec(const Op& op);
  // Reads the table that `op` names into `*segments`. Returns ok or the error.
  Outcome FetchTable(const Op& op, std::vector<model_internal::Segment>* segments);
  // Moves the bytes [from, to) of all segments: to the end of `*loaded`, or from the letters of
  // `op`.
  Outcome MoveSegments(const Op& op, std::span<const model_internal::Segment> segments,
                       uint64_t from, uint64_t to, std::string* loaded);
  // Ok, or the error for a size or an address of a struct that is rejected before any access.
  Outcome CheckVersion(const Op& op) const;

  // The outcome of a use of `length` elements of `size` bytes at `start`, which the library handed
  // out, by kernel code with the user-access flag clear.
  Outcome UseResult(uint64_t start, uint64_t length, uint64_t size, bool is_mutable);
  // Reads [start, end). A mutable access then also changes the first and the last byte.
  Touched ReadAll(uint64_t start, uint64_t end, bool is_mutable, Toucher toucher,
                  uint64_t* fingerprint);

  // Makes the checks of [start, end) that the contract requires before an access; with `populate`,
  // also populates its pages. Returns an errno number or 0.
  int Ask(uint64_t start, uint64_t end, bool is_mutable, bool populate);
  int AskFor(uint64_t start, uint64_t end, Perms needed, bool populate);
  int AskAreas(uint64_t start, uint64_t end, Perms needed, bool populate);
  // Notes the errors that a library may get if it checks more than the contract requires.
  void NoteWhatMayBeAsked(uint64_t start, uint64_t end, Perms needed, bool populate);
  // The same as Ask, for a contract without permission checks of areas.
  int AskNoAreas(uint64_t start, uint64_t end, Perms needed, bool populate);
  // Whether every check and population that the contract allows for the range would succeed.
  bool MayPopulate(uint64_t start, uint64_t end, Perms needed) const;
  // The error of populating [start, end), an errno number; 0: none.
  int PopulationError(uint64_t start, uint64_t end, bool store) const;
  // One call of with_addr_space. Checks all of [start, end); if that fails, checks each page until
  // one fails. Returns the end of the accessible bytes, and sets `*error` to the errno number of
  // the failure, or to 0 if the result is `end`.
  uint64_t AskForPrefix(uint64_t start, uint64_t end, Perms needed, int* error);
  // Loads `size` bytes from `start` on, as a library call does, and appends the loaded bytes to
  // `*bytes`. Returns ok, or an error with the number of loaded bytes.
  Outcome LoadBytes(uint64_t start, uint64_t size, std::string* bytes);
  // The bytes of a store. They repeat after `period` bytes; 0: all are zeros.
  struct Stored {
    std::string_view bytes;  // `size` of them, unless all are zeros
    uint64_t size = 0;
    uint64_t period = 0;

    static Stored Bytes(std::string_view all) { return {all, all.size(), all.size()}; }
    static Stored Letters(std::string_view letters) {
      return {letters, letters.size(), kCopiedOutPeriod};
    }
    static Stored Zeros(uint64_t count) { return {"", count, 0}; }
    // The bytes [from, to), as a pattern that repeats.
    std::string_view Pattern(uint64_t from, uint64_t to) const {
      return period == 0 ? "" : bytes.substr(from, std::min(period, to - from));
    }
  };
  // The first `size` bytes of the letters that `op` copies to the user: what the kernel's buffer of
  // the access under way holds.
  std::string_view LettersInBuffer(const Op& op, uint64_t size) {
    const std::string_view letters = LettersOf(op, size);
    model_internal::NoteBuffer(CurrentCall(), letters, &now_.effects);
    return letters;
  }
  // Stores to user memory at `start`, likewise. `before`: bytes that the call has stored elsewhere.
  Outcome StoreBytes(uint64_t start, const Stored& stored, uint64_t before = 0);
  // Notes that the contract lets the library reject a call as a whole that could do a part.
  void NoteRefusalOfAll();
  bool IsPermitted(uint64_t start, uint64_t end, Perms needed) const;
  int Populate(uint64_t start, uint64_t end, bool store);
  void MakePresent(uint64_t start, uint64_t end);

  // The bytes before `address`, from the result on, that a library may still touch after a fault at
  // `address`, since it may move words, and the parts of a struct in any order; their rights and
  // contents.
  uint64_t FirstInDoubt(uint64_t address) const;
  std::string SeenBefore(uint64_t address) const;
  // Whether a raced access at the fault of a store at `address` may find bytes that the model has
  // stored and the library has not. `raced_before`: the number of raced accesses before the fault.
  bool IsSeenHalfStored(uint64_t address, size_t raced_before) const;
  // Whether the library may populate pages before it touches them, where the model waits for the
  // fault.
  bool MayPopulateAhead() const;
  // The frames that the library may have taken for such pages.
  uint64_t FramesHeldAhead() const;
  // Accesses the byte at `address`, with a fault if needed. On kDone, each byte before
  // `*same_until` has the same result.
  Touched Touch(uint64_t address, bool store, Toucher toucher, uint64_t* same_until);
  // The same for a store that inverts `flipped_bits` of the byte; on kDone the byte is changed.
  Touched Store(uint64_t address, uint8_t flipped_bits, Toucher toucher, uint64_t* same_until);
  // The kernel panics because of an access to the byte at `address`.
  Touched Panic(uint64_t address);
  // With smap=on: a panic for kernel code other than the library's, also if the page is present,
  // since user access is closed for that code. With smap=off: returns kDone.
  Touched PreventAccess(uint64_t address, bool store);
  // The fault at `address` is unresolved: a panic if the library has no fixup, else kRefused.
  Touched Refuse(uint64_t address, Toucher toucher);
  // Reads the byte at `address` and the rest of its run. Returns false if a fault is unresolved;
  // the outcome of the access is then Unreadable().
  bool Read(uint64_t address, Cursor* cursor);
  // Checks further pages of the array at op.address, from `*checked_end` on, and advances
  // `*checked_end`. Then begins an attempt. Returns ok or the error. `wanted_end`: the end of the
  // bytes to be read next.
  Outcome AskAboutElements(const Op& op, model_internal::Wide wanted_end, uint64_t* checked_end);
  // Returns the length of the array at op.address in elements, or the error.
  Outcome ScanForTerminator(const Op& op);
  // Returns ok, EILSEQ, or Unreadable() if a byte can no longer be read.
  Outcome CheckUtf8(uint64_t start, uint64_t end);
  // The outcome of a read with an unresolved fault: EFAULT after `done` bytes, or a panic.
  Outcome Unreadable(uint64_t done = 0) const;

  const Expectation& Proceed(const Op& op);
  // Begins an attempt, if the library makes recoverable user accesses (attempts) at all.
  void BeginAttempt();
  // Takes the lock, if the contract allows holding it for longer than one check. EndLocked releases
  // it.
  void BeginLocked();
  // Takes the lock whatever the contract. Returns false if an injected failure prevents that.
  bool TakeLock();
  void EndLocked();

  // The access has reached `point` for the `nth` time, at an address in [start, end). Carries out
  // the races that happen here.
  void Reach(RacePoint point, uint64_t nth, uint64_t start, uint64_t end);
  void ReachByCount(RacePoint point, uint64_t nth);
  // Whether the run's next race happened at `point`, at the current progress of the access.
  bool IsNextHere(RacePoint point) const;
  // Carries out the run's next race.
  void CarryOutNext();
  // Carries out the races at loads below `end` in the attempt under way, and makes those loads.
  // Returns false if a fault is unresolved.
  bool FireLoads(uint64_t end, Toucher toucher = Toucher::kAttempt);
  // Carries out the armed operation in the middle of an access. `got`: its outcome in the run.
  void CarryOutRace(Armed* armed, const Outcome& got);
  // Notes whether results from the race of `op` on depend on frames that the library took ahead of
  // the model: `held_ahead` before the race, when `free_before` frames were free.
  void NoteFramesHeldAhead(const Op& op, uint64_t held_ahead, uint64_t free_before);
  // The number of bytes that a call of `op` moved before its error, if the contract leaves that
  // number to the library and the outcome `got` of the run contains it.
  std::optional<uint64_t> DoneToldBy(const Op& op, const Outcome& got) const;
  // Carries out the races of the run that match no point of the model.
  void CarryOutMisplaced();
  // The address of the next race at a load in the attempt under way; UINT64_MAX: none.
  uint64_t NextLoadRace() const;
  // model_inject.cc: failures that `inject` lines cause.
  // Whether the subject makes exactly as many checks as the model.
  bool AreCountsExact() const {
    return counts_exactly_ && contract_->counts == Contract::Counts::kExact;
  }
  // Whether the model counts the operations that an `inject` line can fail.
  bool CountsInjections() const { return AreCountsExact(); }
  // Whether a pending `inject` line can still fail a population or a lock.
  bool MayInject() const;
  // Counts one operation at `point`. Returns whether an injected failure makes it fail.
  bool IsInjected(InjectPoint point);
  // Takes up to `frames` free frames, one after the other. Returns the number taken before one that
  // fails. Precondition: `frames` are free.
  uint64_t TakeFrames(uint64_t frames);
  // Whether a system call that takes `frames` frames, all or none, gets them.
  bool HasFrames(uint64_t frames);

  // Makes memory_ and pages_ those of address space `space`.
  void EnterSpace(uint64_t space);
  // The task that sleeps, if one does, resumes.
  void WakeUp();

  // Writes the state of the machine to now_.
  void NoteState(const Op& op);
  // The CallNumber of the access under way.
  uint64_t CurrentCall() const { return CallNumber(steps_ - 1, in_race_ ? 1 : 0); }
  uint64_t PresentInReach(const Op& op) const;

  const Contract* contract_;
  bool makes_attempts_ = true;
  bool counts_exactly_ = true;
  MachineConfig config_;
  MemoryHistory memory_;
  // The address space that memory_ and pages_ are of, the other one, and that of each CPU. An
  // address space is a process's: frames are shared.
  struct OtherSpace {
    MemoryHistory memory;
    MemoryHistory::PageCount pages;
  };
  uint64_t space_ = 0;
  OtherSpace other_space_;
  std::array<uint64_t, kMaxCpus> space_of_cpu_ = {};
  uint64_t task_space_ = 0;         // of the access under way
  uint64_t free_ = 0;               // frames
  MemoryHistory::PageCount pages_;  // populated pages of the whole window
  uint64_t alias_pages_ = 0;        // mapped by `alias`, whatever was unmapped
  // By point: the number of the operation that fails, from 1; 0: none.
  std::array<uint64_t, kInjectPointCount> inject_left_ = {};
  uint64_t told_injected_ = 0;  // injected failures of the run in this operation
  size_t steps_ = 0;            // operations so far
  bool stopped_ = false;        // by a panic
  std::vector<Armed> armed_;
  std::array<std::string, 2> buffers_;  // memory of BufferOfCall, of an access and of a raced one
  std::vector<size_t> raced_ops_;
  bool is_told_ = false;               // whether the run says where races happen
  std::span<const FiredRace> fired_;   // races of this access not carried out yet
  const Op* current_ = nullptr;        // the operation under way
  std::optional<uint64_t> told_done_;  // DoneToldBy the run, of the call under way
  bool lock_held_ = false;             // from BeginLocked to EndLocked
  uint64_t checks_under_lock_ = 0;     // since BeginLocked
  bool panicked_ = false;              // an access to a byte made the kernel panic
  bool in_race_ = false;               // a raced access is under way
  uint8_t cpu_ = 0;                    // the CPU of the access under way
  // The place of the latest `sleep` in the access under way: what happens there after it happens
  // while the task of the access sleeps.
  std::optional<Race> sleeps_at_;
  bool race_panicked_ = false;  // the raced access panicked: the result is at_panic_
  Expectation at_panic_;
  Expectation now_;  // of the operation under way
};

}  // namespace sim

#endif  // SIM_ORACLE_MODEL_H_
