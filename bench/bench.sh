#!/usr/bin/env bash
# bench.sh BUILD [--subject=NAME|FILE.so] [--compare OLD.json] [--quick]: runs BUILD/bin/axptr_benchmark,
# and reports on it: BUILD/results.json, BUILD/report.html, and the goals on standard output.
# --subject: the rows of checks, strings and copies measure that subject, which bench/measured_subject.h tells
# of, and BUILD/results-NAME.json has them. The goals are those of the library without it.
# --quick: short runs, to see that everything works; the figures are worth nothing.
set -euo pipefail

build=$1
shift
seconds=0.02
repetitions=5
compare=()
subject=()
suffix=''
context=''
while (($#)); do
  case $1 in
    --compare)
      [[ -r ${2:-} ]] || { printf 'bench.sh: --compare needs a file that can be read\n' >&2; exit 2; }
      compare=(--compare="$(realpath "$2")")
      shift 2
      ;;
    --subject=?*)
      subject=("$1")
      suffix=-$(basename "${1#--subject=}" .so)
      context=",subject=${1#--subject=}"
      shift
      ;;
    --quick)
      seconds=0.002
      repetitions=2
      shift
      ;;
    *)
      printf 'usage: ./run bench [--subject=NAME|FILE.so] [--compare OLD.json] [--quick]\n' >&2
      exit 2
      ;;
  esac
done

cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
# Interleaved, so that a disturbance hits rows and peers alike; commas would begin another context.
"$build/bin/axptr_benchmark" "${subject[@]}" \
  --benchmark_min_time="$seconds" --benchmark_repetitions="$repetitions" \
  --benchmark_enable_random_interleaving=true \
  --benchmark_context="cpu=${cpu//,/ },compiler=$("$compiler" -dumpversion | sed "s|^|${compiler##*/} |"),kernel=$(uname -sr)$context" \
  --benchmark_out="$build/raw.json" --benchmark_out_format=json >"$build/bench.log" 2>&1 || {
  tail -n 20 "$build/bench.log" >&2
  exit 2
}
"$build/bin/bench_report" "$build/raw.json" "${compare[@]}" --html="$build/report$suffix.html" \
  --json="$build/results$suffix.json"
printf '\nResults: %s/results%s.json\nReport:  %s/report%s.html\n' "$build" "$suffix" "$build" "$suffix"
