#!/usr/bin/env bash
# AFL++ finds the canary's bug and a known bug of the library, both from nothing, and what it finds is explained as what
# libFuzzer finds is: afl_check.sh BUILD_FOLDER, which the preset fuzz-afl built. Exit status: 0 so it is; 1 not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
mutant=straddling_writable_element
violation=check.range
most_runs=3000000  # each needs some thousands
# What the preset says to the compilers of AFL++, for the mutant.
while IFS= read -r setting; do export "${setting?}"; done < <(python3 -c '
import json, sys
presets = json.load(open(sys.argv[1]))["configurePresets"]
environment = next(preset for preset in presets if preset["name"] == "fuzz-afl")["environment"]
print("\n".join(f"{name}={value}" for name, value in environment.items()))' "$here/../CMakePresets.json")

# finds BUILD TARGET VIOLATION: the campaign finds it, and summary.json has it.
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
