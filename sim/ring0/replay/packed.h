// What the host hands to the image (an archive of packed scenarios), and what comes back (a report
// of records). Plain integers of fixed sizes; both sides are x86-64.
//
//   archive:   Archive, then for each scenario: PackedScenario, then its PackedOp, each with
//              `bytes` bytes behind it, padded to 8
//   report:    ReportHead, then records: RecordHeader, then `bytes` bytes, padded to 8
#ifndef SIM_RING0_REPLAY_PACKED_H_
#define SIM_RING0_REPLAY_PACKED_H_

#include <cstdint>

#include "sim/ring0/replay/hardware.h"

namespace ring0 {

inline constexpr std::uint64_t kArchiveMagic = 0x3052'4b43'4150'5841;  // "AXPACKR0"
inline constexpr std::uint32_t kArchiveVersion = 3;
inline constexpr std::uint32_t kRecordMagic = 0x3052'5841;  // "AXR0"

constexpr std::uint64_t Padded(std::uint64_t bytes) { return (bytes + 7) & ~std::uint64_t{7}; }

// What user code and the kernel flip of the first and the last byte of memory that they store to.
inline constexpr std::uint8_t kFlippedInFirst = 0x15;
inline constexpr std::uint8_t kFlippedInLast = 0x1a;
inline constexpr std::uint64_t kSegmentBytes = 16;
inline constexpr std::uint64_t kMaxSegments = 1024;

// Bugs of the platform that the image can have, one at a time, so that a test sees them found.
enum class Bug : std::uint32_t {
  kNone,
  kNotOpened,         // an access does not open user memory: no stac
  kClosedForGood,     // an access that ends closes user memory, instead of putting back what was
  kHandlerStaysOpen,  // the fault handler runs with user memory as it was in what it interrupted
  kWriteProtectOff,   // CR0.WP is clear: kernel code writes to pages that may only be read
  kHandlerKeepsFlag,  // the fault handler leaves the user-access flag set
  kHangs,             // the fault handler never ends
  kTripleFaults,      // the fault handler faults, and so does what handles that
  kNoShootdown,       // a processor that changes page tables tells no other one
  kNoLocalFlush,      // it does not forget itself what they said
  kAbandonLeavesAc,   // where an attempt is abandoned, user memory is not closed behind it
  kFlagNotSaved,      // a task that is switched away does not take its flag with it, nor AC
};
inline constexpr std::uint32_t kBugCount = 12;

struct Archive {
  std::uint64_t magic = kArchiveMagic;
  std::uint32_t version = kArchiveVersion;
  std::uint32_t scenarios = 0;
  std::uint32_t subject = 0;  // of the image's list
  Bug bug = Bug::kNone;
  std::uint32_t processors =
      1;                      // 2: what another CPU does in the middle of an access, another does
  std::uint32_t counts = 0;   // 1: instructions are counted, and no event is recorded
  std::uint64_t bytes = 0;    // of all of it
  std::uint32_t example = 0;  // 1: the example kernel runs, and no scenario
  std::uint32_t padding = 0;
};

struct PackedScenario {
  std::uint32_t index = 0;
  std::uint32_t ops = 0;
  std::uint32_t cpus = 1;
  std::uint32_t has_lock = 1;
  std::uint32_t smap = 0;  // user memory is not opened for kernel code that has not declared it
  std::uint32_t padding = 0;
  std::uint64_t frames = 0;
};

enum class OpKind : std::uint32_t {
  kMap,          // address, length; a[0]: rights, a[1]: Backing, a[2]: of kFile: bytes of the file
  kUnmap,        // address, length
  kProtect,      // address, length; a[0]: rights
  kEvict,        // address, length
  kShare,        // address, length
  kFill,         // address, length; bytes: the pattern
  kTruncate,     // address; length: the new one of the file
  kFrames,       // length: how many are to be free
  kInject,       // a[0]: InjectPoint, length: which time
  kUserTouch,    // address, length; a[0]: whether it stores
  kKernelTouch,  // address; a[0]: whether it stores
  kCall,         // of the subject: a[0]: Function, and as that says
  kNotOffered,   // of the subject: it has no such function
};

enum class Backing : std::uint32_t { kEager, kLazy, kCow, kFile };

// A function of the subject. Of all: address. a[1], a[2]: size and alignment of the element; a[3]:
// a count, a size or a bound; a[4]: rights; bytes: what the kernel's buffer holds at first.
enum class Function : std::uint32_t {
  kLendValue,
  kLendSlice,
  kLendTerminated,
  kLendText,
  kCopyText,
  kAccessValue,
  kAccessSlice,
  kCopyIn,
  kCopyOut,
  kZero,
  kReadVersioned,   // a[5]: the size of the first version
  kWriteVersioned,  // the same
  kReadIoVec,       // fetches a[3] segments and moves the bytes in two halves
  kWriteIoVec,
  kReadValue,
  kReadUnaligned,
  kWriteValue,
  kWriteUnaligned,
  kAtomic,         // a[3]: the operation, a[4]: operand, a[5]: expected
  kRetryReading,   // a[3]: the most calls
  kRetryWriting,   // the same
  kRetryExchange,  // the same, and a[4]: operand
  kStringLength,
  kCopyUntilNul,
  kWriteText,    // a[3]: the room of the user's
  kCopyStrings,  // a[3]: the most strings
};

// Where another CPU acts in the middle of an access, by the numbers of sim::RacePoint.
enum class Point : std::uint32_t { kCheck, kFault, kUse, kLoad };
inline constexpr std::uint32_t kPoints = 4;

struct PackedOp {
  OpKind kind = OpKind::kFrames;
  std::uint32_t cpu = 0;
  std::uint64_t address = 0;
  std::uint64_t length = 0;
  std::uint64_t a[6] = {};
  std::uint64_t reach = 0;          // the first of 64 pages whose population is asked for; 0: none
  std::uint32_t buffer_at_end = 0;  // the kernel's buffer ends at a page without access; 0: begins
  std::uint32_t race_nth = 0;       // of a race: at which time of its point, from 1; 0: it is none
  Point race_point = Point::kCheck;
  std::uint32_t is_callers_own = 0;  // of a race: the CPU that it interrupts may make it, too
  std::uint64_t bytes = 0;
};

enum class RecordTag : std::uint32_t {
  kText,      // for people
  kProbes,    // Probes
  kScenario,  // PackedScenario: it begins
  kEvent,     // PackedEvent
  kResult,    // PackedResult, then its bytes
  kRaced,     // the same, of an access that was made in the middle of another one
  kTouches,   // PackedTouches, as many as there are
  kEnd,       // PackedEnd: the scenario is over
  kDone,      // all are
  kCompiler,  // text: what compiled the image
  kBare,      // PackedBare
  kFull,      // there is no more room: the host begins again with the next scenario
};

// The memory that both see: this, then the records. The image is told of it by its place on the
// bus.
inline constexpr std::uint64_t kReportBytes = std::uint64_t{256} << 20;
inline constexpr std::uint32_t kReportSlot = 0x10;
struct ReportHead {
  std::uint64_t bytes = 0;  // of records
};

struct RecordHeader {
  std::uint32_t magic = kRecordMagic;
  RecordTag tag = RecordTag::kText;
  std::uint64_t bytes = 0;
};

// What the hardware did at the start. All must be 1, or the run says nothing.
struct Probes {
  std::uint8_t has_both = 0;  // the processor says that it has SMAP and SMEP: else nothing is tried
  std::uint8_t smap = 0;      // a load of user memory with AC clear faulted
  std::uint8_t smap_ac = 0;   // and with AC set did not
  std::uint8_t smep = 0;      // a jump to user code faulted
  std::uint8_t wp = 0;        // a store to a page that may only be read faulted
  std::uint8_t user_mode = 0;  // ring 3 could load from its own page, and not store to it
  // Not of the hardware: the compiler of the subject reports its loads and stores.
  std::uint8_t reports_touches = 0;
  std::uint8_t padding = 0;
};

// As sim::EventKind, sim::Misuse, sim::FaultDisposition and sim::KernelBug, by their numbers
// (host/image_trace.cc compares them).
enum class EventKind : std::uint8_t {
  kLockTaken,
  kLockReleased,
  kLockTakenTwice,
  kChecked,
  kPopulated,
  kAttemptBegun,
  kAttemptEnded,
  kFault,
  kRaced,
  kMisused,
};

enum class Misuse : std::uint8_t {
  kTouchedClosed,
  kTouchedFlagClear,
  kTouchedLockHeld,
  kTouchedOutsideAttempt,
  kTouchedOutOfOrder,
  kOpenedFlagClear,
  kOpenAtQuestion,
  kFlagSetInHandler,
  kOpenInHandler,
  kFlagSetSwitchedAway,
  kOpenSwitchedAway,
};

enum class Disposition : std::uint8_t { kResolved, kEfault, kFixup, kKernelBug };

enum class KernelBug : std::uint8_t {
  kNone,
  kFlagClear,
  kOutOfRange,
  kLockHeld,
  kLockFree,
  kNoWayBack,
  kRetriedTooOften,
  kAccessClosed,
  kNoFixup,
  kFixupElsewhere,
  kBufferOverrun,
  kAccessPrevented,
  kEndless,
};

// As sim::Event.
struct PackedEvent {
  static constexpr std::uint8_t kFlag = 1;
  static constexpr std::uint8_t kLockHeld = 2;
  static constexpr std::uint8_t kOk = 4;
  static constexpr std::uint8_t kAddressKnown = 8;
  static constexpr std::uint8_t kBusError = 16;

