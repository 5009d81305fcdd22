#!/usr/bin/env bash
# Checks that scenarios have the same traces in ten fresh processes: same_in_fresh_processes.sh AXSIM
# FILE... Addresses of the process itself differ from run to run, and must not occur in traces.
set -euo pipefail

axsim=$1
shift
# Some scenarios state a violation or end in a panic on purpose, so the exit status is ignored.
first=$("$axsim" run --format=json "$@" | sha256sum || true)
for _ in 1 2 3 4 5 6 7 8 9; do
  again=$("$axsim" run --format=json "$@" | sha256sum || true)
  [[ $again == "$first" ]] || { echo "the traces differ: $first, then $again"; exit 1; }
done
echo "ten times the same: $first"
