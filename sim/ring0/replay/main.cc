// The C++ entry of the image: sets up and probes the processor, then runs the host's archive.
#include <cstdint>

#include "sim/ring0/image/report.h"
#include "sim/ring0/machine/guard.h"
#include "sim/ring0/machine/kernel.h"
#include "sim/ring0/machine/second.h"
#include "sim/ring0/replay/replay.h"
#include "sim/ring0/testing/example.h"

extern "C" {
extern char image_end[];
extern char tls_bytes[];
extern char tls_align[];
const axptr_subject* axptr_words_subject(void);
const axptr_subject* axptr_vectors_subject(void);
const axptr_subject* axptr_task_subject(void);
const axptr_subject* ring0_unruly_subject(void);
void ring0_main(std::uint64_t start_info);
}

namespace ring0 {
namespace {

// Indexed by Archive::subject.
constexpr const axptr_subject* (*kSubjects[])(void) = {axptr_words_subject, axptr_vectors_subject,
                                                       axptr_task_subject, ring0_unruly_subject};
constexpr std::uint32_t kSubjectCount = 4;
static_assert(sizeof(kSubjects) == kSubjectCount * sizeof(kSubjects[0]));

constexpr std::uint64_t kImageBase = 0xffff'ffff'8000'0000;

// The boot information of the loader (PVH): struct hvm_start_info and its list of modules.
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

// The host's archive. It lies after all memory that the image may use.
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

#define RING0_TEXT(number) #number
#define RING0_VERSION(a, b, c) RING0_TEXT(a) "." RING0_TEXT(b) "." RING0_TEXT(c)
#ifdef __clang__
constexpr char kCompiler[] =
    "clang++ " RING0_VERSION(__clang_major__, __clang_minor__, __clang_patchlevel__);
#else
constexpr char kCompiler[] = "g++ " RING0_VERSION(__GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif

bool AreAllSet(const Probes& probes) {
  return probes.has_both != 0 && probes.smap != 0 && probes.smap_ac != 0 && probes.smep != 0 &&
         probes.wp != 0 && probes.user_mode != 0;
}

void Main(std::uint64_t start_info) {
  StartReport();
  SetUpTraps();
  SetUpProcessor(0);
  const Archive& archive = FindArchive(start_info);
  if (archive.subject >= kSubjectCount) Die("no such subject", archive.subject);
  g_kernel.subject = Guarded(kSubjects[archive.subject](), &kServices);
  g_kernel.bug = archive.bug;
  g_kernel.counts = archive.counts != 0;
  Send(RecordTag::kCompiler, kCompiler, sizeof(kCompiler) - 1);
  Probes probes = ProbeHardware();
  if (archive.processors == 2) StartSecondProcessor(&probes);
  const bool reports = g_kernel.subject->reports_loads && g_kernel.subject->reports_stores;
  probes.reports_touches = reports ? 1 : 0;
  Send(RecordTag::kProbes, &probes, sizeof(probes));
  if (!AreAllSet(probes)) Exit(ExitCode::kInconclusive);
  if (archive.example != 0) {
    RunExample();
  } else {
    Replay(archive);
  }
  Exit(ExitCode::kDone);
}

}  // namespace
}  // namespace ring0

void ring0_main(std::uint64_t start_info) { ring0::Main(start_info); }
