#!/usr/bin/env bash
# Runs one target with the options that lie beside it: run_target.sh BUILD_FOLDER TARGET ARGUMENT...
set -euo pipefail
# shellcheck source=fuzz/libfuzzer.sh
source "$(dirname "${BASH_SOURCE[0]}")/libfuzzer.sh"
run_target "$@"
