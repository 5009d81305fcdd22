#!/usr/bin/env bash
# Checks that AFL++ finds the canary's bug and a known bug of the library, both without seeds, and that its findings are
# explained like those of libFuzzer: afl_check.sh BUILD_FOLDER, built by the preset fuzz-afl. Exit status: 0 both bugs
# are found; 1 otherwise.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
mutant=straddling_writable_element
violation=check.range
most_runs=3000000  # each bug needs some thousands
# The environment that the preset sets for the compilers of AFL++, here for the compilation of the mutant.
while IFS= read -r setting; do export "${setting?}"; done < <(python3 -c '
import json, sys
presets = json.load(open(sys.argv[1]))["configurePresets"]
environment = next(preset for preset in presets if preset["name"] == "fuzz-afl")["environment"]
print("\n".join(f"{name}={value}" for name, value in environment.items()))' "$here/../CMakePresets.json")

# finds BUILD TARGET VIOLATION: the campaign finds exactly this violation, and summary.json contains it.
finds() {
  local status=0
  rm -rf "$1/corpus/$2_fuzzer"
  python3 "$here/campaign" "$1" --engine=afl --runs="$most_runs" "$2" || status=$?
  ((status == 1)) || { echo "$2: exit status $status instead of 1" && exit 1; }
  python3 -c '
import json, sys
summary, target, violation = json.load(open(sys.argv[1])), *sys.argv[2:]
found = summary["findings"]
assert [bug["bug"]["violation"] for bug in found] == [violation], found
assert target == "canary" or found[0]["sentence"], "no story"
print("AFL++:", target, violation, summary["targets"][0]["executions"], "executions")' "$1/summary.json" "$2" "$3"
}

finds "$build" canary access.result
subject=$("$here/mutant.py" link "$mutant" "$build" "$build/mutants/$mutant" scenario_fuzzer axsim)
AXPTR_SUBJECT=$subject finds "$build/mutants/$mutant" scenario "$violation"
