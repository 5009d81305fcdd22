#!/usr/bin/env bash
# A crash file, explained: repro.sh [--mutant NAME] [OPTION of axsim explain...] FILE
#
# --mutant NAME: with an axsim built from sources in which fuzz/mutants/NAME.patch is applied, in
# build/mutants/NAME. It is built again only where the sources have changed.
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

# build SOURCE FOLDER: axsim of the sources in SOURCE. Quiet, unless it fails.
build() {
  mkdir -p "$2"
  if ! { cmake -S "$1" -B "$2" -G Ninja -DCMAKE_CXX_COMPILER=g++ &&
    cmake --build "$2" --target axsim --parallel "$(nproc)"; } >"$2/build.log" 2>&1; then
    tail -n 40 "$2/build.log" >&2
    exit 2
  fi
}

# sync FROM TO: makes TO's copy of the sources equal to FROM's. Equal files keep their time.
sync_sources() {
  local from=$1 to=$2 file
  (cd "$from" && find CMakeLists.txt axptr sim -type f) | while IFS= read -r file; do
    cmp -s "$from/$file" "$to/$file" && continue
    mkdir -p "$(dirname "$to/$file")"
    cp "$from/$file" "$to/$file"
  done
  (cd "$to" && find CMakeLists.txt axptr sim -type f) | while IFS= read -r file; do
    [[ -e $from/$file ]] || rm "$to/$file"
  done
}

# patched NAME FOLDER: the sources with the patch in FOLDER/source. The patch goes to a fresh copy
# first, so that files that end up as they were keep their time.
patched() {
  local patch=$root/fuzz/mutants/$1.patch fresh=$2/fresh source=$2/source
  [[ -r $patch ]] || {
    echo "no such mutant: $1 (see fuzz/mutants/)" >&2
    exit 2
  }
  rm -rf "$fresh"
  mkdir -p "$fresh" "$source"
  (cd "$root" && cp -r CMakeLists.txt axptr sim "$fresh/")
  (cd "$fresh" && GIT_CEILING_DIRECTORIES=$2 git apply --exclude='fuzz/*' "$patch") || exit 2
  sync_sources "$fresh" "$source"
  rm -rf "$fresh"
}

if [[ $mutant ]]; then
  folder=$root/build/mutants/$mutant/repro
  patched "$mutant" "$folder"
  build "$folder/source" "$folder/build"
  exec "$folder/build/bin/axsim" explain "$@"
fi
build "$root" "$root/build/release"
exec "$root/build/release/bin/axsim" explain "$@"
