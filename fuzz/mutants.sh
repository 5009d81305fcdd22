#!/usr/bin/env bash
# Puts each known bug of fuzz/mutants/ in (fuzz/mutant.py), and sees that the corpus finds it, and that
# fuzzing from nothing finds it too, by the violation that it names. A survivor is a gap.
#
#   fuzz/mutants.sh [--check | --corpus-only] [--seeds N] [--jobs N] [NAME...]
#
# --check: only that each patch still applies and has its header.
# --corpus-only: no fuzzing; a small build that takes a second or two a mutant.
# --seeds N: fuzz N times (5), without the corpus, each for the budget of the mutant at most.
# --jobs N: so many mutants at a time (the number of CPUs), each fuzzing in one process.
#
# A mutant of the library is in one subject, of whose name the column `subject` tells; the corpus and the
# fuzzer run that one. Where the patch names it (`# subject: words`), the object code of the other subject
# must be the same with the patch and without it.
# Leaves build/mutants/NAME/: the programs with the bug, logs, crash files.
# Exit status: 0 all found; 1 a survivor, a wrong violation, or a patch that does not apply or build;
# 2 unusable arguments.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
run_one=$root/fuzz/campaign/target.py
export ASAN_SYMBOLIZER_PATH=  # nobody reads the stacks of hundreds of findings
work=$root/build/mutants
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
    --one) one=1 ;;  # called by this script: one row
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

# The names of the violations in LOG; where it has none, what else ended the program.
violations() {
  local found
  found=$(sed -n 's/^VIOLATION \([^ ]*\).*/\1/p' "$1" | sort -u | paste -s -d ' ')
  printf '%s' "${found:-$("$run_one" finding "$1")}"
}

# is_wanted FOUND: whether one of the violations that the mutant may cause is among these; `crash`: the bug may
# destroy the stack of the program that has it, so that no oracle is asked.
is_wanted() {
  local violation
  for violation in $wanted; do [[ " ${1//:/} " != *" $violation "* ]] || return 0; done
  return 1
}

# run_replay LOG FILE...: sets `status`.
run_replay() {
  local log=$1
  shift
  status=0
  {
    timeout "$replay_limit_seconds" "$folder/bin/replay_corpus" "$@" >"$log" 2>&1 || status=$?
  } 2>/dev/null  # where the shell says that it aborted
}

