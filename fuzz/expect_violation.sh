#!/usr/bin/env bash
# Passes if a command fails and reports the violation NAME: expect_violation.sh NAME COMMAND...
set -euo pipefail

name=$1
shift
if output=$("$@" 2>&1); then
  printf '%s\nNo finding; expected %s.\n' "$output" "$name"
  exit 1
fi
printf '%s\n' "$output" | tail -n 40
printf '%s\n' "$output" | grep -q "^VIOLATION $name op=" || {
  echo "It failed, but not with $name."
  exit 1
}
