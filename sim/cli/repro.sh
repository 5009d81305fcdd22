#!/usr/bin/env bash
# A crash file, explained: repro.sh [--mutant NAME] [OPTION of axsim explain...] FILE
#
# --mutant NAME: with an axsim built from sources in which fuzz/mutants/NAME.patch is applied. It stays
# as build/mutants/NAME/axsim. One copy of the sources and one build folder (build/mutants/repro) serve
# all mutants, so that only what includes the patched file is built again.
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

# sources FOLDER: what a build needs, relative to FOLDER, without what earlier builds left there.
sources() {
  (cd "$1" && find . -path ./build -prune -o -path ./.git -prune -o -type f -print)
}

# sync_sources FROM TO: makes TO equal to FROM. Equal files keep their time.
sync_sources() {
  local from=$1 to=$2 file
  sources "$from" | while IFS= read -r file; do
    cmp -s "$from/$file" "$to/$file" && continue
    mkdir -p "$(dirname "$to/$file")"
    cp "$from/$file" "$to/$file"
  done
  sources "$to" | while IFS= read -r file; do
    [[ -e $from/$file ]] || rm "$to/$file"
  done
}

# patched NAME FOLDER: the sources with the patch in FOLDER/source. The patch goes to a fresh copy
# first, so that files that end up as they were keep their time.
patched() {
  local patch=$root/fuzz/mutants/$1.patch fresh=$2/fresh
  [[ -r $patch ]] || {
    echo "no such mutant: $1 (see fuzz/mutants/)" >&2
    exit 2
  }
  rm -rf "$fresh"
  mkdir -p "$fresh" "$2/source"
  sync_sources "$root" "$fresh"
  (cd "$fresh" && GIT_CEILING_DIRECTORIES=$2 git apply "$patch") || exit 2
  sync_sources "$fresh" "$2/source"
  rm -rf "$fresh"
}

# What traces loads, where it is there: a crash may need a race at one of them.
tracing_compiler=$(command -v clang++-19 || echo g++)

if [[ $mutant ]]; then
  folder=$root/build/mutants/repro
  patched "$mutant" "$folder"
  build "$folder/source" "$folder/build" "$tracing_compiler"
  mkdir -p "$root/build/mutants/$mutant"
  cp "$folder/build/bin/axsim" "$root/build/mutants/$mutant/axsim"
  exec "$root/build/mutants/$mutant/axsim" explain "$@"
fi
build "$root" "$root/build/release" g++
axsim=$root/build/release/bin/axsim
if "$axsim" decode "${!#}" 2>/dev/null | grep -Eq '^(@[0-9] )?race load '; then
  build "$root" "$root/build/repro" "$tracing_compiler"
  axsim=$root/build/repro/bin/axsim
fi
exec "$axsim" explain "$@"
