#!/usr/bin/env python3
"""Runs a target under AFL++ with the interface of a libFuzzer target, so that a campaign sees no difference:

    afl.py --seconds=N --runs=N --seed=N --crashes=FOLDER BUILD TARGET [CORPUS [SEEDS...]]

BUILD is made by the preset fuzz-afl. Starts from the inputs in CORPUS and SEEDS; without inputs, from one of eight
zero bytes. An input there that ends the target is a finding (AFL++ would skip such inputs). Prints its progress in the
format of libFuzzer. Stops at the first crash, runs the target alone on that input to show the crash, and writes the
input to FOLDER as crash-SHA1. Adds the inputs that AFL++ keeps to CORPUS. Exit status: 0 the time is over, or Ctrl-C;
77 a crash; 2 AFL++ does not start; otherwise the status of a target that ends with an error on its first inputs."""

import argparse
import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import engine

CRASHED = 77  # the same status as libFuzzer's
FILES_AT_ONCE = 500
FIRST_INPUT = bytes(8)
HANG_MILLISECONDS = "1000"  # far more than any input needs, so that load on the computer is not reported as a hang


def flags(build, target):
    """The flags for those options of the target's .options file that AFL++ has, too."""
    made = []
    for option in engine.options_of(os.path.join(build, "bin", target + ".options"), "libfuzzer"):
        name, value = option.split("=", 1)
        if name == "max_len":
            made += ["-G", value]
        elif name == "dict":
            made += ["-x", os.path.join(build, "bin", value)]
    return made


def environment():
    """The environment for afl-fuzz: no screen, no CPU affinity, because the CPUs are shared, and an end at the first
    crash."""
    made = dict(os.environ, AFL_NO_UI="1", AFL_NO_COLOR="1", AFL_SKIP_CPUFREQ="1", AFL_NO_AFFINITY="1",
                AFL_BENCH_UNTIL_CRASH="1")
    # AFL++ refuses to start with sanitizer options other than its own. The build has no sanitizer.
    made.pop("ASAN_OPTIONS", None)
    made.pop("UBSAN_OPTIONS", None)
    # If a program handles core dumps, crashes are slow, and AFL++ refuses to start. In a container it refuses, too.
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as pattern:
        if pattern.read().startswith("|"):
            made["AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"] = "1"
    return made


