#!/bin/bash -eu
# Builds the fuzz targets for ClusterFuzzLite and OSS-Fuzz, whose images set CC, CXX, CFLAGS, CXXFLAGS,
# LIB_FUZZING_ENGINE (a flag or an archive), SRC, WORK and OUT. `./run service-check` runs this script without
# such an image. The sources are $SRC/axptr and $SRC/abseil-cpp.
#
# This script builds Abseil, because the C++ library of the images is libc++, and the distribution's Abseil is
# built for another one. The edges of Abseil do not guide the fuzzer; neither do those of the simulator.

no_feedback=-fno-sanitize-coverage=edge,bb,func,indirect-calls,trace-cmp,inline-8bit-counters,pc-table,stack-depth,trace-pc-guard,trace-loads
CXXFLAGS="$CXXFLAGS $no_feedback" cmake -G Ninja -S "$SRC/abseil-cpp" -B "$WORK/abseil" \
  -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_STANDARD=17 -DBUILD_TESTING=OFF -DABSL_PROPAGATE_CXX_STD=ON \
  -DCMAKE_INSTALL_PREFIX="$WORK/installed" -DCMAKE_INSTALL_LIBDIR=lib
cmake --build "$WORK/abseil" --target install

cmake -G Ninja -S "$SRC/axptr" -B "$WORK/axptr" -DAXPTR_SERVICE=ON -DAXPTR_FUZZ=ON \
  -DCMAKE_BUILD_TYPE=None -DCMAKE_PREFIX_PATH="$WORK/installed" -DLIB_FUZZING_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$WORK/axptr" --target fuzz_targets

# Without the canary, which always finds its bug, the empty target, which never gets new coverage, and machine_fuzzer,
# whose subject is the simulated kernel: it has no coverage feedback of its own, and the nightly ./run fuzz runs it.
for target in scenario check string race copy text; do
  name=${target}_fuzzer
  cp "$WORK/axptr/bin/$name" "$WORK/axptr/bin/$name.options" "$WORK/axptr/bin/$name.dict" "$OUT/"
  python3 "$SRC/axptr/fuzz/zip_seeds.py" "$WORK/axptr/seed_corpus/$name" "$OUT/${name}_seed_corpus.zip"
done
