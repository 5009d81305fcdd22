#include "sim/scenario/library_call.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "sim/machine/check.h"
#include "sim/scenario/subject_call.h"
#include "sim/subject/subject_access.h"
#include "sim/subject/subject_copying.h"

namespace sim {
namespace {

// Predicates: whether a subject has the function that an operation calls.
template <auto kFunction>
bool Has(const axptr_subject& subject, const Op&) {
  return subject.*kFunction != nullptr;
}

// For a function of subject_copying.h.
template <auto kFunction>
bool HasCopying(const axptr_subject& subject, const Op&) {
  return subject.copying != nullptr && subject.copying->*kFunction != nullptr;
}

// For an operation that calls two functions of subject_copying.h.
template <auto kFirst, auto kSecond>
bool HasBothOfCopying(const axptr_subject& subject, const Op& op) {
  return HasCopying<kFirst>(subject, op) && HasCopying<kSecond>(subject, op);
}

// For an operation that calls kOfOne for one value and kOfSeveral for several values.
template <auto kOfOne, auto kOfSeveral>
bool HasForCount(const axptr_subject& subject, const Op& op) {
  return op.is_single ? Has<kOfOne>(subject, op) : Has<kOfSeveral>(subject, op);
}

// For an operation for which either of two functions suffices.
template <auto kFirst, auto kSecond>
bool HasOneOf(const axptr_subject& subject, const Op& op) {
  return Has<kFirst>(subject, op) || Has<kSecond>(subject, op);
}

// For a verb of the library: the predicate for a subject that offers it, and the call.
struct VerbCall {
  Verb verb;
  bool (*is_offered)(const axptr_subject& subject, const Op& op);
  Outcome (SubjectCall::*make)();
};

using S = axptr_subject;
using C = axptr_copying;

// A row for each verb of the library.
constexpr VerbCall kVerbCalls[] = {
    {Verb::kConstGet, Has<&S::lend_value>, &SubjectCall::Get},
    {Verb::kMutGet, Has<&S::lend_value>, &SubjectCall::Get},
    {Verb::kConstSlice, Has<&S::lend_slice>, &SubjectCall::Slice},
    {Verb::kMutSlice, Has<&S::lend_slice>, &SubjectCall::Slice},
    {Verb::kConstCstr, Has<&S::lend_terminated>, &SubjectCall::NullTerminated},
    {Verb::kMutCstr, Has<&S::lend_terminated>, &SubjectCall::NullTerminated},
    {Verb::kConstStr, Has<&S::lend_text>, &SubjectCall::Str},
    {Verb::kCopyStr, Has<&S::copy_text>, &SubjectCall::CopyStr},
    {Verb::kCopyUntilNul, HasCopying<&C::copy_until_nul>, &SubjectCall::CopyUntilNul},
    {Verb::kStrLength, HasCopying<&C::string_length>, &SubjectCall::StrLength},
    {Verb::kCopyIn, HasOneOf<&S::copy_in, &S::copy_from_user>, &SubjectCall::CopyIn},
    {Verb::kCopyOut, HasOneOf<&S::copy_out, &S::copy_to_user>, &SubjectCall::CopyOut},
    {Verb::kZeroUser, HasOneOf<&S::zero, &S::clear_user>, &SubjectCall::Zero},
    {Verb::kReadArray, HasCopying<&C::read_array>, &SubjectCall::ReadArray},
    {Verb::kWriteArray, HasCopying<&C::write_array>, &SubjectCall::WriteArray},
    {Verb::kZeroArray, HasCopying<&C::zero_array>, &SubjectCall::ZeroArray},
    {Verb::kReadVersioned, HasCopying<&C::read_versioned>, &SubjectCall::ReadVersioned},
    {Verb::kWriteVersioned, HasCopying<&C::write_versioned>, &SubjectCall::WriteVersioned},
    {Verb::kReadv, HasBothOfCopying<&C::fetch_io_vec, &C::write_io_vec>, &SubjectCall::IoVec},
    {Verb::kWritev, HasBothOfCopying<&C::fetch_io_vec, &C::read_io_vec>, &SubjectCall::IoVec},
    {Verb::kReadValue, HasCopying<&C::read_value>, &SubjectCall::ReadValue},
    {Verb::kReadUnaligned, HasCopying<&C::read_unaligned>, &SubjectCall::ReadValue},
    {Verb::kWriteValue, HasCopying<&C::write_value>, &SubjectCall::WriteValue},
    {Verb::kWriteUnaligned, HasCopying<&C::write_unaligned>, &SubjectCall::WriteValue},
    {Verb::kAtomicLoad, HasCopying<&C::atomic>, &SubjectCall::Atomic},
    {Verb::kAtomicStore, HasCopying<&C::atomic>, &SubjectCall::Atomic},
    {Verb::kAtomicExchange, HasCopying<&C::atomic>, &SubjectCall::Atomic},
    {Verb::kAtomicCompareExchange, HasCopying<&C::atomic>, &SubjectCall::Atomic},
    {Verb::kAtomicFetchAdd, HasCopying<&C::atomic>, &SubjectCall::Atomic},
    {Verb::kAtomicFetchOr, HasCopying<&C::atomic>, &SubjectCall::Atomic},
    {Verb::kAtomicFetchAnd, HasCopying<&C::atomic>, &SubjectCall::Atomic},
    {Verb::kAtomicFetchXor, HasCopying<&C::atomic>, &SubjectCall::Atomic},
    {Verb::kNoFaultRead, HasCopying<&C::retry_reading>, &SubjectCall::RetryReading},
    {Verb::kNoFaultWrite, HasCopying<&C::retry_writing>, &SubjectCall::RetryWriting},
    {Verb::kNoFaultExchange, HasCopying<&C::retry_exchange>, &SubjectCall::RetryExchange},
    {Verb::kWriteStr, HasCopying<&C::write_text>, &SubjectCall::WriteStr},
    {Verb::kUserStrings, HasCopying<&C::copy_strings>, &SubjectCall::UserStrings},
    {Verb::kConstAccess, HasForCount<&S::access_value, &S::access_slice>, &SubjectCall::Access},
    {Verb::kMutAccess, HasForCount<&S::access_value, &S::access_slice>, &SubjectCall::Access},
};

// The rows by verb; empty for a verb that calls no subject.
constexpr std::array<VerbCall, kVerbCount> kByVerb = [] {
  std::array<VerbCall, kVerbCount> by_verb = {};
  for (const VerbCall& row : kVerbCalls) by_verb[static_cast<size_t>(row.verb)] = row;
  return by_verb;
}();

constexpr const VerbCall& CallOf(Verb verb) { return kByVerb[static_cast<size_t>(verb)]; }

constexpr bool HasRow(Verb verb) {
  return std::any_of(std::begin(kVerbCalls), std::end(kVerbCalls),
                     [verb](const VerbCall& row) { return row.verb == verb; });
}

static_assert(std::all_of(std::begin(AllVerbs()), std::end(AllVerbs()),
                          [](const VerbInfo& info) {
                            return HasRow(info.verb) == IsLibraryAccess(info.verb);
                          }),
              "a row of kVerbCalls for each verb of the library, and for no other");

}  // namespace

axptr_element ElementOf(const Op& op) { return {ElementSize(op.type), ElementAlign(op.type)}; }

bool IsOffered(const Op& op, const axptr_subject& subject) {
  if (!IsLibraryAccess(op.verb)) return true;
  const bool takes_element =
      !HasType(op.verb) || subject.takes_element == nullptr || subject.takes_element(ElementOf(op));
  return takes_element && CallOf(op.verb).is_offered(subject, op);
}

Outcome CallLibrary(const axptr_subject& subject, const Op& op, Kernel& kernel,
                    KernelBuffer& buffer, Effects* effects) {
  SIM_CHECK(IsLibraryAccess(op.verb));
  SubjectCall call(subject, op, kernel, buffer, effects);
  return (call.*CallOf(op.verb).make)();
}

}  // namespace sim
