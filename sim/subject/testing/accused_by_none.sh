#!/usr/bin/env bash
# Sees that scenarios accuse a correct subject of nothing, whatever it does not offer: axsim ends with
# status 0 (as expected) or 3 (in part not judged).
#
#   accused_by_none.sh [--unstated] AXSIM ARGUMENT... SCENARIO...
#
# --unstated: without the outcomes that the lines of the scenarios state, but for violations.
#
# Exit status: 0 so it is; 1 otherwise, with what axsim writes.
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
    sed 's/[[:space:]]*=> *\(ok\|never\|errno\|E[A-Z0-9]*\)\([^"]*\)$//' "$argument" >"$copy"
    argument=$copy
  fi
  arguments+=("$argument")
done

status=0
said=$("$axsim" run --quiet "${arguments[@]}" 2>&1) || status=$?
((status == 0 || status == 3)) || {
  printf '%s\n' "$said" | grep -v '^verdict: \(ok\|not judged\)' | tail -n 200
  echo "axsim ended with status $status; expected 0 or 3"
  exit 1
}
[[ $said == *'verdict: '* ]] || { echo "axsim judged nothing" && exit 1; }
