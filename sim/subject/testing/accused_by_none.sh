#!/usr/bin/env bash
# Sees that scenarios accuse a correct subject of nothing, whatever it does not offer: axsim ends with
# status 0 (as expected) or 3 (in part not judged).
#
#   accused_by_none.sh AXSIM ARGUMENT... SCENARIO...
#
# Exit status: 0 so it is; 1 otherwise, with what axsim writes.
set -euo pipefail

status=0
said=$("$1" run --quiet "${@:2}" 2>&1) || status=$?
((status == 0 || status == 3)) || {
  printf '%s\n' "$said" | grep -v '^verdict: \(ok\|not judged\)' | tail -n 200
  echo "axsim ended with status $status; expected 0 or 3"
  exit 1
}
[[ $said == *'verdict: '* ]] || { echo "axsim judged nothing" && exit 1; }
