#!/usr/bin/env bash
# Tests `./run fuzz --subject` with built targets: subject_campaign_test.sh BUILD_FOLDER CASE
#
# Each campaign runs a fixed number of executions with a fixed seed, and has no time limit. CASE: a function below.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
build=$(cd "$1" && pwd)
case=$2
work=$build/subject_test/$case
rm -rf "$work"
mkdir -p "$work"
failed=0

# wrong TEXT: prints the mistake and makes the test fail.
wrong() {
  printf 'Wrong: %s\n' "$1"
  failed=1
}

# expect REGEX: a line of $output matches.
expect() { grep -qE -- "$1" <<<"$output" || wrong "nothing like: $1"; }

# campaign STATUS ARGUMENT...: runs a campaign, which must end with STATUS. Sets `output`.
campaign() {
  local wanted=$1 status=0
  shift
  output=$(python3 "$here/campaign" "$build" "$@" 2>&1) || status=$?
  printf '%s\n' "$output"
  [[ $status == "$wanted" ]] || wrong "exit status $status instead of $wanted"
}

# folder NAME [MACRO]: makes a folder with a Makefile that builds testing/copy_loops.c as NAME.so.
folder() {
  mkdir -p "$work/$1"
  rm -rf "$build/subjects/$1"
  printf '%s.so: %s\n\t$(CC) -std=c11 -O1 -fPIC -shared -DNAME=%s %s -o $@ $<\n' "$1" \
    "$root/sim/subject/testing/copy_loops.c" "'\"$1\"'" "${2:-}" >"$work/$1/Makefile"
}

# edges: prints the number of edges of the copy_fuzzer that ran last, from its row in the table. The row must be of a
# run without a finding. Columns are counted from the end, because a speed with a unit is two words.
edges() { awk '$1 == "copy_fuzzer" && $NF == "none" { print $(NF - 2) }' <<<"$output"; }

finds_a_bug_and_names_the_subject() {
  folder counts_more -DBUG_MORE
  campaign 1 --subject="$work/counts_more" --runs=20000 copy
  local object=$work/counts_more/counts_more.so replay again file
  expect "^Subject: $object\$"
  expect '^== copy_fuzzer found: access.result$'
  expect '^copy_fuzzer +[1-9][0-9]* .* access.result$'
  file=$(sed -n 's/^As a scenario: *//p' <<<"$output")
  [[ ${file#"$PWD"/} == *subjects/counts_more/crashes/copy_fuzzer/* ]] || wrong "the folder of $file"
  grep -q "^# subject: $object\$" "$file" || wrong "no subject in $file"
  expect '^copy_fuzzer: not judged: [a-z._]+, .*const.str, .*: not offered by the subject$'
  replay=$(sed -n 's/^Replay it: *//p' <<<"$output")
  [[ $replay == *"--subject=$object "* ]] || wrong "no subject in: $replay"
  again=$($replay 2>&1) && wrong "replayed without a finding: $replay"
  grep -q 'access.result' <<<"$again" || wrong "another finding: $again"
  again=$("$build/bin/axsim" triage --subject="$object" "$build/subjects/counts_more/crashes/copy_fuzzer" 2>&1)
  grep -q 'access.result in ' <<<"$again" || wrong "triage: $again"
}

is_guided_by_the_code_of_the_subject() {
  local guided
  folder guided
  campaign 0 --subject="$work/guided" --runs=2000 copy
  guided=$(edges)
  ! grep -q '^Without feedback' <<<"$output" || wrong "said to be without feedback"
  mkdir "$work/plain"
  rm -rf "$build/subjects/plain"
  clang-19 -std=c11 -O1 -fPIC -shared -I"$root" -DNAME='"plain"' -o "$work/plain/plain.so" \
    "$root/sim/subject/testing/copy_loops.c" || wrong "does not compile"
  campaign 0 --subject="$work/plain/plain.so" --runs=2000 copy
  expect '^Without feedback from .*/plain.so: it is not compiled with the flags of'
  ((guided > $(edges))) || wrong "$guided edges with feedback, $(edges) without"
}

builds_folders() {
  local object
  mkdir "$work/by_cmake"
  cat >"$work/by_cmake/CMakeLists.txt" <<TEXT
cmake_minimum_required(VERSION 3.25)
project(by_cmake LANGUAGES C)
add_library(by_cmake MODULE $root/sim/subject/testing/lender.c)
TEXT
  object=$("$here/build_subject.sh" "$work/by_cmake" "$work/built") || wrong "does not build"
  nm -D "$object" | grep -q __sanitizer_cov_8bit_counters_init || wrong "$object has no feedback"
  folder two
  printf 'all: two.so other.so\nother.so: two.so\n\tcp $< $@\n' | cat - "$work/two/Makefile" >"$work/two/GNUmakefile"
  output=$("$here/build_subject.sh" "$work/two" "$work/built_two" 2>&1) && wrong "takes one of two"
  expect 'expected one shared object .* found 2: '
  folder broken -DBROKEN
  printf 'broken.so:\n\tfalse\n' >"$work/broken/Makefile"
  campaign 2 --subject="$work/broken" --runs=1 copy
  expect 'broken: does not build$'
  mkdir "$work/empty"
  campaign 2 --subject="$work/empty" --runs=1 copy
  expect 'expected a shared object, or a folder with a CMakeLists.txt or a Makefile'
}

refuses_what_is_no_subject() {
  campaign 2 --subject="$root/README.md" --runs=1 copy
  expect 'README.md: not a usable subject: '
  campaign 2 --subject="$build/sim/subject/other_version.so" --runs=1 copy
  expect 'it is built for version 2 of sim/subject/subject.h; expected 1'
  campaign 2 --subject="$build/sim/subject/without_entry.so" --runs=1 copy
  expect 'it exports no axptr_subject_entry'
  campaign 2 --subject=./no_such.so --runs=1 copy
  expect 'no_such.so: no such file or folder'
  campaign 2 --subject=no_such_name --runs=1 copy
  expect '--subject: no subject "no_such_name": expected vectors, words'
  campaign 2 --contract=posix --runs=1 copy
  expect '--contract: no contract "posix"'
  campaign 2 --require=colour --runs=1 copy
  expect '--require: no facet "colour"'
  # A kernel without page faults cannot judge a library that relies on faults.
  campaign 1 --subject="$build/sim/subject/linux_like.so" --runs=1000 string
  expect 'This target cannot run so: its kernel has no page faults, and the contract linux is kept by them'
  expect '^string_fuzzer .* unusable$'
  campaign 1 --subject="$build/sim/subject/ex_table.so" --runs=1000 check
  expect 'its kernel has no memory, and the subject "ex_table" touches memory without attempts'
}

"$case"
exit "$failed"
