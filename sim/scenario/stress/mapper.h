// Changes of the address space, made while other threads access it.
#ifndef SIM_SCENARIO_STRESS_MAPPER_H_
#define SIM_SCENARIO_STRESS_MAPPER_H_

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "sim/machine/machine.h"
#include "sim/scenario/stress/slot.h"

namespace sim::stress {

// A thread that maps, protects, fills, truncates, evicts, shares and unmaps slots.
class Mapper {
 public:
  // `machine` must outlive the mapper. `seed` determines the mapper's changes.
  Mapper(Machine* machine, uint64_t seed);

  // Changes a slot under the lock, then pauses without the lock. `mapped`: which slots are mapped;
  // protected by the lock.
  void Change(std::vector<bool>* mapped, Counts* counts);

 private:
  void Rest();
  bool Map(AddressSpace& space, Slot slot);
  uint64_t FileBytes();
  void TakeRights(AddressSpace& space, Slot slot);
  void Truncate(AddressSpace& space, Slot slot);
  void Evict(AddressSpace& space, Slot slot);
  void Share(AddressSpace& space, Slot slot);
  void Unmap(AddressSpace& space, Slot slot);
  void Protect(AddressSpace& space, Slot slot);
  std::span<const uint8_t> Text(Slot slot);

  Frames& frames_;
  Machine::HostThread thread_;
  std::mt19937_64 random_;
  std::vector<uint8_t> text_;
};

}  // namespace sim::stress

#endif  // SIM_SCENARIO_STRESS_MAPPER_H_
