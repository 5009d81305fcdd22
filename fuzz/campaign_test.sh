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
replay=$(sed -n 's/^Replay it: *//p' <<<"$output")
file=${replay##* run }
[[ -s $file ]] || { echo "No input to replay: $replay" && failed=1; }
${replay% run *} decode "$file" >/dev/null || { echo "Not decodable: $file" && failed=1; }
exit "$failed"
