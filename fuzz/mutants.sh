#!/usr/bin/env bash
# Seeds each known bug of fuzz/mutants/ in a copy of the source, and sees that the corpus finds it, and
# that fuzzing from nothing finds it too, by the violation that it names. A survivor is a gap.
#
#   fuzz/mutants.sh [--check | --corpus-only] [--seeds N] [--jobs N] [NAME...]
#
# --check: only that each patch still applies and has its header.
# --corpus-only: no fuzzing; a small build that takes seconds a mutant.
# --seeds N: fuzz N times (5), without the corpus, each for the budget of the mutant at most.
# --jobs N: so many mutants at a time (the number of CPUs), each fuzzing in one process.
#
# Each job has one copy of the source and one build folder, for its mutants one after the other: a
# patch then costs a rebuild of what includes the file it changes. Without fuzzing, the library is
# changed in a second copy, under_test/, which one file of the simulator sees: one object.
# Exit status: 0 all found; 1 a survivor, a wrong violation, or a patch that does not apply or build;
# 2 unusable arguments.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=fuzz/libfuzzer.sh
source "$root/fuzz/libfuzzer.sh"
unset ASAN_SYMBOLIZER_PATH  # nobody reads the stacks of hundreds of findings
work=$root/build/mutants
parts=(CMakeLists.txt CMakePresets.json axptr sim fuzz corpus)
replay_limit_seconds=60

usage() {
  sed -n '5s/^#  *//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

mode=all seeds=5 jobs=$(nproc) one=0
while [[ ${1:-} == --* ]]; do
  case $1 in
    --check) mode=check ;;
    --corpus-only) mode=corpus ;;
    --seeds | --jobs)
      [[ ${2:-} =~ ^[1-9][0-9]?$ ]] || usage
      [[ $1 == --seeds ]] && seeds=$2 || jobs=$2
      shift
      ;;
    --one) one=1 ;;  # called by this script: one row, in the folder of job $JOB
    *) usage ;;
  esac
  shift
