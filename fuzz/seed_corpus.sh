#!/usr/bin/env bash
# Seeds for a target of texts: seed_corpus.sh OUTPUT FOLDER...
# OUTPUT then holds the texts in the FOLDERs, one file each, and nothing else. (encode_seeds.cc: for the other targets.)
set -euo pipefail
shopt -s nullglob

output=$1
shift
rm -rf "$output"
mkdir -p "$output"
for folder in "$@"; do
  for text in "$folder"/*.scn; do cp "$text" "$output/$(basename "$folder")-$(basename "$text" .scn)"; done
  # What is no scenario on purpose.
  for text in "$folder"/*.txt; do cp "$text" "$output/$(basename "$text" .txt)"; done
done
