#!/usr/bin/env bash
# Prints the flags of subject_flags.txt on one line.
sed -n '/^-/p' "$(dirname "${BASH_SOURCE[0]}")/subject_flags.txt" | paste -s -d ' '
