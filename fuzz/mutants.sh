#!/usr/bin/env bash
# Seeds each known bug of fuzz/mutants/ in a copy of the source, and sees that the corpus or a short
# fuzzing run finds it, by the violation that it names. A survivor is a gap in the oracle.
#
#   fuzz/mutants.sh [--check] [NAME...]
#
# --check: only that each patch still applies and has its header.
#
# One copy of the source and one build folder serve all mutants, one after the other: a patch then
# costs a rebuild of what includes the file it changes, and the compiler cache has the rest.
# Exit status: 0 all found; 1 a survivor, a wrong violation, or a patch that does not apply or build;
# 2 unusable arguments.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=fuzz/libfuzzer.sh
source "$root/fuzz/libfuzzer.sh"
work=$root/build/mutants
source=$work/source
build=$source/build/fuzz-fast
parts=(CMakeLists.txt CMakePresets.json axptr sim fuzz corpus)
targets=(check_fuzzer scenario_fuzzer)
trap 'stop_targets KILL' EXIT
trap 'exit 130' INT TERM

check_only=0
if [[ ${1:-} == --check ]]; then
  check_only=1
  shift
fi
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

# apply NAME FOLDER ARGUMENT...: `git apply` there, as in a folder that is no part of a repository.
apply() {
  local patch=$root/fuzz/mutants/$1.patch folder=$2
  shift 2
  (cd "$folder" && GIT_CEILING_DIRECTORIES=$(dirname "$folder") git apply "$@" "$patch")
}

# sync: makes the copy equal to the source. Files that are equal keep their time, so that only what
# changed is built again.
sync() {
  local file
  mkdir -p "$source"
  (cd "$root" && find "${parts[@]}" -type f) | while IFS= read -r file; do
    cmp -s "$root/$file" "$source/$file" && continue
    mkdir -p "$(dirname "$source/$file")"
    cp "$root/$file" "$source/$file"
  done
  (cd "$source" && find "${parts[@]}" -type f) | while IFS= read -r file; do
    [[ -e $root/$file ]] || rm "$source/$file"
  done
}

# violations LOG...: the names of what the targets have found.
violations() { sed -n 's/^VIOLATION \([^ ]*\).*/\1/p' "$@" | sort -u | paste -s -d ' '; }

# hunt HOW SECONDS: runs both targets until one of them finds something, SECONDS long at most (0:
# the corpus only). Sets `found` to the violations, `finder` to target and HOW.
hunt() {
  local how=$1 limit=$2 target log spoken=() arguments=()
  ((limit)) || arguments=(-runs=0)
  for target in "${targets[@]}"; do
    mkdir -p "$build/corpus/$target"
    log=$work/$name/$target.$how.log
    start_target "$build" "$target" "$log" "$limit" -seed=1 "${arguments[@]}" \
      -artifact_prefix="$work/$name/" "$build/corpus/$target" "$build/seed_corpus/$target"
    spoken+=("$log")
  done
  while any_running "${spoken[@]}"; do
    sleep 0.1
    for log in "${spoken[@]}"; do has_crashed "$log" && stop_targets INT; done
  done
  for log in "${spoken[@]}"; do
    if has_crashed "$log"; then
      target=$(basename "$log" ".$how.log")
      found=$(violations "$log")
      found=${found:-$(finding "$log")}
      finder="$target, $how"
      return
    fi
  done
}

# try NAME: one row of the table. Returns 1 unless the mutant was found by its violation.
try() {
  local name=$1 began=$SECONDS wanted found='' finder='-' verdict=found
  wanted=$(header "$name" violation)
  rm -rf "${work:?}/$name" "$build/corpus"
  mkdir -p "$work/$name"
  sync
  if ! apply "$name" "$source" 2>"$work/$name/apply.log"; then
    verdict='DOES NOT APPLY'
  elif ! { cmake --preset fuzz-fast -S "$source" &&
    cmake --build "$build" --target fuzz_targets; } >"$work/$name/build.log" 2>&1; then
    verdict='DOES NOT BUILD'
  else
    hunt corpus 0
    [[ $found ]] || hunt fuzzing "$(header "$name" budget)"
    if [[ -z $found ]]; then
      verdict=SURVIVED
    elif [[ " $found " != *" $wanted "* ]]; then
      verdict="OTHER: $found"
    fi
  fi
  printf '%-34s %-22s %-26s %4d s  %s\n' "$name" "$wanted" "$finder" "$((SECONDS - began))" "$verdict"
  [[ $verdict == found ]]
}

# check NAME: the patch applies to the source as it is, and says what it must.
check() {
  local field
  for field in breaks violation budget; do
    [[ $(header "$1" "$field") ]] || { echo "$1: no line '# $field: ...'" && return 1; }
  done
  apply "$1" "$root" --check
}

failed=0
if ((check_only)); then
  for name in "${names[@]}"; do check "$name" || failed=$((failed + 1)); done
  echo "${#names[@]} mutants, $failed that do not apply"
else
  mkdir -p "$work"
  exec {lock}>"$work/lock"
  flock -n "$lock" || {
    echo "another run of mutants.sh is under way in $work" >&2
    exit 2
  }
  printf '%-34s %-22s %-26s %6s  %s\n' mutant "must cause" "found by" time verdict
  for name in "${names[@]}"; do try "$name" || failed=$((failed + 1)); done
  sync
  printf '\n%d mutants, %d not found as they should be. Logs: %s\n' "${#names[@]}" "$failed" \
    "${work#"$PWD"/}"
fi
((failed == 0))
