#!/usr/bin/env bash
# Seeds for fuzzing engines from scenario texts: seed_corpus.sh binary|text AXSIM OUTPUT FOLDER...
# OUTPUT then holds one file for each text in the FOLDERs, encoded or as it is, and nothing else.
set -euo pipefail
shopt -s nullglob

form=$1
axsim=$2
output=$3
shift 3
rm -rf "$output"
mkdir -p "$output"
for folder in "$@"; do
  for text in "$folder"/*.scn; do
    seed=$output/$(basename "$folder")-$(basename "$text" .scn)
    case $form in
      binary) "$axsim" encode "$text" "$seed" ;;
      text) cp "$text" "$seed" ;;
    esac
  done
  # What is no scenario on purpose, for a target that parses.
  for text in "$folder"/*.txt; do cp "$text" "$output/$(basename "$text" .txt)"; done
done
