// Registration of the rows of the benchmark program and of their peers.
#ifndef BENCH_ROW_H_
#define BENCH_ROW_H_

#include <benchmark/benchmark.h>

#include <string>
#include <utility>

namespace bench {

// Registers the benchmark `body(state)` under `name`. The report divides its time by that of row
// `peer` of the same run; an empty `peer`: there is none, the row is one that others refer to.
template <typename Body>
benchmark::internal::Benchmark* AddRow(const std::string& name, std::string peer, Body body) {
  return benchmark::RegisterBenchmark(
      name.c_str(), [peer = std::move(peer), body = std::move(body)](benchmark::State& state) {
        body(state);
        if (!peer.empty()) state.SetLabel("peer=" + peer);
      });
}

// Each function adds the rows of one *_benchmark.cc.
void AddCheckRows();
void AddSliceRows();
void AddStringRows();
void AddWordScanRows();
void AddCopyRows();
// Rows of copying_benchmark.cc: by vectors of 16 bytes; by words of 8 bytes, as in a kernel; on a
// platform with its own primitive (axptr/testing/rep_moves.h).
void AddCopyingRowsByVectors();
void AddCopyingRowsByWords();
void AddCopyingRowsByFastMoves();
void AddFaultRows();
void AddPagingRows();
void AddHostRows();
void AddReplayRows();
void AddTraceRows();
void AddCpuRows();

}  // namespace bench

#endif  // BENCH_ROW_H_
