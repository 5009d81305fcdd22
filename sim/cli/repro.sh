#!/usr/bin/env bash
# A crash file, explained: repro.sh [--mutant NAME] [OPTION of axsim explain...] FILE
#
# --mutant NAME: with an axsim that has the bug fuzz/mutants/NAME.patch (fuzz/mutant.py), on the subject
# that shows it. It stays as build/mutants/NAME/bin/axsim. From one mutant to the next only what it changes
# is compiled.
# Exit status: that of axsim explain; 2 if a patch does not apply or build.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mutant=
if [[ ${1:-} == --mutant ]]; then
  mutant=${2:?--mutant: expected the name of a patch in fuzz/mutants}
  shift 2
elif [[ ${1:-} == --mutant=* ]]; then
  mutant=${1#--mutant=}
  shift
fi
if (($# == 0)); then
  echo "usage: repro.sh [--mutant NAME] [OPTION...] FILE" >&2
  exit 2
fi

# build SOURCE FOLDER COMPILER: axsim of the sources in SOURCE. Quiet, unless it fails.
build() {
  mkdir -p "$2"
  if ! { cmake -S "$1" -B "$2" -G Ninja -DCMAKE_CXX_COMPILER="$3" &&
    cmake --build "$2" --target axsim --parallel "$(nproc)"; } >"$2/build.log" 2>&1; then
    tail -n 40 "$2/build.log" >&2
    exit 2
  fi
}

# What traces loads, where it is there: a crash may need a race at one of them.
tracing_compiler=$(command -v clang++-19 || echo g++)

if [[ $mutant ]]; then
  tool=$root/fuzz/mutant.py
  build "$root" "$root/build/repro" "$tracing_compiler"
  subject=$("$tool" link "$mutant" "$root/build/repro" "$root/build/mutants/$mutant" axsim)
  [[ $subject == each || " $*" == *" --subject"* ]] || set -- --subject="$subject" "$@"
  exec "$root/build/mutants/$mutant/bin/axsim" explain "$@"
fi
build "$root" "$root/build/release" g++
axsim=$root/build/release/bin/axsim
if "$axsim" decode "${!#}" 2>/dev/null | grep -Eq '^(@[0-9] )?race load '; then
  build "$root" "$root/build/repro" "$tracing_compiler"
  axsim=$root/build/repro/bin/axsim
fi
exec "$axsim" explain "$@"
