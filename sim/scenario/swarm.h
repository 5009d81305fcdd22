// The verbs, kinds, races, lengths and places that one run of a generator of scenarios may use
// (Groce et al., "Swarm testing", ISSTA 2012). A generator that may always use everything seldom
// uses the same few verbs several times in a row. If a part of the verbs is off, the remaining
// verbs occur together more often.
#ifndef SIM_SCENARIO_SWARM_H_
#define SIM_SCENARIO_SWARM_H_

#include <cstdint>
#include <string>

#include "sim/scenario/op.h"
#include "sim/scenario/verb.h"

namespace sim {

class Swarm {
 public:
  // Everything is on.
  constexpr Swarm() = default;

  // The choice of number `seed`, which depends on nothing else. In one of eight choices everything
  // is on. In every other choice at least `map`, `fill`, one verb of the library, one kind of area,
  // one form of lengths, one place and one step are on. Accesses are switched by families that move
  // the same kind of data (texts, tables, elements, ...); each other verb is switched by itself.
  static Swarm OfSeed(uint64_t seed);

  bool Has(Verb verb) const { return IsOn(verbs_, static_cast<unsigned>(verb)); }
  bool Has(AreaKind kind) const { return IsOn(kinds_, static_cast<unsigned>(kind)); }
  // Whether operations may be races at `point`. has_races(): at at least one point.
  bool Has(RacePoint point) const { return IsOn(points_, static_cast<unsigned>(point)); }
  bool has_races() const { return points_ != 0; }

  // Turns the verb off.
  void Remove(Verb verb) { verbs_ &= ~(uint64_t{1} << static_cast<unsigned>(verb)); }

  // The generator assigns numbers to its forms of lengths, its places of addresses and its steps (a
  // mutator: fuzz/scenario_mutator.h, OpMutation). Numbers are taken modulo kNumbers.
  static constexpr unsigned kNumbers = 16;
  bool HasForm(unsigned form) const { return IsOn(forms_, form % kNumbers); }
  bool HasPlace(unsigned place) const { return IsOn(places_, place % kNumbers); }
  bool HasStep(unsigned step) const { return IsOn(steps_, step % kNumbers); }

  // The parts that are on, in one line: "everything", or "verbs map fill; kinds lazy; races check;
  // forms 1 2; places 0; steps 3".
  std::string Text() const;

  friend bool operator==(const Swarm&, const Swarm&) = default;

 private:
  static constexpr bool IsOn(uint64_t set, unsigned number) { return (set >> number & 1) != 0; }

  // Sets: bit i is on if value i is.
  uint64_t verbs_ = UINT64_MAX;
  uint64_t kinds_ = UINT64_MAX;
  uint64_t points_ = UINT64_MAX;
  uint64_t forms_ = UINT64_MAX;
  uint64_t places_ = UINT64_MAX;
  uint64_t steps_ = UINT64_MAX;
};

}  // namespace sim

#endif  // SIM_SCENARIO_SWARM_H_