done
names=("$@")
if ((${#names[@]} == 0)); then
  for patch in "$root"/fuzz/mutants/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi
for name in "${names[@]}"; do
  [[ -r $root/fuzz/mutants/$name.patch ]] || {
    echo "no such mutant: $name (see fuzz/mutants/)" >&2
    exit 2
  }
done

# header NAME FIELD: the value of a line `# FIELD: VALUE` of the patch.
header() { sed -n "s/^# $2: *//p" "$root/fuzz/mutants/$1.patch" | head -n 1; }

# folder_of NAME: the folder in which the patch is applied.
folder_of() {
  if [[ $mode == corpus ]] && grep -q '^+++ b/axptr/' "$root/fuzz/mutants/$1.patch"; then
    echo "$source/under_test"
  else
    echo "$source"
  fi
}

# apply NAME FOLDER ARGUMENT...: `git apply` there, as in a folder that is no part of a repository.
apply() {
  local patch=$root/fuzz/mutants/$1.patch folder=$2
  shift 2
  (cd "$folder" && GIT_CEILING_DIRECTORIES=$(dirname "$folder") git apply "$@" "$patch")
}

# copy_sources FOLDER PART...: makes the parts of the source there equal to the source. Files that are
# equal keep their time, so that only what changed is built again.
copy_sources() {
  local into=$1 file
  shift
  mkdir -p "$into"
  (cd "$root" && find "$@" -type f) | while IFS= read -r file; do
    cmp -s "$root/$file" "$into/$file" && continue
    mkdir -p "$(dirname "$into/$file")"
    cp "$root/$file" "$into/$file"
  done
  (cd "$into" && find "$@" -type f) | while IFS= read -r file; do
    [[ -e $root/$file ]] || rm "$into/$file"
  done
}

# build_mutant TARGET...: in the copy, with the preset of the mode.
build_mutant() {
  export CCACHE_BASEDIR=$source CCACHE_NOHASHDIR=1  # the copies share what is cached
  local arguments=()
  [[ $mode != corpus ]] || arguments=(-DAXPTR_LIBRARY_UNDER_TEST="$source/under_test")
  [[ -e $build/build.ninja ]] || (cd "$source" && cmake --preset "$preset" "${arguments[@]}")
  cmake --build "$build" --target "$@"
}

# The names of the violations in LOG; where it has none, what else ended the program.
violations() {
  local found
  found=$(sed -n 's/^VIOLATION \([^ ]*\).*/\1/p' "$1" | sort -u | paste -s -d ' ')
  printf '%s' "${found:-$(finding "$1")}"
}

# is_wanted FOUND: whether one of the violations that the mutant may cause is among these.
is_wanted() {
  local violation
  for violation in $wanted; do [[ " $1 " != *" $violation "* ]] || return 0; done
  return 1
}

# run_replay LOG FILE...: sets `status`.
run_replay() {
  local log=$1
  shift
  status=0
  {
    timeout "$replay_limit_seconds" "$build/bin/replay_corpus" "$@" >"$log" 2>&1 || status=$?
  } 2>/dev/null  # where the shell says that it aborted
}

# replay: the corpus on the mutant, and the scenario that is said to show it. Sets `replay` to the
# seconds it took to find it, or to `-`; adds to `seen`.
replay() {
  local log=$rows/$name.corpus.log began=$EPOCHREALTIME status scenario
  run_replay "$log" "$source"/corpus/*_fuzzer/*.scn "$source"/corpus/regressions/*.scn
  replay=-
  ((status)) || return 0  # it survived
  replay=$(awk -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.2f", to - from }')
  found=$(violations "$log")
  ((status != 124)) || found=timeout
  seen+=" $found"
  is_wanted "$found" || verdict="CORPUS: $found"
  scenario=$(header "$name" scenario)
  [[ $scenario ]] || return 0
  run_replay "$rows/$name.scenario.log" "$source/$scenario"
  ((status)) || verdict="NOT BY $(basename "$scenario")"
}

# median: of the numbers in the input.
median() { sort -g | awk '{ all[NR] = $1 } END { if (NR) print all[int((NR + 1) / 2)]; else print "-" }'; }

# fuzz: each seed for the budget at most. Adds to `seen`; sets `hits`, `executions`, `time` (medians of the hits).
fuzz() {
  local seed log found runs
  hits=0
  : >"$rows/$name.runs"
  for ((seed = 1; seed <= seeds; ++seed)); do
    log=$rows/$name.$seed.log
    start_target "$build" "$target" "$log" "$(header "$name" budget)" -seed="$seed" \
      -artifact_prefix="$rows/$name.$seed."
    while is_running "$log"; do sleep 0.05; done
    has_crashed "$log" || continue
    found=$(violations "$log")
    seen+=" $found"
    is_wanted "$found" || { verdict="SEED $seed: $found" && continue; }
    hits=$((hits + 1))
    read -r runs _ < <(last_status "$log")
    echo "$runs $(wall_seconds "$log")" >>"$rows/$name.runs"
  done
  executions=$(cut -d ' ' -f 1 "$rows/$name.runs" | median)
  time=$(cut -d ' ' -f 2 "$rows/$name.runs" | median)
}

# try: one row of the table. Returns 1 unless the mutant was found by its violation.
try() {
  local wanted target folder found seen='' replay=- hits=0 executions=- time=- verdict=''
  folder=$(folder_of "$name")
  wanted=$(header "$name" violation)
  target=$(header "$name" target)
  target=${target:-scenario_fuzzer}
  if ! apply "$name" "$folder" 2>"$rows/$name.apply.log"; then
    verdict='DOES NOT APPLY'
  elif ! build_mutant replay_corpus $([[ $mode == corpus ]] || echo "$target") \
    >"$rows/$name.build.log" 2>&1; then
    verdict='DOES NOT BUILD'
  else
    replay
    if [[ $mode == all ]]; then
      fuzz
      ((hits > 0)) || verdict=${verdict:-SURVIVED FUZZING}
    fi
    [[ $replay != - ]] || verdict=${verdict:-SURVIVED THE CORPUS}
  fi
  [[ $verdict == 'DOES NOT APPLY' ]] || apply "$name" "$folder" -R
  printf '%-32s %-22s %6s  %-16s %3s/%d %10s %7s  %s\n' "$name" "${wanted%% *}" "$replay" \
    "$([[ $mode == corpus ]] && echo - || echo "$target")" "$hits" \
    "$([[ $mode == corpus ]] && echo 0 || echo "$seeds")" "$executions" "$time" \
    "${verdict:-as expected}: $(tr ' ' '\n' <<<"$seen" | sed '/^$/d' | sort -u | paste -s -d ' ')"
  [[ -z $verdict ]]
}

# check NAME: the patch applies to the source as it is, and says what it must.
check() {
  local field
  for field in breaks violation budget; do
    [[ $(header "$1" "$field") ]] || { echo "$1: no line '# $field: ...'" && return 1; }
  done
  apply "$1" "$root" --check
}

if [[ $mode == check ]]; then
  failed=0
  for name in "${names[@]}"; do check "$name" || failed=$((failed + 1)); done
  echo "${#names[@]} mutants, $failed that do not apply"
  ((failed == 0))
  exit
fi

preset=$([[ $mode == corpus ]] && echo mutants || echo fuzz-fast)
rows=$work/$preset
if ((one)); then
  source=$work/job$JOB
  build=$work/job$JOB/build/$preset name=${names[0]}
  trap 'stop_targets KILL' EXIT
  trap 'exit 130' INT TERM
  try >"$rows/$name.row" || touch "$rows/$name.failed"
  cat "$rows/$name.row"
  exit
fi

mkdir -p "$rows"
exec {lock}>"$work/lock"
flock -n "$lock" || {
  echo "another run of mutants.sh is under way in $work" >&2
  exit 2
}
rm -f "$rows"/*.*
for ((job = 0; job < jobs; ++job)); do
  source=$work/job$job
  copy_sources "$source" "${parts[@]}"
  copy_sources "$source/under_test" axptr
done
printf '%-32s %-22s %6s  %-16s %5s %10s %7s  %s\n' mutant "must cause" corpus "fuzzed by" found \
  executions "time" "verdict: violations seen"
arguments=(--one --seeds "$seeds")
[[ $mode == all ]] || arguments+=(--corpus-only)
# Mutants of one file behind each other: what one has rebuilt, the next has to rebuild anyway.
for name in "${names[@]}"; do
  echo "$(sed -n 's,^+++ b/,,p' "$root/fuzz/mutants/$name.patch" | head -n 1) $name"
done | sort | cut -d ' ' -f 2 |
  xargs -P "$jobs" -n 1 --process-slot-var=JOB "$root/fuzz/mutants.sh" "${arguments[@]}"
failed=$(find "$rows" -name '*.failed' | wc -l)
printf '\n%d mutants, %d not found as they should be, %d s. corpus, time: seconds until it was found;\n' \
  "${#names[@]}" "$failed" "$SECONDS"
printf 'executions, time: medians of the runs that found it, each from nothing. Logs: %s\n' \
  "${rows#"$PWD"/}"
((failed == 0))