def run(program, files):
    """Runs the target on `files` without AFL++. Returns the exit status and the output."""
    done = subprocess.run([program, *files], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def show_crash(program, file, crashes):
    """Prints the output of the target for the crashing input, and where the input is. Returns the exit status."""
    with open(file, "rb") as data:
        name = os.path.join(crashes, "crash-" + hashlib.sha1(data.read()).hexdigest())
    shutil.copyfile(file, name)
    status, output = run(program, [name])
    print(output)
    if status == 0:
        print("SUMMARY: AFL++: a crash that the input alone does not reproduce")
    print(f"Test unit written to {name}")
    return CRASHED


def replay(program, files, crashes):
    """Runs the target on all `files`. Returns None if all runs succeed. Otherwise prints the error and returns the
    exit status."""
    for first in range(0, len(files), FILES_AT_ONCE):
        status, output = run(program, files[first:first + FILES_AT_ONCE])
        if status == 0:
            continue
        if status > 0:
            print(output)
            return status
        return show_crash(program, re.findall(r"^Reading \d+ bytes from (.*)$", output, re.MULTILINE)[-1], crashes)
    return None


def say_status(kind, executions, edges, corpus, speed):
    print(f"#{executions}\t{kind} cov: {edges} corp: {corpus}/0b exec/s: {speed}", flush=True)


class Fuzzing:
    """One run of afl-fuzz, in a folder of its own."""

    def __init__(self, arguments, inputs, folder):
        self.arguments = arguments
        self.folder = folder
        self.state = os.path.join(folder, "out", "default")
        start = os.path.join(folder, "in")
        os.mkdir(start)
        for number, file in enumerate(inputs):
            shutil.copyfile(file, os.path.join(start, str(number)))
        limit = ["-E", str(arguments.runs)] if arguments.runs else ["-V", str(arguments.seconds)]
        seed = ["-s", str(arguments.seed)] if arguments.seed else []
        self.log = os.path.join(folder, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["afl-fuzz", *limit, *seed, "-t", HANG_MILLISECONDS, *flags(arguments.build, arguments.target),
                 "-i", start, "-o", os.path.join(folder, "out"), "--", arguments.program],
                env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def watch(self):
        """Prints the progress until afl-fuzz ends. The number of executions is in the name of the newest kept input.
        The number of edges is in fuzzer_stats, which AFL++ writes once a minute."""
        said = began = time.monotonic()
        while self.process.poll() is None:
            time.sleep(0.05)
            kept = glob.glob(os.path.join(self.state, "queue", "id:*")) if time.monotonic() - said >= 1 else []
            if kept:
                said = time.monotonic()
                executions = int((re.findall(r",execs:(\d+)", max(kept)) or ["0"])[-1])
                edges = int(self.stats().get("edges_found", 0))
                if executions:
                    say_status("PULSE", executions, edges, len(kept), round(executions / (said - began)))

    def stats(self):
        """The contents of fuzzer_stats; empty if AFL++ did not start."""
        try:
            with open(os.path.join(self.state, "fuzzer_stats"), encoding="utf-8") as stats:
                return dict(re.split(r"\s*:\s*", line.strip(), maxsplit=1) for line in stats)
        except FileNotFoundError:
            return {}

    def keep(self, corpus):
        """Adds the inputs that AFL++ kept to the corpus. The name of an input is its SHA-1."""
        for path in glob.glob(os.path.join(self.state, "queue", "id:*")):
            if ",orig:" not in path:
                with open(path, "rb") as data:
                    shutil.copyfile(path, os.path.join(corpus, hashlib.sha1(data.read()).hexdigest()))


def fuzz(arguments, inputs, folder):
    """Runs AFL++ on the inputs. Returns the exit status."""
    fuzzing = Fuzzing(arguments, inputs, folder)
    signal.signal(signal.SIGINT, lambda *_: None)  # afl-fuzz gets the signal, too, and ends
    fuzzing.watch()
    stats = fuzzing.stats()
    if not stats:
        with open(fuzzing.log, encoding="utf-8", errors="replace") as log:
            print("".join(log.readlines()[-40:]))
        return 2
    say_status("DONE", stats["execs_done"], stats["edges_found"], stats["corpus_count"],
               round(float(stats["execs_per_sec"])))
    print(f"stat::number_of_executed_units: {stats['execs_done']}", flush=True)
    if arguments.folders:
        fuzzing.keep(arguments.folders[0])
    found = sorted(glob.glob(os.path.join(fuzzing.state, "crashes", "id:*")))
    return show_crash(arguments.program, found[0], arguments.crashes) if found else 0


def main():
    parser = argparse.ArgumentParser()
    for name in ("seconds", "runs", "seed"):
        parser.add_argument("--" + name, type=int, default=0)
    parser.add_argument("--crashes", required=True)
    parser.add_argument("build")
    parser.add_argument("target")
    parser.add_argument("folders", nargs="*")
    arguments = parser.parse_args()
    arguments.program = os.path.join(arguments.build, "bin", arguments.target)
    with tempfile.TemporaryDirectory(prefix="axptr-afl-") as folder:
        inputs = [path for from_folder in arguments.folders for path in sorted(glob.glob(f"{from_folder}/*"))
                  if os.path.getsize(path) > 0]
        first = os.path.join(folder, "first")
        with open(first, "wb") as file:
            file.write(FIRST_INPUT)
        status = replay(arguments.program, inputs or [first], arguments.crashes)
        return fuzz(arguments, inputs or [first], folder) if status is None else status


if __name__ == "__main__":
    sys.exit(main())
