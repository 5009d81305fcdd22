#!/usr/bin/env bash
# Fuzzes for a given time and says what came of it: `./run fuzz`, over targets that are built.
#
#   fuzz/campaign.sh BUILD_FOLDER [OPTION...] [SECONDS] [TARGET...]
#
# --subject=NAME|FILE.so|FOLDER: the code under test (build_subject.sh), instead of each target's own. What
# comes of a shared object is in a folder of its own: BUILD_FOLDER/subjects/NAME/{corpus,crashes,logs}.
# --contract=NAME, --require=FACET[,FACET]: as axsim's. --runs=N: each target stops after N executions, from
# the seed 1, and not at a time.
#
# Targets run side by side, one to a CPU; with more targets than CPUs, in turns of equal length. So
# that the speeds mean something, the empty target is measured first, alone, in as many copies as
# there will be targets at a time: a core that has neighbours is slower. The ratio compares
# executions per second of CPU time, which other work on the computer disturbs least.
#
# Ctrl-C ends the fuzzing; the summary still comes. Exit status: 0 nothing found, 1 a violation (or
# any other crash), 2 unusable arguments.
set -euo pipefail

build=$(cd "$1" && pwd)
shift
# shellcheck source=fuzz/libfuzzer.sh
source "$(dirname "${BASH_SOURCE[0]}")/libfuzzer.sh"

usage() {
  printf 'usage: ./run fuzz [--subject=NAME|FILE.so|FOLDER] [--contract=NAME] [--require=FACET[,FACET]]' >&2
  printf ' [--runs=N] [SECONDS] [TARGET...]\ntargets:' >&2
  printf ' %s' "$(cd "$build/bin" && echo *_fuzzer)" >&2
  echo >&2
  exit 2
}

subject=
contract=
require=
runs=
while [[ ${1:-} == --* ]]; do
  case $1 in
    --subject=?*) subject=${1#*=} ;;
    --contract=?*) contract=${1#*=} ;;
    --require=?*) require=${1#*=} ;;
    --runs=*)
      runs=${1#*=}
      [[ $runs =~ ^[1-9][0-9]{0,8}$ ]] || usage
      ;;
    *) usage ;;
  esac
  shift
done

