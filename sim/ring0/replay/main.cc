// Where C++ begins in the image: the processor is set up and asked about itself, and what the host
// handed over is run.
#include <cstdint>

#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/machine/second.h"
#include "sim/ring0/replay/replay.h"

extern "C" {
extern char image_end[];
extern char tls_bytes[];
extern char tls_align[];
const axptr_subject* axptr_words_subject(void);
const axptr_subject* axptr_vectors_subject(void);
void ring0_main(std::uint64_t start_info);
}

namespace ring0 {
namespace {

constexpr std::uint64_t kImageBase = 0xffff'ffff'8000'0000;

// What the loader says (PVH): struct hvm_start_info and its list of modules.
struct StartInfo {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t flags;
  std::uint32_t modules;
  std::uint64_t module_list;
};
struct Module {
  std::uint64_t start;
  std::uint64_t size;
};

// The host's archive, which lies behind all memory that the image may take.
const Archive& FindArchive(std::uint64_t start_info) {
  const auto& info = *static_cast<const StartInfo*>(DirectMap(start_info));
  if (info.modules == 0) Die("no archive of scenarios", info.modules);
  const auto& module = *static_cast<const Module*>(DirectMap(info.module_list));
  const auto& archive = *static_cast<const Archive*>(DirectMap(module.start));
  if (archive.magic != kArchiveMagic || archive.version != kArchiveVersion) {
    Die("not an archive of this version", archive.version);
  }
  GivePages(reinterpret_cast<std::uint64_t>(image_end) - kImageBase, module.start);
  return archive;
}

bool AreAllSet(const Probes& probes) {
  return probes.has_both != 0 && probes.smap != 0 && probes.smap_ac != 0 && probes.smep != 0 &&
         probes.wp != 0 && probes.user_mode != 0;
}

}  // namespace
}  // namespace ring0

void ring0_main(std::uint64_t start_info) {
  using namespace ring0;
  StartReport();
  SetUpTraps();
  SetUpProcessor(0);
  const Archive& archive = FindArchive(start_info);
  g_kernel.subject = archive.subject == 0 ? axptr_words_subject() : axptr_vectors_subject();
  g_kernel.bug = archive.bug;
  g_kernel.subject->attach(&kServices);
  Probes probes = ProbeHardware();
  if (archive.processors == 2) StartSecondProcessor(&probes);
  const bool reports = g_kernel.subject->reports_loads && g_kernel.subject->reports_stores;
  probes.reports_touches = reports ? 1 : 0;
  Send(RecordTag::kProbes, &probes, sizeof(probes));
  if (!AreAllSet(probes)) Exit(ExitCode::kInconclusive);
  Replay(archive);
  Exit(ExitCode::kDone);
}
