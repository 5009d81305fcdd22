#!/usr/bin/env bash
# `./run fuzz` on the canary reports the finding completely: campaign_test.sh BUILD_FOLDER
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
status=0
# Uses a separate folder, so that the report of the last ./run fuzz is not overwritten.
work=$(cd "$1" && pwd)/canary_campaign
rm -rf "$work"
mkdir -p "$work"
ln -s ../bin ../seed_corpus "$work"
output=$(python3 "$here/campaign" "$work" 8 canary 2>&1) || status=$?
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
# The printed replay command reproduces the finding.
replay=$(sed -n 's/^Replay it: *//p' <<<"$output")
[[ -n $replay ]] || { echo "No command to replay it" && failed=1; }
again=$($replay 2>&1) && { echo "Replayed without a finding: $replay" && failed=1; }
grep -q '^VIOLATION access.result op=' <<<"$again" || { echo "Another finding: $again" && failed=1; }
grep -q '"finding": "access.result"' "$work/summary.json" || { echo "No finding in summary.json" && failed=1; }
grep -q '<td class="failed">access.result</td>' "$work/report.html" || { echo "No finding in report.html" && failed=1; }
exit "$failed"
