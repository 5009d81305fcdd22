#!/usr/bin/env bash
# Copies inputs of the campaign's working corpus to corpus/TARGET/found_* as text: the inputs that reach code
# which no committed scenario reaches. `./run corpus`, with targets that are built and have fuzzed.
#
#   fuzz/merge_corpus.sh BUILD_FOLDER [TARGET...]
#
# Each input is decoded and encoded again first, because bytes that have no meaning in a text would be lost. Then
# the engine selects the inputs (-merge=1). Only reached code counts for it, not the number of executions, so
# that few inputs are selected. A scenario states the outcomes of its lines with `=>`. Inputs of text_fuzzer
# and machine_fuzzer are copied unchanged, as .txt and .script. A folder has at most 500 files; the shortest inputs are
# copied first. A person should read the new files before they are committed.
set -euo pipefail
shopt -s nullglob

build=$(cd "$1" && pwd)
shift
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
most_files=500

# The targets whose inputs are texts, and how the names of their files end.
declare -A text_forms=([text_fuzzer]=txt [machine_fuzzer]=script)

targets=("$@")
((${#targets[@]})) || targets=(scenario_fuzzer check_fuzzer string_fuzzer race_fuzzer copy_fuzzer text_fuzzer machine_fuzzer)

# to_text FILE: prints the scenario, each line with its outcome. Fails if there is a violation.
to_text() {
  local run
  run=$("$build/bin/axsim" run "$1") || return 1
  printf '# Found by fuzzing: reaches code that no scenario before it reached.\n'
  sed -n -E -e '/^machine /p' \
    -e 's/^ *[0-9]+  (.*[^ ])  +(ok.*|E[A-Z]+)$/\1 => \2/p' \
    -e 's/^ *[0-9]+  (.*[^ ])  +(armed; .*|not run|panic)$/\1/p' \
    -e 's/^ *[0-9]+  (.*[^ ])  +never: .*$/\1 => never/p' <<<"$run"
}

# canonical INPUT FOLDER: decodes INPUT, encodes it again and writes it to FOLDER, from which the engine selects.
canonical() {
  local name
  name=$2/$(basename "$1")
  if ! { "$build/bin/axsim" decode "$1" >"$name.text" 2>/dev/null &&
    "$build/bin/axsim" encode "$name.text" "$name" 2>/dev/null; }; then
    rm -f "$name"  # no operation in it
  fi
  rm -f "$name.text"
}

# bring_home TARGET INPUT: writes the text of INPUT to corpus/TARGET/.
bring_home() {
  local target=$1 input=$2 name
  name=$root/corpus/$target/found_$(sha1sum <"$input" | cut -c 1-12)
  if [[ -v text_forms[$target] ]]; then
    cp "$input" "$name.${text_forms[$target]}"
  elif ! { to_text "$input" >"$name.scn" && grep -q ' => ' "$name.scn"; }; then
    rm "$name.scn"  # a finding (./run fuzz reports those), or no line has an outcome
  fi
}

for target in "${targets[@]}"; do
  target=${target%_fuzzer}_fuzzer
  seeds=$build/seed_corpus/$target
  merged=$build/merged/$target
  [[ -d $build/corpus/$target ]] || { echo "$target has no working corpus" && continue; }
  candidates=$build/corpus/$target
  if [[ ! -v text_forms[$target] ]]; then
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
  committed=("$root/corpus/$target"/*.{scn,txt,script})
  before=${#committed[@]}
  room=$((most_files - before))
  while IFS= read -r name; do
    if [[ ! -e $seeds/$name ]] && ((room-- > 0)); then bring_home "$target" "$merged/$name"; fi
  done < <(find "$merged" -type f -printf '%s %f\n' | sort -n | cut -d ' ' -f 2)
  committed=("$root/corpus/$target"/*.{scn,txt,script})
  printf '%-18s %3d files, %d of them new\n' "$target" "${#committed[@]}" \
    "$((${#committed[@]} - before))"
done
