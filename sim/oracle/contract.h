// What a library of user-memory access promises: a value, without code. The model predicts by it,
// and the checkers judge by it. docs/semantics.md has the values as a table.
//
// A field that leaves room (a span of questions, of bytes) makes the model predict bounds instead
// of one outcome; what bounds cannot say is reported as not judged. A field that allows a defect
// makes the model predict that defect; who does better keeps the contract as well (deviation.h).
#ifndef SIM_ORACLE_CONTRACT_H_
#define SIM_ORACLE_CONTRACT_H_

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sim {

// The end of user addresses on x86-64: one page is left out below the hole.
inline constexpr uint64_t kUserLimit = 0x7ffffffff000;

struct Contract {
  // Whom the library asks before it touches user memory or hands it out, each with all before it.
  enum class Asks : uint8_t {
    kNothing,
    kAddressLimit,        // whether the range ends below the end of user addresses
    kAreas,               // check_region_access, for all of the range
    kAreasAndPopulation,  // populate_area, where the size is known or the memory is for writing
  };
  // A size above max_bytes, and a range that reaches the end of the address space.
  enum class BadRange : uint8_t { kEfault, kPanic };
  // A value or slice of no bytes.
  enum class EmptyRange : uint8_t {
    kOkIfAligned,  // nothing is asked
    kOk,           // whatever the address
    kAsked,        // as any other range: its first byte must be mapped
  };
  // A string without a terminator within its bound.
  enum class AtBound : uint8_t {
    kNameTooLong,  // ENAMETOOLONG
    kOk,           // the bytes up to the bound, without a terminator
  };
  // The bytes of the kernel's buffer that a call with an error did not copy to.
  enum class Tail : uint8_t { kUntouched, kZeroed, kAnything };
  // A page fault that cannot be resolved while the library reads.
  enum class OnFault : uint8_t {
    kError,  // EFAULT
    kPanic,  // the library does not recover
  };
  // The lock of the address space.
  enum class Lock : uint8_t {
    kForQuestions,  // taken for each question, and let go before memory is touched
    kThroughout,    // taken before anything is looked at, and held until a string is read
  };
  // The flag that allows faults.
  enum class Flag : uint8_t {
    kInAttempts,  // set in attempts only, and afterwards as it was
    kInReads,     // set for as long as a string is read, questions included; then clear
  };
  // How many checks, populations, attempts and locks: as many as the model makes, or any.
  enum class Counts : uint8_t { kExact, kAny };

  const char* name;
  Asks asks;           // at least
  Asks may_ask;        // at most: where it asks more, it may refuse more
  bool asks_for_user;  // the right USER is among those that a check asks for
  bool populates_writable_strings;
  bool asks_whole_elements;  // of an array: an element's bytes on a further page, before it is read
  Lock lock;
  bool checks_alignment;  // EFAULT for what is not aligned; false: any address
  EmptyRange empty_range;
  uint64_t max_bytes;
  BadRange bad_range;
  bool checks_text;  // EILSEQ for a text that is not UTF-8
  AtBound at_bound;
  OnFault on_fault;
  Tail tail;             // of copied bytes, and of a value of 1, 2, 4 or 8 bytes
  Tail tail_of_others;   // kAnything: also what is behind a string, in the room for it
  uint64_t early_bytes;  // so many bytes less than could be done may an error report as done, but
                         // none at all only where none could be
  Flag flag;
  uint64_t chunk_pages;  // a transfer asks about so many pages, moves their bytes, and goes on; 0:
                         // about all of it first
  bool nests;       // the caller may make another call inside the function that an access calls
  bool loads_once;  // no byte of user memory is loaded twice, but the text of a str to look at it
  Counts counts;

  friend bool operator==(const Contract&, const Contract&) = default;
};

// What our library promises: docs/semantics.md.
extern const Contract kAxptrContract;
// What the library promises that ours comes from, its known deviations included.
extern const Contract kOriginalContract;
// What Linux says of its functions for user memory (include/linux/uaccess.h), where that leaves
// room, all of it.
extern const Contract kLinuxContract;

// Every contract.
std::span<const Contract* const> AllContracts();

// Errors: InvalidArgumentError with the names that there are, for people.
absl::StatusOr<const Contract*> FindContract(absl::string_view name);

}  // namespace sim

#endif  // SIM_ORACLE_CONTRACT_H_
