#!/usr/bin/env bash
# Tests that a correct subject has no findings in scenarios, also if it lacks functions: the exit status
# of axsim must be 0 (as expected) or 3 (in part not judged).
#
#   has_no_findings.sh [--unstated] AXSIM ARGUMENT... SCENARIO...
#
# --unstated: drop the outcomes that the scenarios state. For a subject with another contract than axptr's.
# Violations that a scenario provokes, by kernel.load and kernel.store, are no findings.
#
# Exit status: 0 no findings; 1 otherwise, with the output of axsim.
set -euo pipefail

unstated=
[[ $1 == --unstated ]] && {
  unstated=$(mktemp -d)
  trap 'rm -rf "$unstated"' EXIT
  shift
}
axsim=$1
arguments=()
for argument in "${@:2}"; do
  if [[ $unstated && $argument != -* ]]; then
    copy=$unstated/${argument//\//_}
    sed 's/[[:space:]]*=>[^"]*$//' "$argument" >"$copy"
    argument=$copy
  fi
  arguments+=("$argument")
done

status=0
said=$("$axsim" run --quiet "${arguments[@]}" 2>&1) || status=$?
findings=$(awk '/^violations:/ { listed = 1; next }
                   /^(verdict|not judged|races|axsim):?/ { listed = 0 }
                   listed && !/ [(]provoked[)]: /' <<<"$said")
[[ $unstated && $status == 1 && ! $findings ]] && status=0
((status == 0 || status == 3)) || {
  printf '%s\n' "$said" | grep -v '^verdict: \(ok\|not judged\)' | tail -n 200
  [[ ! $findings ]] || printf 'findings:\n%s\n' "$findings"
  echo "axsim ended with status $status; expected 0 or 3"
  exit 1
}
[[ $said == *'verdict: '* ]] || { echo "axsim judged nothing" && exit 1; }
