#include "sim/scenario/set_up.h"

#include <cstdint>
#include <span>

#include "axptr/mapping_flags.h"
#include "sim/machine/check.h"
#include "sim/machine/window.h"
#include "sim/scenario/scenario.h"

namespace sim {
namespace {

using axptr::MappingFlags;

static_assert(kWindowStart == Window::kStart && kWindowBytes == Window::kBytes);
static_assert(kSpaces == Kernel::kSpaces);
static_assert(kMachineFrames == Frames::kMachineFrames);
static_assert(kMaxAliasPages == AddressSpace::kMaxAliasPages);
static_assert(kPermRead == MappingFlags::READ.bits() && kPermWrite == MappingFlags::WRITE.bits() &&
              kPermExecute == MappingFlags::EXECUTE.bits());

Backing BackingOf(AreaKind kind) {
  switch (kind) {
    case AreaKind::kEager:
      return Backing::kEager;
    case AreaKind::kCow:
      return Backing::kCow;
    case AreaKind::kLazy:
    case AreaKind::kKernel:
      return Backing::kLazy;
    case AreaKind::kShared:
    case AreaKind::kFile:
      return Backing::kFile;
  }
  SIM_CHECK(false);
  return Backing::kLazy;
}

axptr::LinuxResult<void> Map(const Op& op, AddressSpace& address_space) {
  MappingFlags flags = MappingFlags::from_bits_truncate(op.perms);
  if (op.kind != AreaKind::kKernel) flags = flags | MappingFlags::USER;
  if (HasFile(op.kind)) {
    const uint64_t bytes = op.kind == AreaKind::kShared ? op.length : op.file_bytes;
    return address_space.MapFile(op.address, op.length, flags, bytes);
  }
  return address_space.Map(op.address, op.length, flags, BackingOf(op.kind));
}

Injector::Point PointOf(InjectPoint point) {
  switch (point) {
    case InjectPoint::kFrame:
      return Injector::Point::kFrame;
    case InjectPoint::kPopulation:
      return Injector::Point::kPopulation;
    case InjectPoint::kLock:
      return Injector::Point::kLock;
  }
  SIM_CHECK(false);
  return Injector::Point::kFrame;
}

}  // namespace

axptr::LinuxResult<void> ApplySetUp(const Op& op, AddressSpace& address_space, Frames& frames,
                                    Injector& injector) {
  switch (op.verb) {
    case Verb::kMap:
      return Map(op, address_space);
    case Verb::kUnmap:
      return address_space.Unmap(op.address, op.length);
    case Verb::kProtect:
      return address_space.Protect(op.address, op.length,
                                   MappingFlags::from_bits_truncate(op.perms));
    case Verb::kEvict:
      return address_space.Evict(op.address, op.length);
    case Verb::kShare:
      return address_space.Share(op.address, op.length);
    case Verb::kAlias:
      return address_space.MapAgain(op.address, op.length,
                                    MappingFlags::from_bits_truncate(op.perms) | MappingFlags::USER,
                                    op.from);
    case Verb::kGrow:
      return address_space.Grow(op.address, op.length);
    case Verb::kFill:
    case Verb::kPointers:
      return address_space.Fill(
          op.address, op.length,
          std::span(reinterpret_cast<const uint8_t*>(op.pattern.data()), op.pattern.size()));
    case Verb::kTruncate:
      return address_space.Truncate(op.address, op.length);
    case Verb::kFrames:
      frames.SetFree(FramesOf(op));
      return {};
    case Verb::kInject:
      injector.Arm(PointOf(op.inject_point), op.length);
      return {};
    case Verb::kSleep:  // changes no memory; as a race, see races.cc
    case Verb::kSpace:  // neither; see SetUpOutcome
      return {};
    default:
      SIM_CHECK(false);
  }
  return {};
}

Outcome SetUpOutcome(const Op& op, Kernel& kernel) {
  if (op.verb == Verb::kSpace) kernel.SetSpace(op.cpu, static_cast<int>(op.length));
  const axptr::LinuxResult<void> result =
      ApplySetUp(op, kernel.address_space(), kernel.frames(), kernel.injector());
  return result ? Outcome::Ok() : Outcome::Error(static_cast<int>(result.error()));
}

}  // namespace sim
