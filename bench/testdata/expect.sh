#!/usr/bin/env bash
# expect.sh STATUS TEXT COMMAND...: whether COMMAND ends with STATUS and prints TEXT.
status=$1 text=$2
shift 2
output=$("$@" 2>&1)
got=$?
printf '%s\n' "$output"
[[ $got == "$status" ]] || { printf 'exit status %s, expected %s\n' "$got" "$status"; exit 1; }
[[ $output == *"$text"* ]] || { printf 'does not say: %s\n' "$text"; exit 1; }
