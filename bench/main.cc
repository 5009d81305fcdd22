// The benchmark program: every row and its peers in one binary, so that they share a run.
// --subject=NAME|FILE.so: the rows of checks, strings and copies measure that subject (subject.h).
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "bench/measured_subject.h"
#include "bench/row.h"
#include "sim/subject/subjects.h"

namespace {

// Removes --subject from the arguments. If it is not usable, prints the reason and returns false.
bool TakeSubject(int* argc, char** argv) {
  constexpr std::string_view kOption = "--subject=";
  int kept = 1;
  for (int i = 1; i < *argc; ++i) {
    if (!std::string_view(argv[i]).starts_with(kOption)) {
      argv[kept++] = argv[i];
      continue;
    }
    const auto subject = sim::FindSubject(argv[i] + kOption.size());
    if (!subject.ok()) {
      const std::string message(subject.status().message());
      fprintf(stderr, "--subject: %s\n", message.c_str());
      return false;
    }
    bench::ChooseSubject(**subject);
  }
  *argc = kept;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (!TakeSubject(&argc, argv)) return 2;
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  bench::AddCheckRows();
  bench::AddSliceRows();
  bench::AddStringRows();
  bench::AddWordScanRows();
  bench::AddCopyRows();
  bench::AddCopyingRowsByVectors();
  bench::AddCopyingRowsByWords();
  bench::AddCopyingRowsByFastMoves();
  bench::AddFaultRows();
  bench::AddPagingRows();
  bench::AddHostRows();
  bench::AddReplayRows();
  bench::AddTraceRows();
  bench::AddCpuRows();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
