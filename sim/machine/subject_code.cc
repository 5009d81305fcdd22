#include "sim/machine/subject_code.h"

#include <link.h>

#include <cstddef>
#include <utility>
#include <vector>

#include "sim/machine/sanitizer.h"

namespace sim {
namespace {

// [start, end), in bytes.
struct CodeRange {
  uintptr_t start = 0;
  uintptr_t end = 0;
};

// One instance per process, which runs one subject at a time. Plain values, because the signal
// handler reads them.
struct SubjectCode {
  uintptr_t (*find_fixup)(uintptr_t pc) = nullptr;
  bool has_flag = false;
  const CodeRange* ranges = nullptr;
  size_t range_count = 0;
};
constinit SubjectCode g_code;

using Ranges = std::vector<CodeRange>;

struct Search {
  uintptr_t address;  // an address in the object to find
  Ranges* found;
};

Ranges ExecutableSegmentsOf(const dl_phdr_info& object) {
  Ranges ranges;
  for (size_t i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    const uintptr_t start = object.dlpi_addr + segment.p_vaddr;
    ranges.push_back({start, start + segment.p_memsz});
  }
  return ranges;
}

// Callback of dl_iterate_phdr for each object; a result other than 0 ends the search.
int TakeIfItHoldsTheAddress(dl_phdr_info* object, size_t, void* argument) {
  const auto& search = *static_cast<const Search*>(argument);
  Ranges ranges = ExecutableSegmentsOf(*object);
  for (const CodeRange& range : ranges) {
    if (search.address < range.start || search.address >= range.end) continue;
    *search.found = std::move(ranges);
    return 1;
  }
  return 0;
}

}  // namespace

void UseCodeOf(const axptr_subject* subject) {
  static Ranges& ranges = *new Ranges;
  g_code = SubjectCode();
  if (subject == nullptr || subject->find_fixup == nullptr) return;
  ranges.clear();
  Search search{reinterpret_cast<uintptr_t>(subject->find_fixup), &ranges};
  dl_iterate_phdr(TakeIfItHoldsTheAddress, &search);
  g_code = {.find_fixup = subject->find_fixup,
            .has_flag = subject->faults_allowed != nullptr,
            .ranges = ranges.data(),
            .range_count = ranges.size()};
}

SIM_NO_SANITIZE bool IsSubjectCode(uintptr_t address) {
  for (size_t i = 0; i < g_code.range_count; ++i) {
    if (g_code.ranges[i].start <= address && address < g_code.ranges[i].end) return true;
  }
  return false;
}

SIM_NO_SANITIZE uintptr_t FindFixup(uintptr_t pc) { return g_code.find_fixup(pc); }

SIM_NO_SANITIZE bool FixupsReplaceFlag() {
  return g_code.find_fixup != nullptr && !g_code.has_flag;
}

}  // namespace sim