  std::uint8_t kind = 0;
  std::uint8_t cpu = 0;
  std::uint8_t bits = 0;
  std::uint8_t access = 0;
  std::uint8_t disposition = 0;
  std::uint8_t bug = 0;
  std::uint16_t error = 0;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::uint64_t index = 0;
  std::uint64_t fingerprint = 0;
  PackedFault hardware;  // of a fault
};

// Loads or stores of user memory by the subject, each behind the one before; or what tells them
// apart from those that follow.
struct PackedTouches {
  enum class Kind : std::uint16_t {
    kLoads,
    kStores,
    kAttempt,  // an attempt begins
    kFetched,  // of kReadIoVec and kWriteIoVec: the segments are fetched
  };
  Kind kind = Kind::kLoads;
  std::uint16_t depth = 0;    // 1: of an access in the middle of another one
  std::uint32_t size = 0;     // bytes, of each
  std::uint64_t address = 0;  // of the first
  std::uint64_t count = 0;
};

struct PackedResult {
  static constexpr std::uint64_t kValues = 12;
  static constexpr std::int64_t kNothingOutside = INT64_MIN;

  std::uint32_t index = 0;  // of the operation
  std::uint8_t panicked = 0;
  std::uint8_t flag_before = 0;
  std::uint8_t flag = 0;
  std::uint8_t lock_held = 0;
  std::int32_t error = 0;  // an errno number with a minus
  std::uint32_t misuses = 0;
  std::uint8_t left_behind = 0;  // bits of sim::Effects::left_behind
  std::uint8_t used = 0;         // what was handed out was used, and values[2] is its fingerprint
  std::uint8_t refused = 0;      // of kRaced: it was not made, since the lock was held
  std::uint8_t padding[5] = {};
  std::uint64_t values[kValues] = {};      // as the function says (replay/calls.cc)
  std::int64_t outside = kNothingOutside;  // index of a byte beside the buffer that was written
  std::uint64_t injected = 0;
  std::uint64_t frames_free = 0;
  std::uint64_t pages_populated = 0;
  std::uint64_t pages_shared = 0;
  std::uint64_t populated_in_reach = 0;
  std::uint64_t events_dropped = 0;
  std::uint32_t reached[kPoints] = {};  // how often, if a race is armed for the operation
  std::uint32_t misdeeds = 0;           // bits of Misdeed
  std::uint64_t bytes = 0;              // of the buffer, up to the last that the call changed
  // Of the call, where they are counted: with a platform that does nothing, and with the image's.
  std::uint64_t instructions[2] = {};
};

// Instructions of the platform alone, where they are counted.
struct PackedBare {
  static constexpr std::uint64_t kMoved[] = {8, 64, 4096};

  std::uint64_t attempt = 0;    // of nothing
  std::uint64_t caught = 0;     // that a fault ends, which is not resolved
  std::uint64_t moves[3] = {};  // rep movsb between stac and clac, of kMoved bytes
};

// Why the image cannot run a scenario to its end.
enum class Stop : std::uint32_t {
  kNone,
  kOutOfMemory,   // more than the image has
  kTooManyAreas,  // the same
  kNoLoads,       // a race at a load, and the compiler of the subject does not report loads
};
inline constexpr std::uint32_t kStopCount = 4;

struct PackedEnd {
  std::uint32_t index = 0;
  Stop stop = Stop::kNone;
  std::uint64_t frames_after_reset = 0;
};

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_PACKED_H_
