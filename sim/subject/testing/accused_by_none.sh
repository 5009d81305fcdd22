#!/usr/bin/env bash
# Sees that scenarios accuse a correct subject of nothing, whatever it does not offer: axsim ends with
# status 0 (as expected) or 3 (in part not judged).
#
#   accused_by_none.sh [--unstated] AXSIM ARGUMENT... SCENARIO...
#
# --unstated: for a subject of another contract than ours, without the outcomes that the scenarios state.
# Violations that a scenario asks for, by kernel.load and kernel.store, are no accusation.
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
    sed 's/[[:space:]]*=>[^"]*$//' "$argument" >"$copy"
    argument=$copy
  fi
  arguments+=("$argument")
done

status=0
said=$("$axsim" run --quiet "${arguments[@]}" 2>&1) || status=$?
accusations=$(awk '/^violations:/ { listed = 1; next }
                   /^(verdict|not judged|races|axsim):?/ { listed = 0 }
                   listed && !/ [(]provoked[)]: /' <<<"$said")
[[ $unstated && $status == 1 && ! $accusations ]] && status=0
((status == 0 || status == 3)) || {
  printf '%s\n' "$said" | grep -v '^verdict: \(ok\|not judged\)' | tail -n 200
  [[ ! $accusations ]] || printf 'accused:\n%s\n' "$accusations"
  echo "axsim ended with status $status; expected 0 or 3"
  exit 1
}
[[ $said == *'verdict: '* ]] || { echo "axsim judged nothing" && exit 1; }
