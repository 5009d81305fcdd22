#!/usr/bin/env bash
# Brings home what fuzzing found: inputs of the campaign's working corpus that reach code which no
# committed scenario reaches, as text in corpus/TARGET/found_*. `./run corpus`, over targets that are
# built and have fuzzed.
#
#   fuzz/merge_corpus.sh BUILD_FOLDER [TARGET...]
#
# The engine picks the inputs (-merge=1; code reached counts, how often does not, so that they are few),
# after each was decoded and encoded again: what is special about its bytes only would be lost in the text.
# A scenario states with `=>` what its lines come to; text_fuzzer's inputs stay as they are, as .txt. No
# folder gets more than 500 files; the shortest inputs come first. To be read before they are committed.
set -euo pipefail
shopt -s nullglob

build=$(cd "$1" && pwd)
shift
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
most_files=500

targets=("$@")
((${#targets[@]})) || targets=(scenario_fuzzer check_fuzzer string_fuzzer race_fuzzer copy_fuzzer text_fuzzer)

# to_text FILE: the scenario, each line with what it comes to. Fails where there is a violation.
to_text() {
  local run
  run=$("$build/bin/axsim" run "$1") || return 1
  printf '# Found by fuzzing: reaches code that no scenario before it reached.\n'
  sed -n -E -e '/^machine /p' \
    -e 's/^ *[0-9]+  (.*[^ ])  +(ok.*|E[A-Z]+)$/\1 => \2/p' \
    -e 's/^ *[0-9]+  (.*[^ ])  +(armed; .*|not run|panic)$/\1/p' \
    -e 's/^ *[0-9]+  (.*[^ ])  +never: .*$/\1 => never/p' <<<"$run"
}

# canonical INPUT FOLDER: what the engine is to choose among.
canonical() {
  local name
  name=$2/$(basename "$1")
  if ! { "$build/bin/axsim" decode "$1" >"$name.text" 2>/dev/null &&
    "$build/bin/axsim" encode "$name.text" "$name" 2>/dev/null; }; then
    rm -f "$name"  # no operation in it
  fi
  rm -f "$name.text"
}

# bring_home TARGET INPUT: writes it to corpus/TARGET/.
bring_home() {
  local target=$1 input=$2 name
  name=$root/corpus/$target/found_$(sha1sum <"$input" | cut -c 1-12)
  if [[ $target == text_fuzzer ]]; then
    cp "$input" "$name.txt"
  elif ! { to_text "$input" >"$name.scn" && grep -q ' => ' "$name.scn"; }; then
    rm "$name.scn"  # a finding (./run fuzz shows those), or nothing that could be stated
  fi
}

for target in "${targets[@]}"; do
  target=${target%_fuzzer}_fuzzer
  seeds=$build/seed_corpus/$target
  merged=$build/merged/$target
  [[ -d $build/corpus/$target ]] || { echo "$target has not fuzzed" && continue; }
  candidates=$build/corpus/$target
  if [[ $target != text_fuzzer ]]; then
    candidates=$build/merged/$target-candidates
    rm -rf "$candidates"
    mkdir -p "$candidates"
    for input in "$build/corpus/$target"/*; do canonical "$input" "$candidates"; done
  fi
  rm -rf "$merged"
  mkdir -p "$merged"
  cp -r "$seeds/." "$merged"
  "$root/fuzz/campaign/target.py" run "$build" "$target" -merge=1 -use_counters=0 "$merged" "$candidates" \
    >"$build/logs/$target.merge.log" 2>&1
  committed=("$root/corpus/$target"/*.scn "$root/corpus/$target"/*.txt)
  before=${#committed[@]}
  room=$((most_files - before))
  while IFS= read -r name; do
    if [[ ! -e $seeds/$name ]] && ((room-- > 0)); then bring_home "$target" "$merged/$name"; fi
  done < <(find "$merged" -type f -printf '%s %f\n' | sort -n | cut -d ' ' -f 2)
  committed=("$root/corpus/$target"/*.scn "$root/corpus/$target"/*.txt)
  printf '%-18s %3d files, %d of them new\n' "$target" "${#committed[@]}" \
    "$((${#committed[@]} - before))"
done
