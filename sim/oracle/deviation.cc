#include "sim/oracle/deviation.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "sim/scenario/named_bytes.h"

namespace sim {
namespace {

bool IsString(const Op& op) { return IsNullTerminated(op.verb); }

bool IsMisaligned(const Op& op) {
  return HasType(op.verb) && op.address % ElementAlign(op.type) != 0;
}

// Whether the operation names more bytes than the contract permits.
bool IsTooLong(const Op& op, const Contract& contract) {
  const std::optional<NamedBytes> named = BytesNamedBy(op);
  return named && named->MostBytes() > contract.max_bytes;
}

constexpr Deviation kDeviations[] = {
    {1, "a length of more bytes than an object can have panics", "bad_range",
     [](const Op& op, const OpRecord& /*record*/, const Contract& contract) {
       return !IsString(op) && IsTooLong(op, contract);
     }},
    {2, "a range that reaches the end of the address space panics", "bad_range",
     [](const Op& op, const OpRecord& /*record*/, const Contract& contract) {
       return !IsString(op) && !IsTooLong(op, contract);
     }},
    {3, "a string that reaches the last page of the address space panics", "bad_range",
     [](const Op& op, const OpRecord& /*record*/, const Contract& /*contract*/) {
       return IsString(op);
     }},
    {4, "a fault that cannot be resolved panics", "on_fault", nullptr},
    {5, "the lock is held while a string is read", "lock",
     [](const Op& op, const OpRecord& /*record*/, const Contract& /*contract*/) {
       return IsString(op) && !IsMisaligned(op);
     }},
    {6, "an element is read before all of its pages are checked", "asks_whole_elements", nullptr},
    {7, "the flag is set while the address space is checked", "flag",
     [](const Op& /*op*/, const OpRecord& record, const Contract& /*contract*/) {
       return !record.flag_before || record.flag;
     }},
    {8, "an inner use of the flag clears it for the outer one", "flag",
     [](const Op& /*op*/, const OpRecord& record, const Contract& /*contract*/) {
       return record.flag_before && !record.flag;
     }},
    {9, "a text is validated in memory that the user can still change", "", nullptr},
    {12, "an empty range must be mapped, too", "empty_range", nullptr},
    {13, "a check does not require USER", "asks_for_user", nullptr},
    {16, "a scan for writing does not populate", "populates_writable_strings", nullptr},
    {17, "the lock is taken before alignment and length are checked", "lock",
     [](const Op& op, const OpRecord& /*record*/, const Contract& /*contract*/) {
       return !IsString(op) || IsMisaligned(op);
     }},
};

constexpr Allowance kAllowances[] = {
    {"bad_range",
     [](const Contract& contract) { return contract.bad_range == Contract::BadRange::kPanic; },
     [](Contract* contract) { contract->bad_range = Contract::BadRange::kEfault; }},
    {"on_fault",
     [](const Contract& contract) { return contract.on_fault == Contract::OnFault::kPanic; },
     [](Contract* contract) { contract->on_fault = Contract::OnFault::kError; }},
    {"lock", [](const Contract& contract) { return contract.lock == Contract::Lock::kThroughout; },
     [](Contract* contract) { contract->lock = Contract::Lock::kForQuestions; }},
    {"asks_whole_elements", [](const Contract& contract) { return !contract.asks_whole_elements; },
     [](Contract* contract) { contract->asks_whole_elements = true; }},
    {"flag", [](const Contract& contract) { return contract.flag == Contract::Flag::kInReads; },
     [](Contract* contract) {
       contract->flag = Contract::Flag::kInAttempts;
       contract->nests = true;  // only the cleared flag prevents nesting
     }},
    {"empty_range",
     [](const Contract& contract) { return contract.empty_range == Contract::EmptyRange::kAsked; },
     [](Contract* contract) { contract->empty_range = Contract::EmptyRange::kOkIfAligned; }},
    {"asks_for_user", [](const Contract& contract) { return !contract.asks_for_user; },
     [](Contract* contract) { contract->asks_for_user = true; }},
    {"populates_writable_strings",
     [](const Contract& contract) { return !contract.populates_writable_strings; },
     [](Contract* contract) { contract->populates_writable_strings = true; }},
    {"asks", [](const Contract& contract) { return contract.asks < contract.may_ask; },
     [](Contract* contract) { contract->asks = contract->may_ask; }},
};

}  // namespace

std::span<const Deviation> AllDeviations() { return kDeviations; }

absl::string_view WordsOfDeviation(int number) {
  const auto* const found = std::ranges::find(kDeviations, number, &Deviation::number);
  return found == std::end(kDeviations) ? "?" : found->words;
}

std::span<const Allowance> AllAllowances() { return kAllowances; }

AllowanceSet AllowancesOf(const Contract& contract) {
  AllowanceSet set = 0;
  for (size_t i = 0; i < std::size(kAllowances); ++i) {
    if (kAllowances[i].is_in(contract)) set |= AllowanceSet{1} << i;
  }
  return set;
}

Contract WithAllowances(const Contract& contract, AllowanceSet kept) {
  Contract variant = contract;
  for (size_t i = 0; i < std::size(kAllowances); ++i) {
    if ((kept >> i & 1) == 0 && kAllowances[i].is_in(contract)) kAllowances[i].drop(&variant);
  }
  return variant;
}

std::vector<ContractVariant> VariantsOf(const Contract& contract) {
  const AllowanceSet all = AllowancesOf(contract);
  std::vector<ContractVariant> variants;
  // Each proper subset.
  for (AllowanceSet kept = all; kept != 0;) {
    kept = (kept - 1) & all;
    variants.push_back({WithAllowances(contract, kept), kept});
  }
  std::ranges::sort(variants, {}, [](const ContractVariant& variant) {
    return std::pair(std::popcount(variant.kept), variant.kept);
  });
  return variants;
}

bool IsAxptrWithDeviations(const Contract& contract) {
  Contract strict = WithAllowances(contract, 0);
  strict.name = kAxptrContract.name;
  // Not a deviation: no result depends on it, and no document of the original says anything about
  // it.
  strict.touches_aligned = kAxptrContract.touches_aligned;
  return AllowancesOf(contract) != 0 && strict == kAxptrContract;
}

}  // namespace sim
