#!/usr/bin/env bash
# usage: lint.sh
#
# `./run lint`: checks every shell script with shellcheck, and every workflow with action-validator (npm), which
# is installed in build/lint. Then checks that both tools report a known mistake.
# Exit status: 0 no mistake; 1 mistakes; 2 a tool cannot be installed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=0.6.0
tools=build/lint/node_modules
failed=0

validate() { "$tools/.bin/action-validator" "$1"; }

if [[ ! -x $tools/.bin/action-validator ]]; then
  npm install --prefix build/lint --no-audit --no-fund --silent \
    "@action-validator/core@$version" "@action-validator/cli@$version" </dev/null || {
    echo "lint: npm cannot install action-validator: the workflows are not checked" >&2
    exit 2
  }
fi

scripts=()
while IFS= read -r file; do
  [[ -f $file && ! -L $file ]] || continue
  if [[ $file == *.sh ]] || head -n 1 "$file" | grep -aqE '^#!.*(bash|/sh)\b'; then scripts+=("$file"); fi
done < <(git ls-files --cached --others --exclude-standard)
shellcheck "${scripts[@]}" || failed=1
echo "shellcheck: ${#scripts[@]} scripts"

workflows=(.github/workflows/*.yml)
for workflow in "${workflows[@]}"; do
  validate "$workflow" || failed=1
done
echo "action-validator: ${#workflows[@]} workflows"

# Each tool must reject a file with a known mistake.
broken=build/lint/broken
printf '#!/bin/sh\ncd $1\n' >"$broken.sh"
sed 's/runs-on:/run-on:/' "${workflows[0]}" >"$broken.yml"
if shellcheck "$broken.sh" >/dev/null; then echo "shellcheck does not notice: cd \$1" && failed=1; fi
if validate "$broken.yml" >/dev/null 2>&1; then echo "action-validator does not notice: run-on" && failed=1; fi
exit "$failed"
