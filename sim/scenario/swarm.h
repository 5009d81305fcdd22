// Which verbs, kinds, races, lengths and places one run of a generator of scenarios uses (Groce et
// al., "Swarm testing", ISSTA 2012). A generator that may always use everything seldom uses the
// same few things several times in a row. With a part of them switched off, what is left meets more
// often.
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

  // The choice of number `seed`: always the same for the same number. In one of eight choices
  // everything is on. In each of the others at least `map`, `fill`, one verb of the library, one
  // kind of area, one form of lengths, one place and one step are on. Verbs of the library are
  // switched as families that move the same kind of thing (texts, tables, elements, ...).
  static Swarm OfSeed(uint64_t seed);

  bool Has(Verb verb) const { return IsOn(verbs_, static_cast<unsigned>(verb)); }
  bool Has(AreaKind kind) const { return IsOn(kinds_, static_cast<unsigned>(kind)); }
  // Whether operations may be races at `point`; has_races: at any.
  bool Has(RacePoint point) const { return IsOn(points_, static_cast<unsigned>(point)); }
  bool has_races() const { return points_ != 0; }

  // Forms of lengths, places of addresses, and steps of a mutator are numbered by the generator
  // that has them, modulo kNumbers.
  static constexpr unsigned kNumbers = 16;
  bool HasForm(unsigned form) const { return IsOn(forms_, form % kNumbers); }
  bool HasPlace(unsigned place) const { return IsOn(places_, place % kNumbers); }
  bool HasStep(unsigned step) const { return IsOn(steps_, step % kNumbers); }

  // What is on, in one line: "everything", or "verbs map fill; kinds lazy; races check; forms 1 2;
  // places 0; steps 3".
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
