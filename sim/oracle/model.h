// The second opinion: predicts from plain integers what every operation of a scenario comes to.
//
// It sees scenarios only, never the machine nor the library, and works by another algorithm than
// they do: memory is a history (memory_history.h), ranges are 128-bit numbers that cannot wrap,
// strings are read a byte at a time, UTF-8 is decoded to code points.
//
// What it predicts is what a contract promises (contract.h). Where races go off it does not
// predict: it is told by what the run left (FiredRace), and carries each one out at the place in
// its own work that the run names. A race that never went off never happens.
//
// All is determined, races included, where the contract leaves no room, given these rules of
// reading:
// - Bytes are read in ascending order; all of one page before the first of the next.
// - Each element of an array that ends in a terminator is read whole, the terminator too. A string
//   is read to its end before it is called ill-formed: memory that is gone wins. One that is copied
//   is too long before it is ill-formed, and what counts is the copy. Each byte that was read is in
//   the copy, the terminator too, whatever the outcome; the rest of the buffer stays as it was.
// - An access that stores reads all bytes first. Then it changes the first one, and then the last
//   one, each by one instruction that faults as a store: a fault at the second leaves the first
//   changed. What is changed is what is there by then. A user's store touches each page, and
//   changes the first byte only.
// - A race at `use` goes off when the library said ok, also to no bytes at all; of an access, as
//   soon as the function of the caller runs.
// - How many bytes one load reads is the library's own business, and it may load bytes of a page
//   that it turns out not to need. A race at a load goes off when all bytes in front of that load
//   have been read, and then the load happens.
// - An access that is raced is one of another CPU; of the CPU whose access is under way it never
//   happens, but for a call of the library at `use`, which the caller makes before it uses the
//   memory, in the middle of an access perhaps. Nothing is raced against it in turn.
// - The call in the middle of an access has attempts of its own. What it cannot touch is its own
//   error; the access goes on, and finds the memory as it is then.
// - Only faults that the kernel looks into set off races: not those of kernel code with the flag
//   clear, nor those outside the window.
// - Population of a range with a hole (lock=off and a race after the check) is EFAULT and populates
//   nothing; permissions and USER are not asked again.
#ifndef SIM_ORACLE_MODEL_H_
#define SIM_ORACLE_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/oracle/contract.h"
#include "sim/oracle/expectation.h"
#include "sim/oracle/memory_history.h"
#include "sim/oracle/model_arithmetic.h"
#include "sim/oracle/model_copied.h"
#include "sim/oracle/model_io_vec.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/scenario.h"

namespace sim {

class Model {
 public:
  // `contract` has to stay valid.
  explicit Model(const MachineConfig& config, const Contract& contract = kAxptrContract)
      : contract_(&contract) {
    Reset(config);
  }

  const Contract& contract() const { return *contract_; }

  // Whether the subject tells the machine of its attempts (at first: yes). If not, how many there
  // were when a race went off says nothing of where it was.
  void set_makes_attempts(bool makes_attempts) { makes_attempts_ = makes_attempts; }

  // Whether the subject asks, locks and attempts exactly as often as the model, where the counts of
  // the contract are exact (at first: yes). If not, the model is told which failures were injected.
  void set_counts_exactly(bool counts_exactly) { counts_exactly_ = counts_exactly; }

  // A new machine with nothing mapped. Keeps its memory, and the contract.
  void Reset(const MachineConfig& config);
  // The same, with another contract, which has to stay valid.
  void Reset(const MachineConfig& config, const Contract& contract);

  // A race that went off in an access, as the run shows it: how far the access was at that moment.
  struct FiredRace {
    size_t op_index = 0;  // the armed operation, in the scenario
    RacePoint point = RacePoint::kCheck;
    // How many there had been in the access, with the one at which the race went off.
    uint64_t checks = 0;
    uint64_t attempts = 0;
    uint64_t faults = 0;
    // Of the load, or of the fault, or the first one that was checked; at `use` 0.
    uint64_t address = 0;
    // What the armed operation came to.
    Outcome outcome = {};
  };

  // Carries out the next operation of a run, and predicts its result. Any operation is fine. One
  // that is armed as a race has to stay where it is until the next access is over. `fired`: the
  // races that went off in this access, in their order. `got`: the outcome in the run, of which the
  // model looks only at how many bytes an error reports as done, and only where the contract leaves
  // that to the library. `injected`: how many failures the run brought about in it, which the model
  // is told where the counts of the contract are free, and predicts where they are exact. The
  // result is valid until the next call.
  const Expectation& Replay(const Op& op, std::span<const FiredRace> fired,
                            const Outcome& got = Outcome(), uint64_t injected = 0);

