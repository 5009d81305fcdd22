#!/usr/bin/env python3
"""One target under AFL++, in the way of a target of libFuzzer, so that a campaign sees no difference:

    afl.py --seconds=N --runs=N --seed=N --crashes=FOLDER BUILD TARGET [CORPUS [SEEDS...]]

BUILD is made by the preset fuzz-afl. Starts from the inputs in CORPUS and SEEDS, of which one that ends the target
is a finding itself (AFL++ leaves such inputs out); without any, from one of eight zero bytes. Says now and then
where it is, in libFuzzer's words; stops at the first crash, shows it by the target alone, and leaves its input in
FOLDER as crash-SHA1. What AFL++ keeps is added to CORPUS. Exit status: 0 its time is over, or Ctrl-C; 77 a
crash; 2 AFL++ does not start; or as the target ends that is no good without any input."""

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

CRASHED = 77  # as libFuzzer's
FILES_AT_ONCE = 500
FIRST_INPUT = bytes(8)
HANG_MILLISECONDS = "1000"  # where nothing is slow: a busy machine is no hang


def flags(build, target):
    """Of the target's .options file, what AFL++ has too."""
    made = []
    for option in engine.options_of(os.path.join(build, "bin", target + ".options"), "libfuzzer"):
        name, value = option.split("=", 1)
        if name == "max_len":
            made += ["-G", value]
        elif name == "dict":
            made += ["-x", os.path.join(build, "bin", value)]
    return made


def environment():
    """For afl-fuzz: no screen, no affinity to a CPU that others use too, and an end at the first crash."""
    made = dict(os.environ, AFL_NO_UI="1", AFL_NO_COLOR="1", AFL_SKIP_CPUFREQ="1", AFL_NO_AFFINITY="1",
                AFL_BENCH_UNTIL_CRASH="1")
    # The build has no sanitizer, and AFL++ refuses options that it would not have chosen.
    made.pop("ASAN_OPTIONS", None)
    made.pop("UBSAN_OPTIONS", None)
    # A program that takes core dumps makes crashes slow, which AFL++ would refuse; it says so in a container too.
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as pattern:
        if pattern.read().startswith("|"):
            made["AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"] = "1"
    return made


def run(program, files):
    """The exit status and output of the target over `files`, without AFL++."""
    done = subprocess.run([program, *files], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def show_crash(program, file, crashes):
    """Says what the target says of the input, and where it is; the exit status."""
    with open(file, "rb") as data:
        name = os.path.join(crashes, "crash-" + hashlib.sha1(data.read()).hexdigest())
    shutil.copyfile(file, name)
    status, output = run(program, [name])
    print(output)
    if status == 0:
        print("SUMMARY: AFL++: a crash that its input alone does not show again")
    print(f"Test unit written to {name}")
    return CRASHED


def replay(program, files, crashes):
    """Runs all `files`. None if all is well; else the exit status, once it was said what is wrong."""
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
        """Until it ends, says where it is. AFL++ writes the edges down once in a minute; the executions stand in
        the name of the input that it kept last."""
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
        """What it says at its end; empty if it did not start."""
        try:
            with open(os.path.join(self.state, "fuzzer_stats"), encoding="utf-8") as stats:
                return dict(re.split(r"\s*:\s*", line.strip(), maxsplit=1) for line in stats)
        except FileNotFoundError:
            return {}

    def keep(self, corpus):
        """Adds what it found to the corpus, each input under its hash."""
        for path in glob.glob(os.path.join(self.state, "queue", "id:*")):
            if ",orig:" not in path:
                with open(path, "rb") as data:
                    shutil.copyfile(path, os.path.join(corpus, hashlib.sha1(data.read()).hexdigest()))


def fuzz(arguments, inputs, folder):
    """The exit status."""
    fuzzing = Fuzzing(arguments, inputs, folder)
    signal.signal(signal.SIGINT, lambda *_: None)  # afl-fuzz has it too, and ends
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
