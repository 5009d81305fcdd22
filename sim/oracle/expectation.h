// What the model says of one operation.
#ifndef SIM_ORACLE_EXPECTATION_H_
#define SIM_ORACLE_EXPECTATION_H_

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"
#include "sim/scenario/perms.h"
#include "sim/scenario/verb.h"

namespace sim {

// The outcomes that an access may have.
struct Prediction {
  // The outcome that is allowed: the only one where the contract leaves no room, races included.
  Outcome outcome;
  // Errors that the contract allows as well, where it lets the library ask more than it has to.
  std::vector<int> also_errors = {};
  // How many bytes less than outcome.length an error may report as done; but none at all only
  // where none could be.
  uint64_t early_bytes = 0;
  // Whether an error of also_errors may report that nothing was done, where something could be.
  bool may_refuse_all = true;
  // Whether the model was told how many bytes the call moved before its error: those, and no
  // others, are moved in the model.
  bool is_done_told = false;
  // What the kernel's buffer holds is open: after an error, or in any case.
  bool is_tail_open = false;
  bool is_buffer_open = false;

  bool PredictsPanic() const { return outcome.kind == Outcome::Kind::kPanic; }

  // Whether an error may say that `done` bytes were done before it.
  bool AllowsDone(uint64_t done) const {
    if (done >= outcome.length) return done == outcome.length;
    return done != 0 && outcome.length - done <= early_bytes;
  }

  // Whether a refusal that the contract leaves to the library may come after `done` bytes.
  bool AllowsRefusalAfter(uint64_t done) const {
    const bool could_do_some = outcome.kind == Outcome::Kind::kOk || outcome.length != 0;
    if (done == 0) return may_refuse_all || !could_do_some;
    return outcome.kind != Outcome::Kind::kError || done <= outcome.length;
  }

  // Whether `got` is allowed. Fields that its kind does not use are not looked at, nor is the
  // fingerprint where the contents were not seen.
  bool Allows(const Outcome& got, bool contents_unseen = false) const {
    for (const int error : also_errors) {
      if (got.IsError(error) && AllowsRefusalAfter(got.length)) return true;
    }
    if (got.kind != outcome.kind) return false;
    switch (got.kind) {
      case Outcome::Kind::kOk:
        return got.length == outcome.length &&
               (contents_unseen || got.fingerprint == outcome.fingerprint);
      case Outcome::Kind::kError:
        return got.IsError(outcome.error) && AllowsDone(got.length);
      case Outcome::Kind::kPanic:
      case Outcome::Kind::kArmed:
      case Outcome::Kind::kNotRun:
      case Outcome::Kind::kNotOffered:
        return true;
    }
    return false;
  }
};

// Whether user memory may hold other bytes than the model's after an access of `op` for which
// `predicted` is predicted, and which came to `got`, as the contract allows.
inline bool MayHoldOtherBytes(const Op& op, const Prediction& predicted, const Outcome& got) {
  if (!IsMutable(op.verb) || predicted.is_done_told || !predicted.Allows(got)) return false;
  // A part of a struct may be stored, which no one tells; but not before its size is looked at.
  const bool is_refused_unseen = got.IsError(EINVAL) || got.IsError(E2BIG);
  const bool is_part_stored = InfoOf(op.verb).extent == Extent::kStruct &&
                              got.kind == Outcome::Kind::kError && !is_refused_unseen &&
                              predicted.early_bytes > 0;
  return is_part_stored || !got.Fulfils(predicted.outcome);
}

struct Expectation : Prediction {
  // Whether the contract leaves open which pages are populated afterwards.
  bool is_state_open = false;
  // Whether it leaves open what comes of the access: the model refuses a page that the library may
  // have populated before another CPU took the right, or the frames, to do so; or another CPU
  // changed, at a fault, what the library may touch before the fault or after it.
  bool is_outcome_open = false;
  // Whether another CPU took rights or frames while the access asked for them, after they were
  // there.
  bool was_grant_taken = false;
  // Of a panic, which only the scenario itself can bring about here: the address of the fault.
  uint64_t panic_address = 0;
  // Whether that fault is one of smap=on: the page is there, and user access is closed.
  bool is_prevented = false;
  // What else an access of the library does.
  Effects effects;

  // Of an access of the library: the bytes that it may touch, if the address space agrees. Of a
  // string: all up to the end of the window.
  uint64_t touch_start = 0;
  uint64_t touch_bytes = 0;

  // Of an access to memory that other memory names: all that it may touch, in order, each with the
  // rights to it. Empty: what is above, with the rights of the verb.
  struct Part {
    uint64_t start = 0;
    uint64_t bytes = 0;
    Perms rights = 0;
  };
  std::vector<Part> parts;
  // How many bytes of user memory it may load again, since several parts have them.
  uint64_t loaded_again = 0;

  // Whether the address space may be asked; not where alignment or size decide already.
  bool may_ask = false;

  // What happens on the way, of an access of the library: as often as that, where the contract's
  // counts are exact (check_counts.h).
  uint64_t checks = 0;       // permission checks
  uint64_t populations = 0;  // populate_area
  uint64_t locks = 0;        // the lock of the address space is taken
  uint64_t attempts = 0;     // attempts to touch user memory
  // What the simulated kernel sees, and does.
  uint64_t faults = 0;              // faults that it looks into
  uint64_t raced = 0;               // armed operations that are carried out
  bool populated_by_fault = false;  // a fault brings a page in, or copies a shared one
  uint64_t injected = 0;            // failures that `inject` lines bring about
  // Whether it is not known where in the access they happen, or what they do there.
  bool is_injection_open = false;
  // Whether a population or a lock of the access may be one that fails.
  bool may_be_injected = false;
  // Whether one of them is a call that the caller makes inside the access.
  bool is_nested = false;
  // Of those races, as operations of the scenario: the ones that went off where the contract has no
  // such place. They are carried out when the access is over.
  std::vector<size_t> misplaced_races;
  // What the accesses among those come to, in order.
  struct RacedAccess : Prediction {
    size_t op_index = 0;  // in the scenario
    Effects effects;
  };
  std::vector<RacedAccess> raced_accesses;
  // And the set-up operations.
  struct RacedSetUp {
    size_t op_index = 0;  // in the scenario
    Outcome outcome;
  };
  std::vector<RacedSetUp> raced_set_ups;

  // The state afterwards.
  uint64_t frames_free = 0;
  uint64_t pages_populated = 0;
  uint64_t pages_shared = 0;        // of those: in no frame of ours
  uint64_t populated_in_reach = 0;  // as in OpRecord: bit i is the i-th page from FirstPageInReach
};

}  // namespace sim

#endif  // SIM_ORACLE_EXPECTATION_H_
