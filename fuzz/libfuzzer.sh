# Starting libFuzzer targets and reading what they say: shared by the scripts of this folder.
# shellcheck shell=bash

export ASAN_SYMBOLIZER_PATH=${ASAN_SYMBOLIZER_PATH:-$(command -v llvm-symbolizer-19 || true)}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

# options_of FILE SECTION: the lines NAME = VALUE of a section of an .options file (the file that
# fuzzing services read as well), as NAME=VALUE.
options_of() {
  awk -v section="[$2]" '/^\[/ { current = $0; next }
    current == section && /=/ { gsub(/ /, ""); print }' "$1"
}

# asan_options FILE: the [asan] section as the sanitizer wants it, before the caller's own.
asan_options() { printf '%s:%s' "$(options_of "$1" asan | paste -s -d :)" "${ASAN_OPTIONS:-}"; }

# run_target BUILD TARGET ARGUMENT...: becomes the target, with the options of its .options file.
run_target() {
  local bin=$1/bin target=$2 flags=()
  shift 2
  mapfile -t flags < <(options_of "$bin/$target.options" libfuzzer |
    sed -e "s|^dict=|dict=$bin/|" -e 's/^/-/')
  ASAN_OPTIONS=$(asan_options "$bin/$target.options")
  export ASAN_OPTIONS
  exec "$bin/$target" "${flags[@]}" "$@"
}

# start_target BUILD TARGET LOG SECONDS ARGUMENT...: in the background, its output to LOG. When it
# has ended, LOG.times has its CPU time, and then LOG.status its exit status and wall-clock time.
start_target() {
  local build=$1 target=$2 log=$3 limit=$4
  shift 4
  rm -f "$log".*
  : >"$log"
  (
    trap - EXIT
    trap '' INT TERM  # stays to write down how the target ended, which takes the signal itself
    began=$EPOCHREALTIME
    run_target "$build" "$target" -max_total_time="$limit" -print_final_stats=1 "$@" >"$log" 2>&1 &
    echo $! >"$log.pid"
    wait $! && status=0 || status=$?
    times >"$log.times"
    awk -v status="$status" -v from="$began" -v to="$EPOCHREALTIME" \
      'BEGIN { printf "%d %.2f\n", status, to - from }' >"$log.status.new"
    mv "$log.status.new" "$log.status"
  ) &
  started_logs+=("$log")
}
started_logs=()

is_running() { [[ ! -e $1.status ]]; }

any_running() {
  local log
  for log in "$@"; do is_running "$log" && return 0; done
  return 1
}

# stop_targets SIGNAL: sends it to every started target that still runs.
stop_targets() {
  local log
  for log in "${started_logs[@]}"; do
    if is_running "$log" && [[ -s $log.pid ]]; then
      kill -s "$1" "$(<"$log.pid")" 2>/dev/null || true
    fi
  done
}

# has_crashed LOG: the target ended by itself, as on a finding, and not at its time or an interrupt.
has_crashed() {
  local status
  [[ -e $1.status ]] || return 1
  read -r status _ <"$1.status"
  [[ $status != 0 ]] && ! grep -q 'libFuzzer: run interrupted' "$1"
}

wall_seconds() { awk '{ print $2 }' "$1.status"; }

# last_status LOG: executions, executions/s, coverage (edges), corpus (inputs), as last said.
last_status() {
  # From the end: behind the last line of a run may be a dictionary of any length.
  { tac "$1" | grep -a -m 1 -E $'^#[0-9]+\t' || true; tail -n 8 "$1"; } | awk '
    /^#[0-9]+\t/ {
      executions = substr($1, 2)
      for (i = 2; i < NF; i++) {
        if ($i == "cov:") coverage = $(i + 1)
        if ($i == "exec/s:") speed = $(i + 1)
        if ($i == "corp:") { split($(i + 1), part, "/"); corpus = part[1] }
      }
    }
    /^stat::number_of_executed_units:/ { executions = $2 }
    END { printf "%.0f %.0f %d %d\n", executions, speed, coverage, corpus }'
}

# per_cpu_second LOG: executions a second of CPU time. `times` prints 0m1.234s 0m0.567s twice: of the
# shell, then of what it waited for.
per_cpu_second() {
  local executions
  read -r executions _ < <(last_status "$1")
  awk -v executions="$executions" '
    function spent(text, part) { split(text, part, /[ms]/); return 60 * part[1] + part[2] }
    NR == 2 { total = spent($1) + spent($2) }
    END { printf "%.0f\n", (total > 0 ? executions / total : 0) }' "$1.times"
}

# finding LOG: in a word, what ended the target: also that it cannot run so, or that AXPTR_REQUIRE asks for
# what it cannot judge.
finding() {
  local status=0
  [[ ! -e $1.status ]] || read -r status _ <"$1.status"
  awk -v status="$status" '/^VIOLATION / { if (!name) name = $2 }
    /^SUMMARY: / { $1 = ""; crash = "crash:" $0 }
    END { print name ? name : (crash ? crash : (status == 2 ? "unusable" : status == 3 ? "not judged" : "crash")) }' "$1"
}

# crash_file LOG: where libFuzzer put the input that crashed; empty if nowhere.
crash_file() { sed -n 's/^.*Test unit written to //p' "$1" | tail -n 1; }
