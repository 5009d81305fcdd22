// What the model says of one operation, before anybody looks at what the machine did.
#ifndef SIM_ORACLE_EXPECTATION_H_
#define SIM_ORACLE_EXPECTATION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/scenario/outcome.h"

namespace sim {

struct Expectation {
  // The one outcome that is allowed: the semantics leave no choice, races included.
  Outcome outcome;
  // Of a panic, which only the scenario itself can bring about here: the address of the fault.
  uint64_t panic_address = 0;
  // What else an access of the library does.
  Effects effects;

  // Of an access of the library: the bytes that it may touch, if the address space agrees. Of a
  // string: all up to the end of the window.
  uint64_t touch_start = 0;
  uint64_t touch_bytes = 0;

  // Whether the address space may be asked; not where alignment or size decide already.
  bool may_ask = false;

  // What happens on the way.
  uint64_t checks = 0;              // permission checks (kChecked)
  uint64_t attempts = 0;            // attempts to touch user memory
  uint64_t faults = 0;              // faults that the simulated kernel sees
  uint64_t raced = 0;               // armed operations that are carried out
  bool populated_by_fault = false;  // a fault brings a page in, or copies a shared one
  // What the accesses among those come to, in order.
  struct RacedAccess {
    size_t op_index = 0;  // in the scenario
    Outcome outcome;
    Effects effects;
  };
  std::vector<RacedAccess> raced_accesses;

  // The state afterwards.
  uint64_t frames_free = 0;
  uint64_t pages_populated = 0;
  uint64_t pages_shared = 0;        // of those: in no frame of ours
  uint64_t populated_in_reach = 0;  // as in OpRecord: bit i is the i-th page from FirstPageInReach

  bool PredictsPanic() const { return outcome.kind == Outcome::Kind::kPanic; }

  // Whether `got` is allowed. Fields that its kind does not use are not looked at.
  bool Allows(const Outcome& got) const {
    if (got.kind != outcome.kind) return false;
    switch (got.kind) {
      case Outcome::Kind::kOk:
        return got.length == outcome.length && got.fingerprint == outcome.fingerprint;
      case Outcome::Kind::kError:
        return got.Fulfils(outcome);
      case Outcome::Kind::kPanic:
      case Outcome::Kind::kArmed:
      case Outcome::Kind::kNotRun:
      case Outcome::Kind::kNotOffered:
        return true;
    }
    return false;
  }
};

}  // namespace sim

#endif  // SIM_ORACLE_EXPECTATION_H_
