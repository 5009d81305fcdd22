#include "sim/oracle/contract.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sim {

const Contract kAxptrContract = {
    .name = "axptr",
    .asks = Contract::Asks::kAreasAndPopulation,
    .may_ask = Contract::Asks::kAreasAndPopulation,
    .asks_for_user = true,
    .populates_writable_strings = true,
    .asks_whole_elements = true,
    .lock = Contract::Lock::kForQuestions,
    .checks_alignment = true,
    .empty_range = Contract::EmptyRange::kOkIfAligned,
    .max_bytes = INT64_MAX,
    .bad_range = Contract::BadRange::kEfault,
    .checks_text = true,
    .at_bound = Contract::AtBound::kNameTooLong,
    .on_fault = Contract::OnFault::kError,
    .tail = Contract::Tail::kUntouched,
    .tail_of_others = Contract::Tail::kUntouched,
    .early_bytes = 0,
    .flag = Contract::Flag::kInAttempts,
    .chunk_pages = 16,
    .nests = true,
    .loads_once = true,
    .touches_aligned = true,
    .counts = Contract::Counts::kExact,
};

const Contract kOriginalContract = {
    .name = "original",
    .asks = Contract::Asks::kAreasAndPopulation,
    .may_ask = Contract::Asks::kAreasAndPopulation,
    .asks_for_user = false,
    .populates_writable_strings = false,
    .asks_whole_elements = false,
    .lock = Contract::Lock::kThroughout,
    .checks_alignment = true,
    .empty_range = Contract::EmptyRange::kAsked,
    .max_bytes = INT64_MAX,
    .bad_range = Contract::BadRange::kPanic,
    .checks_text = true,
    .at_bound = Contract::AtBound::kNameTooLong,
    .on_fault = Contract::OnFault::kPanic,
    .tail = Contract::Tail::kUntouched,
    .tail_of_others = Contract::Tail::kUntouched,
    .early_bytes = 0,
    .flag = Contract::Flag::kInReads,
    .chunk_pages = 16,
    .nests = false,
    .loads_once = true,
    .touches_aligned = false,
    .counts = Contract::Counts::kExact,
};

const Contract kLinuxContract = {
    .name = "linux",
    .asks = Contract::Asks::kAddressLimit,
    .may_ask = Contract::Asks::kAreasAndPopulation,
    .asks_for_user = false,
    .populates_writable_strings = false,
    .asks_whole_elements = false,
    .lock = Contract::Lock::kForQuestions,
    .checks_alignment = false,
    .empty_range = Contract::EmptyRange::kOk,
    .max_bytes = UINT64_MAX,
    .bad_range = Contract::BadRange::kEfault,
    .checks_text = false,
    .at_bound = Contract::AtBound::kOk,
    .on_fault = Contract::OnFault::kError,
    .tail = Contract::Tail::kZeroed,
    .tail_of_others = Contract::Tail::kAnything,
    .early_bytes = UINT64_MAX,
    .flag = Contract::Flag::kInAttempts,
    .chunk_pages = 0,
    .nests = false,
    .loads_once = false,
    .touches_aligned = false,
    .counts = Contract::Counts::kAny,
};

namespace {

constexpr const Contract* kContracts[] = {&kAxptrContract, &kOriginalContract, &kLinuxContract};

}  // namespace

std::span<const Contract* const> AllContracts() { return kContracts; }

absl::StatusOr<const Contract*> FindContract(absl::string_view name) {
  const auto* const found =
      std::ranges::find_if(kContracts, [&](const Contract* known) { return known->name == name; });
  if (found != std::end(kContracts)) return *found;
  const std::string known = absl::StrJoin(
      kContracts, ", ", [](std::string* out, const auto* one) { absl::StrAppend(out, one->name); });
  return absl::InvalidArgumentError(absl::StrCat("no contract \"", name, "\": expected ", known));
}

}  // namespace sim
