// The formats of the archive of packed scenarios, which the host gives to the image, and of the
// report of records, which the image returns. Both consist of integers of fixed sizes, aligned to
// their size, in little-endian byte order. Host and image copy the structs as bytes, so the host
// must be little-endian, too; it need not be x86-64. The operations and most fields are independent
// of the processor. Three parts describe the image's processor, x86-64: PackedFault and Misdeed
// (hardware.h), and PackedBare.
//
//   archive:   Archive, then for each scenario: PackedScenario, then its PackedOps, each with
//              `bytes` bytes after it, padded to 8
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

// The bits that user code and the kernel flip in the first and the last byte of memory that they
// store to.
inline constexpr std::uint8_t kFlippedInFirst = 0x15;
inline constexpr std::uint8_t kFlippedInLast = 0x1a;
inline constexpr std::uint64_t kSegmentBytes = 16;
inline constexpr std::uint64_t kMaxSegments = 1024;

// Bugs of the platform that can be enabled in the image, one at a time. Tests check that each bug
// is detected.
enum class Bug : std::uint32_t {
  kNone,
  kNotOpened,         // an access does not open user memory: no stac
  kClosedForGood,     // the end of an access closes user access, instead of restoring the previous
                      // state
  kHandlerStaysOpen,  // the fault handler runs with the AC of the interrupted code
  kWriteProtectOff,   // CR0.WP is clear: kernel code can write to read-only pages
  kHandlerKeepsFlag,  // the fault handler leaves the user-access flag set
  kHangs,             // the fault handler never ends
  kTripleFaults,      // the fault handler faults, and so does the handler of that fault
  kNoShootdown,       // a processor that changes page tables does not notify the other processor
  kNoLocalFlush,      // a processor that changes page tables does not flush its own TLB
  kAbandonLeavesAc,   // user access stays open after a recoverable user access is abandoned
  kFlagNotSaved,      // a task switch saves neither the flag nor AC of the old task
};
inline constexpr std::uint32_t kBugCount = 12;

struct Archive {
  std::uint64_t magic = kArchiveMagic;
  std::uint32_t version = kArchiveVersion;
  std::uint32_t scenarios = 0;
  std::uint32_t subject = 0;  // index into kSubjects (replay/main.cc)
  Bug bug = Bug::kNone;
  std::uint32_t processors = 1;  // 2: the second processor runs what another CPU does in an access
  std::uint32_t counts = 0;      // 1: instructions are counted, and no event is recorded
  std::uint64_t bytes = 0;       // the size of the whole archive
  std::uint32_t example = 0;     // 1: the image runs the example kernel instead of scenarios
  std::uint32_t padding = 0;
};

struct PackedScenario {
  std::uint32_t index = 0;
  std::uint32_t ops = 0;
  std::uint32_t cpus = 1;
  std::uint32_t has_lock = 1;
  std::uint32_t smap =
      0;  // 1: user access stays closed for undeclared user accesses of kernel code
  std::uint32_t padding = 0;
  std::uint64_t frames = 0;
};

enum class OpKind : std::uint32_t {
  kMap,  // address, length; a[0]: rights, a[1]: Backing, a[2]: for kFile: the file's size in bytes
  kUnmap,        // address, length
  kProtect,      // address, length; a[0]: rights
  kEvict,        // address, length
  kShare,        // address, length
  kGrow,         // address; length: the most bytes
  kAlias,        // address, length; a[0]: rights, a[1]: an address of the file
  kFill,         // address, length; bytes: the pattern
  kTruncate,     // address; length: the new length of the file
  kFrames,       // length: the number of free frames
  kInject,       // a[0]: InjectPoint; length: n of the n-th time that fails
  kSleep,        // the image does not switch tasks
  kSpace,        // the image has one address space
  kUserTouch,    // address, length; a[0]: whether it stores
  kKernelTouch,  // address; a[0]: whether it stores
  kCall,         // a call of the subject: a[0]: Function; other fields: see Function
  kNotOffered,   // a call of a function that the subject does not have
};

enum class Backing : std::uint32_t { kEager, kLazy, kCow, kFile };

// A function of the subject. Fields that all functions use: address; a[1], a[2]: size and alignment
// of the element; a[3]: a count, a size or a bound; a[4]: rights; bytes: the initial contents of
// the kernel's buffer.
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
  kWriteVersioned,  // as kReadVersioned
  kReadIoVec,       // fetches a[3] segments and moves the bytes in two halves
  kWriteIoVec,
  kReadValue,
  kReadUnaligned,
  kWriteValue,
  kWriteUnaligned,
  kAtomic,         // a[3]: the operation, a[4]: operand, a[5]: expected
  kRetryReading,   // a[3]: the most calls
  kRetryWriting,   // as kRetryReading
  kRetryExchange,  // as kRetryReading; a[4]: operand
  kStringLength,
  kCopyUntilNul,
  kWriteText,    // a[3]: the size of the user's room
  kCopyStrings,  // a[3]: the most strings
  kReadArray,    // a[3]: the elements
  kWriteArray,   // as kReadArray
  kZeroArray,    // as kReadArray
};

// A point of an access at which another CPU may act. Same values as sim::RacePoint.
enum class Point : std::uint32_t { kCheck, kFault, kUse, kLoad };
inline constexpr std::uint32_t kPoints = 4;

