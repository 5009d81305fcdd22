#!/usr/bin/env bash
# `./run fuzz` over the canary says all that there is to say: campaign_test.sh BUILD_FOLDER
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
status=0
output=$(python3 "$here/campaign" "$1" 8 canary 2>&1) || status=$?
printf '%s\n' "$output"

failed=0
expect() {
  grep -qE -- "$1" <<<"$output" && return
  echo "Missing: $1"
  failed=1
}
((status == 1)) || { echo "Exit status $status instead of 1" && failed=1; }
expect '^== canary_fuzzer found: access.result$'
expect '^machine cpus='
expect '^VIOLATION access.result op='
expect '^canary_fuzzer +[1-9][0-9]* .* access.result$'
# The command that is shown shows it again.
replay=$(sed -n 's/^Replay it: *//p' <<<"$output")
[[ -n $replay ]] || { echo "No command to replay it" && failed=1; }
again=$($replay 2>&1) && { echo "Replayed without a finding: $replay" && failed=1; }
grep -q '^VIOLATION access.result op=' <<<"$again" || { echo "Another finding: $again" && failed=1; }
exit "$failed"