# replay: the corpus on the mutant, and the scenario that is said to show it. Sets `replay` to the
# seconds it took to find it, or to `-`; adds to `seen`.
replay() {
  local log=$folder/corpus.log began=$EPOCHREALTIME status scenario
  run_replay "$log" "$root"/corpus/*_fuzzer/*.scn "$root"/corpus/regressions/*.scn
  replay=-
  ((status)) || return 0  # it survived
  replay=$(awk -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.2f", to - from }')
  found=$(violations "$log")
  ((status != 124)) || found=timeout
  seen+=" $found"
  is_wanted "$found" || verdict="CORPUS: $found"
  scenario=$(header "$name" scenario)
  [[ $scenario ]] || return 0
  run_replay "$folder/scenario.log" "$root/$scenario"
  ((status)) && is_wanted "$(violations "$folder/scenario.log")" ||
    verdict="NOT BY $(basename "$scenario"): $(violations "$folder/scenario.log")"
}

# median: of the numbers in the input.
median() { sort -g | awk '{ all[NR] = $1 } END { if (NR) print all[int((NR + 1) / 2)]; else print "-" }'; }

# fuzz: each seed for the budget at most. Adds to `seen`; sets `hits`, `executions`, `time` (medians of the hits).
fuzz() {
  local seed log found how runs seconds
  hits=0
  : >"$folder/runs"
  for ((seed = 1; seed <= seeds; ++seed)); do
    log=$folder/$seed.log
    mkdir -p "$folder/$seed"
    read -r how runs seconds < <("$run_one" fuzz "$folder" "$target" "$log" "$(header "$name" budget)" "$seed" \
      "$folder/$seed")
    [[ $how == crashed ]] || continue
    found=$(violations "$log")
    seen+=" $found"
    is_wanted "$found" || { verdict="SEED $seed: $found" && continue; }
    hits=$((hits + 1))
    echo "$runs $seconds" >>"$folder/runs"
  done
  executions=$(cut -d ' ' -f 1 "$folder/runs" | median)
  time=$(cut -d ' ' -f 2 "$folder/runs" | median)
}

# only_in_its_subject: whether the object code of the other subjects is as it was, where the patch says so.
only_in_its_subject() {
  local other
  [[ $mode == corpus && $(header "$name" subject) ]] || return 0
  for other in vectors words; do
    [[ $other == "$subject" ]] || ! "$mutant" differs "$name" "$build" "$folder/$other" "$other" ||
      return 1
  done
}

# try: one row of the table. Returns 1 unless the mutant was found by its violation.
try() {
  local wanted target found seen='' replay=- hits=0 executions=- time=- verdict='' subject programs
  wanted=$(header "$name" violation)
  target=$(header "$name" target)
  target=${target:-scenario_fuzzer}
  programs=(replay_corpus)
  [[ $mode == corpus ]] || programs+=("$target")
  if ! subject=$("$mutant" link "$name" "$build" "$folder" "${programs[@]}" 2>"$folder/build.log"); then
    verdict='DOES NOT BUILD'
  else
    [[ $subject == each ]] || export AXPTR_SUBJECT=$subject
    replay
    if [[ $mode == all ]]; then
      fuzz
      ((hits > 0)) || verdict=${verdict:-SURVIVED FUZZING}
    fi
    [[ $replay != - ]] || verdict=${verdict:-SURVIVED THE CORPUS}
    only_in_its_subject || verdict=${verdict:-IS IN OTHER SUBJECTS TOO}
  fi
  printf '%-38s %-8s %-22s %6s  %-16s %3s/%d %10s %7s  %s\n' "$name" "${subject/each/-}" \
    "${wanted%% *}" "$replay" \
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
  [[ $(header "$1" class) =~ ^(|([1-9]|[1-3][0-9]|4[0-7]),\ .+)$ ]] || {
    echo "$1: class: $(header "$1" class): expected the number of a row of docs/findings.md, 1 to 47, whose, and when" &&
      return 1
  }
  [[ $(header "$1" subject) =~ ^(|vectors|words)$ ]] || {
    echo "$1: subject: $(header "$1" subject): expected vectors or words" && return 1
  }
  git -C "$root" apply --check "$root/fuzz/mutants/$1.patch"
}

if [[ $mode == check ]]; then
  failed=0
  for name in "${names[@]}"; do check "$name" || failed=$((failed + 1)); done
  echo "${#names[@]} mutants, $failed that do not apply"
  ((failed == 0))
  exit
fi

# Of one kind of build for all mutants, which link their own programs.
if [[ $mode == corpus ]]; then
  preset=mutants build=$root/build/mutants-base targets=(replay_corpus)
else
  preset=fuzz-fast build=$root/build/fuzz-fast targets=(replay_corpus fuzz_targets)
fi
mutant=$root/fuzz/mutant.py
if ((one)); then
  name=${names[0]} folder=$work/${names[0]}
  mkdir -p "$folder"
  trap 'exit 130' INT TERM
  try >"$folder/row" || touch "$folder/failed"
  cat "$folder/row"
  exit
fi

mkdir -p "$work"
exec {lock}>"$work/lock"
flock -n "$lock" || {
  echo "another run of mutants.sh is under way in $work" >&2
  exit 2
}
for name in "${names[@]}"; do rm -rf "${work:?}/$name"; done
{ (cd "$root" && cmake --preset "$preset" -B "$build") &&
  cmake --build "$build" --target "${targets[@]}"; } >"$work/build.log" 2>&1 || {
  tail -n 40 "$work/build.log" >&2
  exit 1
}
printf '%-38s %-8s %-22s %6s  %-16s %5s %10s %7s  %s\n' mutant subject "must cause" corpus "fuzzed by" \
  found executions "time" "verdict: violations seen"
arguments=(--one --seeds "$seeds")
[[ $mode == all ]] || arguments+=(--corpus-only)
printf '%s\n' "${names[@]}" | xargs -P "$jobs" -n 1 "$root/fuzz/mutants.sh" "${arguments[@]}"
failed=0
for name in "${names[@]}"; do [[ ! -e $work/$name/failed ]] || failed=$((failed + 1)); done
printf '\n%d mutants, %d not found as they should be, %d s. corpus, time: seconds until it was found;\n' \
  "${#names[@]}" "$failed" "$SECONDS"
printf 'executions, time: medians of the runs that found it, each from nothing. Logs: %s/NAME\n' \
  "${work#"$PWD"/}"
((failed == 0))
