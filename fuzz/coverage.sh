#!/usr/bin/env bash
# Measures what the corpus covers, and what the corpus and the unit tests cover together: `./run coverage`, with
# a build that has source coverage. Exit status: 0 the thresholds of coverage.py are met; 1 they are not.
#
#   fuzz/coverage.sh BUILD_FOLDER
#
# The corpus: replay_corpus runs every scenario of corpus/*_fuzzer/ and corpus/regressions/ on the whole machine,
# with the oracle. The unit tests: every GoogleTest program of the build, and the axsim that some of them start.
# Writes pages to BUILD_FOLDER/report/: corpus/index.html for the corpus alone, all/index.html for both.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(cd "$1" && pwd)
profiles=$build/profiles
report=$build/report
cov=llvm-cov-19
profdata=llvm-profdata-19
rm -rf "$profiles" "$report"
mkdir -p "$profiles" "$report"
# Excludes a test that checks stacks: the symbols of coverage mapping lie at the start of functions and appear in
# these stacks.
export GTEST_FILTER=-AxsimTest.ShowsTheStackOfATouchInsideTheLibrary
export LLVM_PROFILE_FILE=$profiles/tests-%p.profraw

# measure NAME OBJECT...: exports from NAME.profdata what coverage.py reads, and writes the pages.
measure() {
  local name=$1 objects=("$2") object
  shift 2
  for object in "$@"; do objects+=(-object "$object"); done
  objects+=(-instr-profile="$profiles/$name.profdata"
    -ignore-filename-regex='^/usr/|_test\.cc$|/testing/|/build/')
  "$cov" export -format=lcov "${objects[@]}" >"$profiles/$name.lcov"
  "$cov" export -format=text -skip-functions "${objects[@]}" >"$profiles/$name.json"
  "$cov" show -format=html -show-branches=count -output-dir="$report/$name" "${objects[@]}" \
    >/dev/null
}

LLVM_PROFILE_FILE=$profiles/corpus-%p.profraw "$build/bin/replay_corpus" \
  "$root"/corpus/*_fuzzer/*.scn "$root"/corpus/regressions/*.scn
"$profdata" merge -sparse -o "$profiles/corpus.profdata" "$profiles"/corpus-*.profraw

tests=()
for test in "$build"/bin/*_test; do
  [[ $(basename "$test") == emitted_bug_test ]] || tests+=("$test")  # this test fails on purpose
done
# shellcheck disable=SC2016
printf '%s\n' "${tests[@]}" | xargs -P "$(nproc)" -I {} sh -c \
  '"$1" >"$2/$(basename "$1").log" 2>&1 || { echo "$1 failed; its log is in $2"; exit 255; }' \
  - {} "$profiles"
"$root/corpus/same_in_fresh_processes.sh" "$build/bin/axsim" \
  "$root"/corpus/*_fuzzer/*.scn "$root"/corpus/regressions/*.scn >"$profiles/same.log"
"$profdata" merge -sparse -o "$profiles/all.profdata" "$profiles"/*.profraw
rm "$profiles"/*.profraw

measure corpus "$build/bin/replay_corpus"
measure all "$build/bin/replay_corpus" "$build/bin/axsim" \
  "$build"/bin/axsim_{nested_flag,terminator_counted} "${tests[@]}"
"$build/bin/axsim" reach "$root"/corpus/*_fuzzer "$root"/corpus/{regressions,long}
python3 "$root/fuzz/coverage.py" "$root" "$profiles" | tee "$report/table.txt"
printf 'Pages: %s/{corpus,all}/index.html\n' "${report#"$PWD"/}"
