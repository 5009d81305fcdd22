#include "sim/ring0/host/pack.h"

#include <cstring>

#include "sim/machine/check.h"
#include "sim/ring0/host/image_subject.h"
#include "sim/ring0/replay/packed.h"
#include "sim/scenario/library_call.h"
#include "sim/scenario/op.h"
#include "sim/scenario/outcome.h"

namespace sim {
namespace {

using ring0::OpKind;
using ring0::PackedOp;

static_assert(ring0::kFlippedInFirst == kFlippedInFirst);
static_assert(ring0::kFlippedInLast == kFlippedInLast);
static_assert(ring0::kSegmentBytes == kSegmentBytes && ring0::kMaxSegments == kMaxSegments);
static_assert(static_cast<int>(InjectPoint::kFrame) == 0 &&
              static_cast<int>(InjectPoint::kPopulation) == 1 &&
              static_cast<int>(InjectPoint::kLock) == 2);

static_assert(static_cast<int>(RacePoint::kCheck) == static_cast<int>(ring0::Point::kCheck) &&
              static_cast<int>(RacePoint::kFault) == static_cast<int>(ring0::Point::kFault) &&
              static_cast<int>(RacePoint::kUse) == static_cast<int>(ring0::Point::kUse) &&
              static_cast<int>(RacePoint::kLoad) == static_cast<int>(ring0::Point::kLoad) &&
              kRacePointCount == ring0::kPoints);

template <typename T>
void Append(const T& value, std::string* archive) {
  archive->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

ring0::Backing BackingOf(AreaKind kind) {
  if (HasFile(kind)) return ring0::Backing::kFile;
  if (kind == AreaKind::kEager) return ring0::Backing::kEager;
  return kind == AreaKind::kCow ? ring0::Backing::kCow : ring0::Backing::kLazy;
}

OpKind SetUpKind(Verb verb) {
  switch (verb) {
    case Verb::kMap:
      return OpKind::kMap;
    case Verb::kUnmap:
      return OpKind::kUnmap;
    case Verb::kProtect:
      return OpKind::kProtect;
    case Verb::kEvict:
      return OpKind::kEvict;
    case Verb::kShare:
      return OpKind::kShare;
    case Verb::kGrow:
      return OpKind::kGrow;
    case Verb::kAlias:
      return OpKind::kAlias;
    case Verb::kFill:
    case Verb::kPointers:
      return OpKind::kFill;
    case Verb::kTruncate:
      return OpKind::kTruncate;
    case Verb::kFrames:
      return OpKind::kFrames;
    case Verb::kInject:
      return OpKind::kInject;
    case Verb::kSleep:
      return OpKind::kSleep;
    case Verb::kSpace:
      return OpKind::kSpace;
    default:
      SIM_CHECK(false);
      return OpKind::kFrames;
  }
}

ImageCall PackSetUp(const Op& op) {
  ImageCall call;
  call.op.kind = SetUpKind(op.verb);
  call.op.address = op.address;
  call.op.length = op.verb == Verb::kFrames ? FramesOf(op) : op.length;
  call.op.a[0] = op.perms;
  if (op.verb == Verb::kMap) {
    if (op.kind != AreaKind::kKernel) call.op.a[0] |= AXPTR_USER;
    call.op.a[1] = static_cast<uint64_t>(BackingOf(op.kind));
    call.op.a[2] = op.kind == AreaKind::kShared ? op.length : op.file_bytes;
  }
  if (op.verb == Verb::kAlias) {
    call.op.a[0] |= AXPTR_USER;
    call.op.a[1] = op.from;
  }
  if (op.verb == Verb::kInject) call.op.a[0] = static_cast<uint64_t>(op.inject_point);
  call.bytes = op.pattern;
  return call;
}

ImageCall PackTouch(const Op& op) {
  ImageCall call;
  call.op.kind =
      InfoOf(op.verb).verb_class == VerbClass::kUser ? OpKind::kUserTouch : OpKind::kKernelTouch;
  call.op.address = op.address;
  call.op.length = op.length;
  call.op.a[0] = IsStore(op.verb) ? 1 : 0;
  return call;
}

ImageCall PackCall(const Op& op, const axptr_subject& real, CallPlace place) {
  ImageCall call;
  call.op.kind = OpKind::kNotOffered;
  if (!IsOffered(op, real)) return call;
  NoteImageCalls(&call);
  Effects effects;
  CallLibrary(ImageSubject(real), op, place.kernel, place.buffer, &effects);
  NoteImageCalls(nullptr);
  return call;
}

ImageCall PackOp(const Op& op, const axptr_subject& real, CallPlace place) {
  if (IsLibraryAccess(op.verb)) return PackCall(op, real, place);
  return IsAccess(op.verb) ? PackTouch(op) : PackSetUp(op);
}

}  // namespace

const char* ReasonText(ring0::Stop stop) {
  switch (stop) {
    case ring0::Stop::kNone:
      break;
    case ring0::Stop::kOutOfMemory:
      return "more memory than the image has";
    case ring0::Stop::kTooManyAreas:
      return "more areas than the image has room for";
    case ring0::Stop::kTooManyRaces:
      return "more races than the image has room for";
    case ring0::Stop::kTooManyEvents:
      return "more events than the image has room for";
    case ring0::Stop::kNoLoads:
      return "a race at a load: its compiler reports none";
    case ring0::Stop::kNoTasks:
      return "a task that sleeps: the image does not switch tasks";
    case ring0::Stop::kNoSpaces:
      return "a second address space: the image has one";
  }
  return "?";
}

uint64_t CallNumberOf(const Scenario& scenario, size_t index, const axptr_subject& real) {
  if (!scenario.ops[index].race) return CallNumber(index, 0);
  for (size_t i = index + 1; i < scenario.ops.size(); ++i) {
    const Op& op = scenario.ops[i];
    if (!op.race && IsAccess(op.verb) && IsOffered(op, real)) return CallNumber(i, 1);
  }
  return CallNumber(index, 1);  // the number of a call that is never made
}

void BeginCall(uint64_t call, KernelBuffer& buffer) {
  buffer.BeginCall(call, KernelBuffer::PlaceOf(call));
}

void PackScenario(const Scenario& scenario, uint32_t index, const axptr_subject& real,
                  CallPlace place, std::string* archive) {
  const ring0::PackedScenario packed = {.index = index,
                                        .ops = static_cast<uint32_t>(scenario.ops.size()),
                                        .cpus = static_cast<uint32_t>(scenario.machine.cpus),
                                        .has_lock = scenario.machine.lock ? 1u : 0u,
                                        .smap = scenario.machine.smap ? 1u : 0u,
                                        .frames = FramesOf(scenario.machine)};
  Append(packed, archive);
  for (size_t i = 0; i < scenario.ops.size(); ++i) {
    const Op& op = scenario.ops[i];
    const uint64_t number = CallNumberOf(scenario, i, real);
    BeginCall(number, place.buffer);
    ImageCall call = PackOp(op, real, place);
    call.op.cpu = op.cpu;
    call.op.reach = FirstPageInReach(op);
    const bool at_end = KernelBuffer::PlaceOf(number) == KernelBuffer::Place::kEnd;
    call.op.buffer_at_end = at_end ? 1 : 0;
    if (op.race) {
      call.op.race_nth = op.race->nth;
      call.op.race_point = static_cast<ring0::Point>(op.race->point);
      call.op.is_callers_own = MayBeTheCallers(op) ? 1 : 0;
    }
    call.op.bytes = call.bytes.size();
    Append(call.op, archive);
    archive->append(call.bytes);
    archive->append(ring0::Padded(call.bytes.size()) - call.bytes.size(), '\0');
  }
}

}  // namespace sim