  // The same without a run: the n-th check or fault is the n-th that the model makes, and races at
  // loads do not go off.
  const Expectation& Step(const Op& op);

  // The race lines whose operations were carried out since the last Reset, as operations of the
  // scenario.
  const std::vector<size_t>& raced_ops() const { return raced_ops_; }

 private:
  // Who touches user memory, and so what a fault means.
  enum class Toucher : uint8_t {
    kUserCode,
    kAttempt,   // kernel code, under the flag and with a way back
    kNoFault,   // the same, and no fault is resolved
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
    MemoryHistory::ByteRun bytes = {};
    Toucher toucher = Toucher::kAttempt;
  };

  // Carries out `op` by the function that VerbModel's row names, and returns its outcome.
  Outcome CarryOut(const Op& op);

  // Gives back the frames of the pages in [start, end), which are about to go.
  void GiveBackPages(uint64_t start, uint64_t end);

  // The verbs, a file for each family. Each function carries out an operation of the verbs whose
  // rows name it, and returns its outcome; the rest of its result is in now_.
  // model_set_up.cc:
  Outcome Map(const Op& op);
  Outcome Unmap(const Op& op);
  Outcome Protect(const Op& op);
  Outcome Evict(const Op& op);
  Outcome Share(const Op& op);
  Outcome Fill(const Op& op);
  Outcome Truncate(const Op& op);
  Outcome SetFrames(const Op& op);
  Outcome Inject(const Op& op);
  // model_touches.cc:
  Outcome UserTouch(const Op& op);
  Outcome KernelTouch(const Op& op);
  // model_region.cc:
  Outcome Region(const Op& op);
  // Ok where the `bytes` at op.address may be touched, or the error.
  Outcome AskAboutRegion(const Op& op, model_internal::Wide bytes);
  Outcome BadRange();
  // model_strings.cc:
  Outcome NullTerminated(const Op& op);
  // model_copy_str.cc:
  Outcome CopyString(const Op& op);
  Outcome CopyStringTo(const Op& op, uint64_t most, model_internal::Copied* copied);
  // A string that was read: an outcome of ok, or the error, and the bytes before the terminator or
  // the error.
  struct ReadText {
    Outcome outcome;
    uint64_t length = 0;
  };
  // Reads the string at `start`, of which at most `most` bytes. What is read, the terminator too,
  // goes to `copied` and to `text`, unless null.
  ReadText ReadString(uint64_t start, uint64_t most, model_internal::Copied* copied,
                      std::string* text);
  // The bytes of a string at `start` that may be touched: `most` at most.
  void NameStringToTouch(uint64_t start, uint64_t most);
  Outcome StringLength(const Op& op);
  Outcome CopyUntilNul(const Op& op);
  Outcome WriteString(const Op& op);
  // model_user_strings.cc:
  Outcome CopyStrings(const Op& op);
  Outcome CopyStringsTo(const Op& op, uint64_t most, model_internal::Copied* copied);
  // Reads the pointer at `address`. Ok, with the pointer as the length, or the error.
  Outcome ReadPointer(uint64_t address);
  // Where a copy to `most` bytes of the kernel has failed: its tail, which is `tail`.
  void FinishTail(Contract::Tail tail, const Outcome& outcome, uint64_t most,
                  model_internal::Copied* copied);
  // What the contract says of the kernel's buffer where a call of `op` fails.
  Contract::Tail TailOf(const Op& op) const;
  // model_values.cc:
  Outcome ReadValue(const Op& op);
  // The outcome of a read that came to `outcome`, with the value in the kernel's buffer if that is
  // ok, and no part of it otherwise.
  Outcome ValueInBuffer(const Op& op, const Outcome& outcome, const std::string& value);
  // Reads the value at op.address, or makes it `value`, in the attempt under way. False: the memory
  // is not there.
  bool ReadBytes(const Op& op, uint64_t size, Toucher toucher, std::string* value);
  bool StoreAtOnce(const Op& op, const std::string& value, Toucher toucher);
  Outcome WriteValue(const Op& op);
  // The same of a value that is moved by one store.
  Outcome StoreWhole(const Op& op, const std::string& value);
  // Ok where all of the value at op.address may be touched with the rights `needed`, or the error.
  Outcome AskAboutValue(const Op& op, uint64_t size, Perms needed);
  // model_atomics.cc:
  Outcome Atomic(const Op& op);
  // Whether the word is there for the operation. Another CPU may act before.
  bool TouchWord(const Op& op);
  // Changes the word, which is there.
  Outcome ChangeWord(const Op& op);
  // model_no_fault.cc:
  Outcome RetryReading(const Op& op);
  Outcome RetryWriting(const Op& op);
  Outcome RetryExchange(const Op& op);
  // Calls `attempt()` in attempts, until it returns true.
  template <typename Attempt>
  Outcome Retry(const Op& op, Attempt attempt);
  // model_copy_bytes.cc:
  Outcome CopyBytes(const Op& op);
  Outcome CopyBytesTo(const Op& op, uint64_t size, model_internal::Copied* copied);
  Outcome CopyOut(const Op& op);
  // The bytes that a copy to the user is of, `size` of them, which are in the kernel's buffer.
  std::string BytesFromBuffer(const Op& op, uint64_t size);
  Outcome ZeroUser(const Op& op);
  // model_versioned.cc:
  Outcome ReadVersioned(const Op& op);
  Outcome WriteVersioned(const Op& op);
  // model_io_vec.cc:
  Outcome IoVec(const Op& op);
  // Ok and what the table that `op` names says, or the error.
  Outcome FetchTable(const Op& op, std::vector<model_internal::Segment>* segments);
  // Moves the bytes [from, to) of all segments, to `*bytes` or from it.
  Outcome MoveSegments(const Op& op, std::span<const model_internal::Segment> segments,
                       uint64_t from, uint64_t to, std::string* bytes);
  // Ok, or the error of a struct of a size or at an address that is refused unseen.
  Outcome CheckVersion(const Op& op) const;

