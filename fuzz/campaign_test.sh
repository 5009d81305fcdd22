#!/usr/bin/env bash
# `./run fuzz` over the canary says all that there is to say: campaign_test.sh BUILD_FOLDER
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
status=0
output=$("$here/campaign.sh" "$1" 8 canary 2>&1) || status=$?
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
# A dictionary that the engine recommends at its end, however long, hides nothing of the last line.
sample=$(mktemp)
{
  printf '#%d\tDONE   cov: 4307 ft: 4346 corp: 1237/80Kb lim: 1600 exec/s: 17717 rss: 103Mb\n' 992157
  for ((i = 0; i < 500; ++i)); do printf '%s\n' '"abcdefghijklm\000abcdefghijklm" # Uses: 311'; done
  echo 'stat::number_of_executed_units: 992157'
} >"$sample"
# shellcheck source=fuzz/libfuzzer.sh
last=$(source "$here/libfuzzer.sh" && last_status "$sample")
[[ $last == '992157 17717 4307 1237' ]] || { echo "Wrong last status: $last" && failed=1; }
rm -f "$sample"
# The command that is shown shows it again.
replay=$(sed -n 's/^Replay it: *//p' <<<"$output")
[[ -n $replay ]] || { echo "No command to replay it" && failed=1; }
again=$($replay 2>&1) && { echo "Replayed without a finding: $replay" && failed=1; }
grep -q '^VIOLATION access.result op=' <<<"$again" || { echo "Another finding: $again" && failed=1; }
exit "$failed"
