// The model's prediction for one operation.
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

// The outcomes that are allowed for an access.
struct Prediction {
  // The predicted outcome: the only one allowed where the contract leaves no room, races included.
  Outcome outcome;
  // Further errors that the contract allows, because the library may make more checks than
  // required.
  std::vector<int> also_errors = {};
  // An error may report up to this many bytes less than outcome.length as done. It may report 0
  // only if outcome.length is 0.
  uint64_t early_bytes = 0;
  // Whether an error of also_errors may report 0 bytes done although some could be done.
  bool may_refuse_all = true;
  // Whether the run told the model how many bytes the call moved before its error. Exactly those
  // bytes are moved in the model.
  bool is_done_told = false;
  // The contract leaves the contents of the kernel's buffer open: after an error; in any case.
  bool is_tail_open = false;
  bool is_buffer_open = false;

  bool PredictsPanic() const { return outcome.kind == Outcome::Kind::kPanic; }

  // Whether an error may report `done` bytes.
  bool AllowsDone(uint64_t done) const {
    if (done >= outcome.length) return done == outcome.length;
    return done != 0 && outcome.length - done <= early_bytes;
  }

  // Whether an error that the contract leaves to the library may come after `done` bytes.
  bool AllowsRefusalAfter(uint64_t done) const {
    const bool could_do_some = outcome.kind == Outcome::Kind::kOk || outcome.length != 0;
    if (done == 0) return may_refuse_all || !could_do_some;
    return outcome.kind != Outcome::Kind::kError || done <= outcome.length;
  }

  // Whether `got` is allowed. Ignores fields that the kind of `got` does not use, and the
  // fingerprint if the contents were not seen.
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

// Whether user memory may differ from the model's after an access of `op` with prediction
// `predicted` and outcome `got`, as far as the contract allows.
inline bool MayHoldOtherBytes(const Op& op, const Prediction& predicted, const Outcome& got) {
  if (!IsMutable(op.verb) || predicted.is_done_told || !predicted.Allows(got)) return false;
  // A part of a struct may be stored without a report of its length. The size is checked before any
  // store.
  const bool is_refused_unseen = got.IsError(EINVAL) || got.IsError(E2BIG);
  const bool is_part_stored = InfoOf(op.verb).extent == Extent::kStruct &&
                              got.kind == Outcome::Kind::kError && !is_refused_unseen &&
                              predicted.early_bytes > 0;
  return is_part_stored || !got.Fulfils(predicted.outcome);
}

struct Expectation : Prediction {
  // Whether the contract leaves open which pages are populated afterwards.
  bool is_state_open = false;
  // Whether the contract leaves open how far areas have grown afterwards: the access failed, and
  // the library may have touched other bytes of its memory before the failure than the model.
  bool is_extent_open = false;
  // Whether the contract leaves the outcome of the access open. Either the model has an unresolved
  // fault on a page that the library may have populated before another CPU took the permission or
  // the frames; or another CPU changed, at a fault, memory that the library may touch before or
  // after the fault; or the access stores twice to one byte of a file; or another CPU's kernel code
  // touches a page that the library may have populated.
  bool is_outcome_open = false;
  // Whether another CPU took permissions or frames away while the access checked for them, and they
  // were there before.
  bool was_grant_taken = false;
  // Of a panic, which only the scenario itself can cause here: the address of the fault.
  uint64_t panic_address = 0;
  // Whether that fault is a SMAP violation (smap=on): page present, user access closed.
  bool is_prevented = false;
  // Further effects of an access of the library.
  Effects effects;

  // Of an access of the library: the bytes that it may touch if the address space permits them. Of
  // a string: all bytes up to the end of the window.
  uint64_t touch_start = 0;
  uint64_t touch_bytes = 0;

  // Of an access to memory that other memory points to: all parts that the access may touch, in
  // order, with the permissions for each. Empty: the range above, with the permissions of the verb.
  struct Part {
    uint64_t start = 0;
    uint64_t bytes = 0;
    Perms rights = 0;
  };
  std::vector<Part> parts;
  // Number of bytes that the access may load again, since several parts contain them.
  uint64_t loaded_again = 0;

  // Whether a permission check is allowed; false where alignment or size already decide.
  bool may_ask = false;

  // Numbers of steps of an access of the library: exact where the contract's counts are exact
  // (check_counts.h).
  uint64_t checks = 0;       // permission checks
  uint64_t populations = 0;  // populate_area
  uint64_t locks = 0;        // acquisitions of the lock of the address space
  uint64_t attempts = 0;     // recoverable user accesses
  // What the simulated kernel does.
  uint64_t faults = 0;              // faults that the kernel handles
  uint64_t raced = 0;               // armed operations that are carried out
  bool populated_by_fault = false;  // a fault populates a page, or copies a shared one
  uint64_t injected = 0;            // failures that `inject` lines cause
  // Whether the place or the effect of injected failures in the access is unknown.
  bool is_injection_open = false;
  // Whether an `inject` line may fail a population or a lock of the access.
  bool may_be_injected = false;
  // Whether a raced operation is a call that the caller makes inside the access.
  bool is_nested = false;
  // Races of the run at points that the contract does not have, as operations of the scenario. The
  // model carries them out after the access.
  std::vector<size_t> misplaced_races;
  // Predictions for the raced accesses, in order.
  struct RacedAccess : Prediction {
    size_t op_index = 0;  // in the scenario
    Effects effects;
  };
  std::vector<RacedAccess> raced_accesses;
  // Predictions for the raced set-up operations.
  struct RacedSetUp {
    size_t op_index = 0;  // in the scenario
    Outcome outcome;
  };
  std::vector<RacedSetUp> raced_set_ups;

  // The state afterwards.
  uint64_t frames_free = 0;
  uint64_t pages_populated = 0;
  uint64_t pages_shared = 0;        // the ones among those in shared frames
  uint64_t populated_in_reach = 0;  // as in OpRecord: bit i is the i-th page from FirstPageInReach
};

}  // namespace sim

#endif  // SIM_ORACLE_EXPECTATION_H_