  // The outcome of a use by bare code of `length` elements of `size` bytes that the library handed
  // out at `start`.
  Outcome UseResult(uint64_t start, uint64_t length, uint64_t size, bool is_mutable);
  // Reads [start, end), for a mutable access also changes the first and the last byte.
  Touched ReadAll(uint64_t start, uint64_t end, bool is_mutable, Toucher toucher,
                  uint64_t* fingerprint);

  // What the contract asks about [start, end) before it is touched: whether it may be accessed, and
  // if `populate` is set its pages are populated. Returns an errno number or 0.
  int Ask(uint64_t start, uint64_t end, bool is_mutable, bool populate);
  int AskFor(uint64_t start, uint64_t end, Perms needed, bool populate);
  int AskAreas(uint64_t start, uint64_t end, Perms needed, bool populate);
  // Notes what the library may be told where it asks more than it has to.
  void NoteWhatMayBeAsked(uint64_t start, uint64_t end, Perms needed, bool populate);
  // The same as Ask, where the contract does not ask areas.
  int AskNoAreas(uint64_t start, uint64_t end, Perms needed, bool populate);
  // Whether the library would be granted all that it may ask for.
  bool MayPopulate(uint64_t start, uint64_t end, Perms needed) const;
  // Whether populating [start, end) would be refused; 0: it would not.
  int PopulationError(uint64_t start, uint64_t end, bool store) const;
  // One call of with_addr_space, which asks about all of [start, end), and where that fails about
  // each of its pages until one fails. Returns the end of what may be accessed; sets `*error` to
  // why that is not `end`, an errno number, or to 0.
  uint64_t AskForPrefix(uint64_t start, uint64_t end, Perms needed, int* error);
  // Loads `size` bytes from `start` on, as a call of the library does, and appends those that were
  // loaded to `*bytes`. Ok, or an error with how many they are.
  Outcome LoadBytes(uint64_t start, uint64_t size, std::string* bytes);
  // Stores `bytes` to user memory from `start` on, likewise. The call has stored `before` bytes
  // elsewhere.
  Outcome StoreBytes(uint64_t start, const std::string& bytes, uint64_t before = 0);
  // Notes that the contract lets the library refuse a call that could do a part.
  void NoteRefusalOfAll();
  bool IsPermitted(uint64_t start, uint64_t end, Perms needed) const;
  int Populate(uint64_t start, uint64_t end, bool store);
  void MakePresent(uint64_t start, uint64_t end);

  // What is in front of the byte at `address`, where a library that moves words, and its pages in
  // any order, may touch it after a fault there: rights and bytes.
  std::string SeenBefore(uint64_t address) const;
  // Makes an access to the byte at `address` happen, by a fault if need be. Done: the same would
  // come of all bytes up to `*same_until`.
  Touched Touch(uint64_t address, bool store, Toucher toucher, uint64_t* same_until);
  // The same of a store that inverts `flipped_bits` of the byte; then it happens.
  Touched Store(uint64_t address, uint8_t flipped_bits, Toucher toucher, uint64_t* same_until);
  // The kernel ends because it touched the byte at `address`.
  Touched Panic(uint64_t address);
  // With smap=on, the same of kernel code that is not the library's: user access is closed for it,
  // also where the page is there. Without, it may try.
  Touched PreventAccess(uint64_t address, bool store);
  // The kernel has no page for the byte at `address`.
  Touched Refuse(uint64_t address, Toucher toucher);
  // Reads the byte at `address` and what goes with it; false if that was refused:
  // then the outcome of the access is Unreadable().
  bool Read(uint64_t address, Cursor* cursor);
  // Asks about further pages of the array at op.address, from `*checked_end` on, and moves that;
  // then an attempt begins. Ok, or the error. `wanted_end`: of what is to be read next.
  Outcome AskAboutElements(const Op& op, model_internal::Wide wanted_end, uint64_t* checked_end);
  // The length of the array at op.address in elements; or, not ok, the error.
  Outcome ScanForTerminator(const Op& op);
  // Ok, or the error: EILSEQ, or Unreadable() where the bytes are gone.
  Outcome CheckUtf8(uint64_t start, uint64_t end);
  // The outcome of a read of which a byte could not be read.
  Outcome Unreadable(uint64_t done = 0) const;