state=$build
targets=(scenario_fuzzer check_fuzzer string_fuzzer race_fuzzer copy_fuzzer text_fuzzer)
# The linked subjects have no slash in their names, and no file.
if [[ $subject == */* || -e $subject ]]; then
  name=$(basename "$(realpath "$subject")" .so)
  state=$build/subjects/$name
  subject=$(bash "$(dirname "${BASH_SOURCE[0]}")/build_subject.sh" "$subject" "$state/build") || exit 2
  # Those on the whole machine: the kernels of the others know memory by questions and attempts alone.
  targets=(scenario_fuzzer race_fuzzer copy_fuzzer)
  # A subject without feedback is fuzzed by what the simulator around it shows.
  nm -D "$subject" 2>/dev/null | grep -q '__sanitizer_cov_8bit_counters_init' ||
    printf 'Without feedback from %s: it is not compiled with the flags of ./run fuzz --print-subject-flags.\n' \
      "$subject"
fi
chosen=()
[[ -z $subject ]] || chosen+=(--subject="$subject")
[[ -z $contract ]] || chosen+=(--contract="$contract")
[[ -z $require ]] || chosen+=(--require="$require")
if ((${#chosen[@]})); then
  # `each` is a choice among the linked subjects for each input, which axsim does not have.
  checked=("${chosen[@]}")
  [[ $subject != each ]] || checked=("${chosen[@]:1}")
  "$build/bin/axsim" run --quiet "${checked[@]}" - <<<'map 0x550000000000 0x1000 rw- lazy' >/dev/null || exit 2
  [[ -z $subject ]] || export AXPTR_SUBJECT=$subject
  [[ -z $contract ]] || export AXPTR_CONTRACT=$contract
  [[ -z $require ]] || export AXPTR_REQUIRE=$require
fi

seconds=60
if [[ ${1:-} =~ ^[0-9] ]]; then
  [[ $1 =~ ^[1-9][0-9]{0,8}$ ]] || usage
  seconds=$1
  shift
fi
(($# == 0)) || targets=("$@")
for i in "${!targets[@]}"; do
  targets[i]=${targets[i]%_fuzzer}_fuzzer
  [[ -x $build/bin/${targets[i]} ]] || usage
done

slots=$(nproc)
((slots <= ${#targets[@]})) || slots=${#targets[@]}
turns=$(((${#targets[@]} + slots - 1) / slots))
empty_seconds=$((seconds < 30 ? 1 : 3))
turn_seconds=$(((seconds - empty_seconds) / turns))
((turn_seconds >= 1)) || turn_seconds=1
limits=()
if [[ $runs ]]; then
  limits=(-runs="$runs" -seed=1)
  turn_seconds=86400
fi
logs=$state/logs
mkdir -p "$logs"
columns=$(tput cols 2>/dev/null || echo 100)

interrupted=0
# A target ends cleanly on an interrupt; the loops below notice that it has ended.
on_interrupt() {
  ((interrupted == 0)) || exit 130
  interrupted=1
  stop_targets INT
}
trap on_interrupt INT TERM
trap 'stop_targets KILL' EXIT

# human N: 1234567 as 1.23 M.
human() {
  awk -v n="$1" 'BEGIN {
    if (n >= 1e9) printf "%.2f G", n / 1e9
    else if (n >= 1e6) printf "%.2f M", n / 1e6
    else if (n >= 1e4) printf "%.1f k", n / 1e3
    else printf "%d", n }'
}

# progress ELAPSED TARGET...: one line. libFuzzer says where it is only now and then (on news, and at
# powers of two): the executions since are reckoned from the speed until then, so they are about
# right.
declare -A heard_count heard_second
progress() {
  local elapsed=$1 line target executions speed coverage log
  shift
  line=$(printf '%4d s' "$elapsed")
  for target in "$@"; do
    log=$logs/$target.log
    read -r executions _ coverage _ < <(last_status "$log")
    if [[ ${heard_count[$target]:-} != "$executions" ]]; then
      heard_count[$target]=$executions
      heard_second[$target]=$elapsed
    fi
    speed=$((executions / (heard_second[$target] > 0 ? heard_second[$target] : 1)))
    ! is_running "$log" || executions=$((executions + speed * (elapsed - heard_second[$target])))
    line+=$(printf ' | %s ~%s runs, %s/s, %d edges' "${target%_fuzzer}" \
      "$(human "$executions")" "$(human "$speed")" "$coverage")
  done
  if [[ -t 1 ]]; then
    printf '\r%-*.*s' "$((columns - 1))" "$((columns - 1))" "$line"
  else
    printf '%s\n' "$line"
  fi
}

# report_crash TARGET: what a target that died has found, and the command that shows it again.
report_crash() {
  local target=$1 log=$logs/$1.log file axsim command run_subject run_contract
  file=$(crash_file "$log")
  [[ ! -t 1 ]] || echo
  printf '\n== %s found: %s\n\n' "$target" "$(finding "$log")"
  if grep -q '^VIOLATION ' "$log"; then
    sed -n '/^SCENARIO$/,/^VIOLATION /p' "$log"
  else
    [[ -z $file ]] || "$build/bin/axsim" decode "$file" 2>&1 || true
    grep -m 1 -A 12 -E 'ERROR: |runtime error: ' "$log" || tail -n 20 "$log"
  fi
  printf '\nThe whole output: %s\n' "${log#"$PWD"/}"
  [[ -n $file ]] || return 0
  printf 'The input:        %s\n' "${file#"$PWD"/}"
  case $target in
    # The canary's bug is in the canary: on the machine that axsim runs, all is well. And what is
    # wrong with text shows where it is parsed.
    canary_fuzzer | text_fuzzer)
      command="${build#"$PWD"/}/bin/$target ${file#"$PWD"/}"
      ;;
    *)
      axsim=$(dirname "$build")/release/bin/axsim
      # A race at a load happens only where loads are traced, which g++ cannot; a shared object runs in the
      # build that it was tried in.
      if [[ ! -x $axsim || $subject == */* ]] || "$build/bin/axsim" decode "$file" 2>/dev/null | grep -q 'race load '; then
        axsim=$build/bin/axsim
      fi
      run_subject=$(sed -n 's/^SUBJECT //p' "$log" | tail -n 1)
      run_contract=$(sed -n 's/^CONTRACT //p' "$log" | tail -n 1)
      # The scenario that was run: some targets make another one of their input.
      if grep -q '^SCENARIO$' "$log"; then
        {
          printf '# subject: %s\n' "${run_subject:-unknown}"
          printf '# contract: %s\n' "${run_contract:-axptr}"
          sed -n '/^SCENARIO$/,/^VERDICT$/{/^SCENARIO$/d;/^VERDICT$/d;p}' "$log"
        } >"$file.scn"
        file=$file.scn
        printf 'As a scenario:    %s\n' "${file#"$PWD"/}"
      fi
      command="${axsim#"$PWD"/} run${run_subject:+ --subject=$run_subject}${run_contract:+ --contract=$run_contract} ${file#"$PWD"/}"
      ;;
  esac
  printf 'Replay it:        %s\n\n' "$command"
}

