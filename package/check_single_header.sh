#!/usr/bin/env bash
# Checks that the single header includes exactly the standard headers that axptr/README.md lists, and a kernel's
# own hooks: check_single_header.sh FILE
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
listed=$(sed -n 's/^| `\(<[a-z_]*>\)` |.*/\1/p' "$root/axptr/README.md" | sort)
included=$(sed -n 's/^ *# *include \(.*\)/\1/p' "$1" | sort)
diff <(printf '%s\n' "$listed" AXPTR_PLATFORM_HEADER | sort) <(echo "$included")