struct PackedOp {
  OpKind kind = OpKind::kFrames;
  std::uint32_t cpu = 0;
  std::uint64_t address = 0;
  std::uint64_t length = 0;
  std::uint64_t a[6] = {};
  std::uint64_t reach = 0;  // the first of 64 pages whose population is reported; 0: none
  std::uint32_t buffer_at_end =
      0;  // 1: the kernel's buffer ends at a page without access; 0: begins after one
  std::uint32_t race_nth = 0;  // of a race: n of the n-th time of its point, from 1; 0: not a race
  Point race_point = Point::kCheck;
  std::uint32_t is_callers_own = 0;  // of a race: the interrupted CPU may make the call itself
  std::uint64_t bytes = 0;
};

enum class RecordTag : std::uint32_t {
  kText,      // for people
  kProbes,    // Probes
  kScenario,  // PackedScenario: the scenario begins
  kEvent,     // PackedEvent
  kResult,    // PackedResult, then its bytes
  kRaced,     // as kResult, for an access in the middle of another access
  kTouches,   // an array of PackedTouches
  kEnd,       // PackedEnd: the scenario has ended
  kDone,      // all scenarios have ended
  kCompiler,  // text: the compiler of the image
  kBare,      // PackedBare
  kFull,      // no more room: the host boots the image again with the next scenario
};

// The memory shared by host and image: ReportHead, then the records. The image finds the device by
// its slot on the PCI bus.
inline constexpr std::uint64_t kReportBytes = std::uint64_t{256} << 20;
inline constexpr std::uint32_t kReportSlot = 0x10;
struct ReportHead {
  std::uint64_t bytes = 0;  // size of all records
};

struct RecordHeader {
  std::uint32_t magic = kRecordMagic;
  RecordTag tag = RecordTag::kText;
  std::uint64_t bytes = 0;
};

// The results of the hardware probes at start-up. If one of the first six is not 1, the run is
// inconclusive.
struct Probes {
  std::uint8_t has_both = 0;   // CPUID reports SMAP and SMEP; if not, no other probe runs
  std::uint8_t smap = 0;       // a load of user memory with AC clear faulted
  std::uint8_t smap_ac = 0;    // a load of user memory with AC set did not fault
  std::uint8_t smep = 0;       // a jump to user code faulted
  std::uint8_t wp = 0;         // a store to a read-only page faulted
  std::uint8_t user_mode = 0;  // ring 3 could load from its own page and could not store to it
  // Not a probe of the hardware: whether the compiler of the subject reports loads and stores.
  std::uint8_t reports_touches = 0;
  std::uint8_t padding = 0;
};

// Same values as sim::EventKind, sim::Misuse, sim::FaultDisposition and sim::KernelBug (checked in
// host/image_trace.cc).
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
  kTouchedMisaligned,
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

// A run of loads or stores of user memory by the subject, each directly after the previous one in
// memory; or a mark between earlier and later touches.
struct PackedTouches {
  enum class Kind : std::uint16_t {
    kLoads,
    kStores,
    kAttempt,  // mark: a recoverable user access begins
    kFetched,  // mark, of kReadIoVec and kWriteIoVec: the segments are fetched
  };
  Kind kind = Kind::kLoads;
  std::uint16_t depth = 0;    // 1: of an access in the middle of another access
  std::uint32_t size = 0;     // of each load or store, in bytes
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
  std::int32_t error = 0;  // a negative errno number, or 0
  std::uint32_t misuses = 0;
  std::uint8_t left_behind = 0;  // bits of sim::Effects::left_behind
  std::uint8_t used = 0;         // 1: the memory lent out was used; values[2] is its fingerprint
  std::uint8_t refused = 0;      // of kRaced: the access was not made, because the lock was held
  std::uint8_t padding[5] = {};
  std::uint64_t values[kValues] = {};      // meaning: by function (replay/calls.cc)
  std::int64_t outside = kNothingOutside;  // index of a byte beside the buffer that was written
  std::uint64_t injected = 0;
  std::uint64_t frames_free = 0;
  std::uint64_t pages_populated = 0;
  std::uint64_t pages_shared = 0;
  std::uint64_t populated_in_reach = 0;
  std::uint32_t reached[kPoints] =
      {};                      // counts of each Point, if a race is armed for the operation
  std::uint32_t misdeeds = 0;  // bits of Misdeed
  std::uint64_t bytes = 0;     // bytes of the buffer up to the last byte that the call changed
  // The instructions of the call, if they are counted: [0] with a platform that does nothing, [1]
  // with the image's platform.
  std::uint64_t instructions[2] = {};
};

// The instructions of the platform alone, if they are counted.
struct PackedBare {
  static constexpr std::uint64_t kMoved[] = {8, 64, 4096};

  std::uint64_t attempt = 0;    // an empty recoverable user access
  std::uint64_t caught = 0;     // a recoverable user access that an unresolved fault ends
  std::uint64_t moves[3] = {};  // rep movsb between stac and clac, of kMoved bytes
};

// Why the image cannot run a scenario to its end.
enum class Stop : std::uint32_t {
  kNone,
  kOutOfMemory,    // the scenario needs more memory than the image has
  kTooManyAreas,   // the scenario needs more areas than the image has
  kTooManyRaces,   // more races are armed for one access than the image has room for
  kTooManyEvents,  // the scenario has more events than the image has room for
  kNoLoads,        // a race at a load, but the compiler of the subject does not report loads
  kNoTasks,        // a task sleeps: the image does not switch tasks
  kNoSpaces,       // a second address space: the image has one
};
inline constexpr std::uint32_t kStopCount = 8;

struct PackedEnd {
  std::uint32_t index = 0;
  Stop stop = Stop::kNone;
  std::uint64_t frames_after_reset = 0;
};

}  // namespace ring0

#endif  // SIM_RING0_REPLAY_PACKED_H_
