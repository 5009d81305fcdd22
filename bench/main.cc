// The benchmark program: every row and its peers in one binary, so that they share a run.
#include <benchmark/benchmark.h>

#include "bench/row.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  bench::AddCheckRows();
  bench::AddSliceRows();
  bench::AddStringRows();
  bench::AddWordScanRows();
  bench::AddCopyRows();
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