  const Expectation& Proceed(const Op& op);
  // An attempt begins, if the library makes any.
  void BeginAttempt();
  // The lock is held from here on, if the contract lets it be held for more than a question; and no
  // longer.
  void BeginLocked();
  // The same, whatever the contract. Returns whether the lock was not refused.
  bool TakeLock();
  void EndLocked();

  // The access has reached `point`, for the `nth` time, at an address in [start, end): races that
  // go off here are carried out.
  void Reach(RacePoint point, uint64_t nth, uint64_t start, uint64_t end);
  void ReachByCount(RacePoint point, uint64_t nth);
  // Whether the run's next race went off at `point`, as far on as the access is now.
  bool IsNextHere(RacePoint point) const;
  // The run's next race.
  void CarryOutNext();
  // Fires those at loads below `end` in the attempt under way, and makes those loads. Returns false
  // if one was refused.
  bool FireLoads(uint64_t end, Toucher toucher = Toucher::kAttempt);
  // Carries out what is armed, in the middle of an access. `got`: what it came to in the run.
  void CarryOutRace(Armed* armed, const Outcome& got);
  // How many bytes a call of `op` moved before its error, if the contract leaves that to the
  // library, and the outcome `got` of the run says it.
  std::optional<uint64_t> DoneToldBy(const Op& op, const Outcome& got) const;
  // Those of the run that have found no place.
  void CarryOutMisplaced();
  // Where the next race at a load will fire in the attempt under way; UINT64_MAX: nowhere.
  uint64_t NextLoadRace() const;
  // model_inject.cc: failures that `inject` lines bring about.
  // Whether the model knows how often the subject asks.
  bool AreCountsExact() const {
    return counts_exactly_ && contract_->counts == Contract::Counts::kExact;
  }
  // Whether the model counts what may fail.
  bool CountsInjections() const { return AreCountsExact(); }
  // Whether a population or a lock is to fail at some time from now on.
  bool MayInject() const;
  // `point` is reached once. Returns whether it fails.
  bool IsInjected(InjectPoint point);
  // So many frames are taken, one after the other, of those that are free. Returns how many there
  // are before one that fails.
  uint64_t TakeFrames(uint64_t frames);
  // Whether a system call that takes so many frames, all or none, gets them.
  bool HasFrames(uint64_t frames);

  // Puts the state of the machine into now_.
  void NoteState(const Op& op);
  // The CallNumber of the access under way.
  uint64_t CurrentCall() const { return CallNumber(steps_ - 1, in_race_ ? 1 : 0); }
  uint64_t PresentInReach(const Op& op) const;

  const Contract* contract_;
  bool makes_attempts_ = true;
  bool counts_exactly_ = true;
  MachineConfig config_;
  MemoryHistory memory_;
  uint64_t free_ = 0;               // frames
  MemoryHistory::PageCount pages_;  // of the whole window
  // By point: which one fails, from 1; 0: none.
  std::array<uint64_t, kInjectPointCount> inject_left_ = {};
  uint64_t told_injected_ = 0;  // failures that the run brought about in the operation
  size_t steps_ = 0;            // operations so far
  bool stopped_ = false;        // by a panic
  std::vector<Armed> armed_;
  std::vector<size_t> raced_ops_;
  bool is_told_ = false;               // where races go off
  std::span<const FiredRace> fired_;   // of the access under way: those not carried out yet
  const Op* current_ = nullptr;        // the operation under way
  std::optional<uint64_t> told_done_;  // DoneToldBy the run, of the call under way
  bool lock_held_ = false;             // from BeginLocked to EndLocked
  uint64_t checks_under_lock_ = 0;     // since then
  bool panicked_ = false;              // a byte that was touched ended the kernel
  bool in_race_ = false;               // an access that was raced is under way
  bool race_panicked_ = false;         // ... and panicked: at_panic_ is all there is to say
  Expectation at_panic_;
  Expectation now_;  // of the operation under way
};

}  // namespace sim

#endif  // SIM_ORACLE_MODEL_H_
