#!/usr/bin/env bash
# Finds or builds the shared object of a subject, for ./run fuzz: build_subject.sh FILE.so|FOLDER INTO
#
# A file is used unchanged. A folder is built by clang with the flags of subject_flags.txt and with this tree in
# the include path. A folder with a CMakeLists.txt is built into INTO. A folder with a Makefile is built in
# place and completely (make -B); the flags are part of CC and CXX, so that the CFLAGS of the Makefile stay.
# Prints the absolute path of the shared object. Exit status: 2 if there is no shared object or more than one,
# or if the folder does not build.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
subject=$1
into=$2

fail() {
  printf '%s\n' "--subject=$subject: $1" >&2
  exit 2
}

# logged COMMAND...: runs the command, and shows its output only if it fails.
logged() {
  mkdir -p "$into"
  "$@" >"$into/build.log" 2>&1 && return
  tail -n 30 "$into/build.log" >&2
  fail "does not build"
}

if [[ -f $subject ]]; then
  realpath "$subject"
  exit
fi
[[ -d $subject ]] || fail "no such file or folder"
flags="$("$here/subject_flags.sh") -I$root"
if [[ -f $subject/CMakeLists.txt ]]; then
  found=$into
  logged cmake -G Ninja -S "$subject" -B "$into" -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 \
    -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags"
  logged cmake --build "$into"
elif [[ -f $subject/Makefile ]]; then
  found=$subject
  command -v make >/dev/null || fail "make is not installed"
  logged make -B -C "$subject" CC="clang-19 $flags" CXX="clang++-19 $flags"
else
  fail "expected a shared object, or a folder with a CMakeLists.txt or a Makefile"
fi
mapfile -t objects < <(find "$found" -name '*.so' -type f | sort)
((${#objects[@]} == 1)) ||
  fail "expected one shared object (*.so) in $found, found ${#objects[@]}: ${objects[*]}"
realpath "${objects[0]}"
