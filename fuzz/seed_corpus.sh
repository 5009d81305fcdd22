#!/usr/bin/env bash
# Makes seeds for a target that reads texts: seed_corpus.sh OUTPUT FOLDER...
# Empties OUTPUT and copies the texts of the FOLDERs to it. (encode_seeds.cc makes the seeds of the other targets.)
set -euo pipefail
shopt -s nullglob

output=$1
shift
rm -rf "$output"
mkdir -p "$output"
for folder in "$@"; do
  for text in "$folder"/*.scn; do cp "$text" "$output/$(basename "$folder")-$(basename "$text" .scn)"; done
  # Texts with mistakes on purpose.
  for text in "$folder"/*.txt; do cp "$text" "$output/$(basename "$text" .txt)"; done
done
