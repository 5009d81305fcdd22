#!/usr/bin/env bash
# Encodes scenario texts for fuzzing engines: encode_corpus.sh AXSIM OUTPUT FOLDER...
# OUTPUT then holds one file for each text in the FOLDERs, and nothing else.
set -euo pipefail
shopt -s nullglob

axsim=$1
output=$2
shift 2
rm -rf "$output"
mkdir -p "$output"
for folder in "$@"; do
  for text in "$folder"/*.scn; do
    "$axsim" encode "$text" "$output/$(basename "$folder")-$(basename "$text" .scn)"
  done
done
