// What a library of user-memory access promises: a value, without code. The model predicts, and the
// checkers judge, according to the contract. docs/semantics.md has the values as a table.
//
// A field that leaves room (a range of numbers of checks, or of bytes) makes the model predict
// bounds instead of one outcome; what bounds cannot express is reported as not judged. A field that
// allows a defect makes the model predict that defect; a library without the defect keeps the
// contract as well (deviation.h).
#ifndef SIM_ORACLE_CONTRACT_H_
#define SIM_ORACLE_CONTRACT_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sim {

// End of user addresses on x86-64: one page is left out below the non-canonical hole.
inline constexpr uint64_t kUserLimit = 0x7ffffffff000;

struct Contract {
  // What the library checks before it accesses user memory or hands it out. Each value includes all
  // values before it.
  enum class Asks : uint8_t {
    kNothing,
    kAddressLimit,        // the range ends below the end of user addresses
    kAreas,               // check_region_access for the whole range
    kAreasAndPopulation,  // populate_area if the size is known or the access is mutable
  };
  // Result for a size above max_bytes, and for a range up to the end of the address space.
  enum class BadRange : uint8_t { kEfault, kPanic };
  // Result for a value or slice of zero bytes.
  enum class EmptyRange : uint8_t {
    kOkIfAligned,  // no check of the address space
    kOk,           // for any address
    kAsked,        // checked as any other range: the first byte must be mapped
  };
  // Result for a string without a terminator within its bound.
  enum class AtBound : uint8_t {
    kNameTooLong,  // ENAMETOOLONG
    kOk,           // the bytes up to the bound, without a terminator
  };
  // The bytes of the kernel's buffer that a failed call did not copy to.
  enum class Tail : uint8_t { kUntouched, kZeroed, kAnything };
  // Result of an unresolved page fault while the library reads.
  enum class OnFault : uint8_t {
    kError,  // EFAULT
    kPanic,  // the library has no fixup
  };
  // When the library holds the lock of the address space.
  enum class Lock : uint8_t {
    kForQuestions,  // taken for each check, released before memory is accessed
    kThroughout,    // taken before any check, held until a string is read
  };
  // The user-access flag. An attempt is one recoverable user access.
  enum class Flag : uint8_t {
    kInAttempts,  // set in attempts only; restored afterwards
    kInReads,     // set while a string is read, checks included; then cleared
  };
  // Numbers of checks, populations, attempts and locks: exactly those of the model, or any.
  enum class Counts : uint8_t { kExact, kAny };

  const char* name;
  Asks asks;           // the checks that the library makes at least
  Asks may_ask;        // ... and at most: further checks may cause further errors
  bool asks_for_user;  // checks require the permission USER
  bool populates_writable_strings;
  bool asks_whole_elements;  // checks all pages of an array element before reading it
  Lock lock;
  bool checks_alignment;  // EFAULT for a misaligned address; false: any address
  EmptyRange empty_range;
  uint64_t max_bytes;
  BadRange bad_range;
  bool checks_text;  // EILSEQ for a text that is not valid UTF-8
  AtBound at_bound;
  OnFault on_fault;
  Tail tail;             // for copied bytes, and for a value of 1, 2, 4 or 8 bytes
  Tail tail_of_others;   // kAnything: also the buffer after a string
  uint64_t early_bytes;  // an error may report up to this many bytes less than could be
                         // done; 0 bytes only if no byte could be done
  Flag flag;
  uint64_t chunk_pages;  // a transfer checks and moves this many pages at a time; 0: checks the
                         // whole range first
  bool nests;            // the caller may make a call inside the function that an access calls
  bool loads_once;       // loads each byte once, except the text of a str for validation
  bool touches_aligned;  // each load and store of user memory is aligned to its size
  Counts counts;

  friend bool operator==(const Contract&, const Contract&) = default;
};

// The contract of this library (axptr): docs/semantics.md.
extern const Contract kAxptrContract;
// The contract of the original library that axptr derives from, with its known deviations.
extern const Contract kOriginalContract;
// The contract of the functions of Linux for user memory (include/linux/uaccess.h), with all the
// room that their documentation leaves.
extern const Contract kLinuxContract;

// Every contract.
std::span<const Contract* const> AllContracts();

// Errors: InvalidArgumentError, whose message lists the known names.
absl::StatusOr<const Contract*> FindContract(absl::string_view name);

}  // namespace sim

#endif  // SIM_ORACLE_CONTRACT_H_