# measure_empty: executions per second of CPU time of a target that does nothing, as `empty_speed`.
measure_empty() {
  local copy spoken=()
  for ((copy = 0; copy < slots; ++copy)); do
    start_target "$build" empty_fuzzer "$logs/empty_fuzzer.$copy.log" "$empty_seconds"
    spoken+=("$logs/empty_fuzzer.$copy.log")
  done
  while any_running "${spoken[@]}"; do sleep 0.2 || true; done
  empty_speed=$(for copy in "${spoken[@]}"; do per_cpu_second "$copy"; done |
    awk '{ sum += $1 } END { printf "%.0f", NR ? sum / NR : 0 }')
}

# fuzz_turn TARGET...: all of them at once, until their time is over.
fuzz_turn() {
  local target began=$SECONDS ticks=0 period=5 reported=' ' spoken=()
  [[ ! -t 1 ]] || period=1
  for target in "$@"; do
    mkdir -p "$state/corpus/$target" "$state/crashes/$target"
    start_target "$build" "$target" "$logs/$target.log" "$turn_seconds" \
      "${limits[@]}" -artifact_prefix="$state/crashes/$target/" "$state/corpus/$target" \
      "$build/seed_corpus/$target"
    spoken+=("$logs/$target.log")
  done
  while any_running "${spoken[@]}"; do
    sleep 1 || true
    any_running "${spoken[@]}" || break
    ((++ticks % period)) || progress "$((SECONDS - began))" "$@"
    for target in "$@"; do
      if [[ $reported != *" $target "* ]] && has_crashed "$logs/$target.log"; then
        reported+="$target "
        report_crash "$target"
      fi
    done
  done
  progress "$((SECONDS - began))" "$@"
  [[ ! -t 1 ]] || echo
  for target in "$@"; do
    [[ $reported == *" $target "* ]] || ! has_crashed "$logs/$target.log" || report_crash "$target"
  done
}

# table: a row for each target that ran. Returns whether all of them found nothing.
table() {
  local target log executions coverage corpus wall ratio what clean=0
  printf '\n%-18s %12s %10s %11s %7s %7s  %s\n' target executions exec/s "vs. empty" edges corpus \
    violation
  for target in "${ran[@]}"; do
    log=$logs/$target.log
    read -r executions _ coverage corpus < <(last_status "$log")
    wall=$(wall_seconds "$log")
    ratio=$(awk -v own="$(per_cpu_second "$log")" -v empty="$empty_speed" \
      'BEGIN { if (empty > 0) printf "%.1f %%", 100 * own / empty; else print "-" }')
    what=none
    if has_crashed "$log"; then
      what=$(finding "$log")
      clean=1
    fi
    printf '%-18s %12s %10s %11s %7d %7d  %s\n' "$target" "$executions" \
      "$(human "$(awk -v n="$executions" -v s="$wall" 'BEGIN { print (s > 0 ? n / s : 0) }')")" \
      "$ratio" "$coverage" "$corpus" "$what"
  done
  [[ $runs ]] || printf '\nvs. empty: executions per CPU second, against %s of a target that does nothing.\n' \
    "$(human "$empty_speed")"
  return "$clean"
}

# reach: of each quantity in the inputs that were kept, the least, the most, and which sizes are missing.
reach() {
  local target folders=()
  for target in "${ran[@]}"; do
    case $target in
      canary_fuzzer | text_fuzzer) ;;  # no scenarios in the binary form
      *) [[ -z $(ls -A "$state/corpus/$target" 2>/dev/null) ]] || folders+=("$state/corpus/$target") ;;
    esac
  done
  ((${#folders[@]})) || return 0
  printf '\nWhat the inputs that were kept reach:\n'
  "$build/bin/axsim" reach "${folders[@]}"
}

[[ -z $subject ]] || printf 'Subject: %s\n' "$subject"
empty_speed=0
if [[ $runs ]]; then
  printf 'Fuzzing %s: %d executions each, %d at a time.\n' "${targets[*]}" "$runs" "$slots"
else
  printf 'Fuzzing %s: %d s each, %d at a time, after %d s for the empty target.\n' \
    "${targets[*]}" "$turn_seconds" "$slots" "$empty_seconds"
  measure_empty
fi
ran=()
for ((first = 0; first < ${#targets[@]} && interrupted == 0; first += slots)); do
  turn=("${targets[@]:first:slots}")
  ran+=("${turn[@]}")
  fuzz_turn "${turn[@]}"
done
((interrupted == 0)) || echo "Interrupted."
clean=0
table || clean=$?
reach
# What no run of a target could judge, as it says when it begins; the verbs that are not offered on one line.
for target in "${ran[@]}"; do
  { grep '^not judged: ' "$logs/$target.log" || true; } | sort -u | awk -v target="$target" '
    sub(/: not offered by the subject$/, "") {
      sub(/^not judged: /, "")
      verbs = verbs (verbs ? ", " : "") $0
      next
    }
    { print target ": " $0 }
    END { if (verbs) print target ": not judged: " verbs ": not offered by the subject" }'
done
exit "$clean"
