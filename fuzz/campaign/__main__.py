#!/usr/bin/env python3
"""Runs fuzz targets for a given time and reports the results: `./run fuzz`. The targets must be built.

    fuzz/campaign BUILD_FOLDER [OPTION...] [SECONDS] [TARGET...]

Writes BUILD_FOLDER/{corpus,crashes,logs}/, summary.json and report.html. If the subject is a shared object, writes
them in BUILD_FOLDER/subjects/NAME/.

Targets run in parallel, one on each CPU. If there are more targets than CPUs, they run in turns of equal length. The
speed of the empty target is measured first, for comparison. As many copies of it run as there will be targets at a
time, because a busy CPU slows its neighbours down. The ratio compares executions per second of CPU time, because load
on the computer changes CPU time least."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import engine
import findings
import last_said
import options as command_line
import report
import running
import summary
import words

HERE = os.path.dirname(os.path.abspath(__file__))
NO_TIME_LIMIT = 86400  # seconds, where --runs is the limit


class Subject:
    """The code under test, and the contract that judges it. The constructor raises Unusable."""

    def __init__(self, build, options):
        self.state = build
        self.name = options.subject
        self.targets = command_line.TARGETS
        # A name with a slash, or of a file, is a shared object or its folder. Others name linked subjects.
        if "/" in self.name or os.path.exists(self.name):
            short = os.path.basename(os.path.realpath(self.name)).removesuffix(".so")
            self.state = os.path.join(build, "subjects", short)
            self.name = self._built(options.subject)
            self.targets = command_line.TARGETS_OF_A_FILE
            self._say_without_feedback(options.engine)
        self._check(build, options)
        for variable, value in (("AXPTR_SUBJECT", self.name), ("AXPTR_CONTRACT", options.contract),
                                ("AXPTR_REQUIRE", options.require)):
            if value:
                os.environ[variable] = value

    def _built(self, subject):
        made = subprocess.run([os.path.join(HERE, os.pardir, "build_subject.sh"), subject,
                               os.path.join(self.state, "build")], stdout=subprocess.PIPE, text=True, check=False)
        if made.returncode != 0:
            raise command_line.Unusable("")  # build_subject.sh has printed the reason
        return made.stdout.strip()

    def _say_without_feedback(self, fuzzer):
        """Prints a note if the subject itself does not guide the fuzzer. Only code of the targets does then."""
        symbols = subprocess.run(["nm", "-D", self.name], capture_output=True, check=False).stdout
        if fuzzer == "afl":
            print(f"Without feedback from {self.name}: only the edges of the targets guide AFL++.")
        elif b"__sanitizer_cov_8bit_counters_init" not in symbols:
            print(f"Without feedback from {self.name}: it is not compiled with the flags of ./run fuzz "
                  "--print-subject-flags.")

    def _check(self, build, options):
        """Raises Unusable for options that axsim refuses; targets would refuse them, too. `each` is not checked:
        it makes targets select a linked subject for each input, and axsim has no such option."""
        chosen = [f"--{name}={value}" for name, value in (
            ("subject", "" if self.name == "each" else self.name), ("contract", options.contract),
            ("require", options.require)) if value]
        if chosen and subprocess.run(
                [os.path.join(build, "bin", "axsim"), "run", "--quiet", *chosen, "-"], check=False,
                input=b"map 0x550000000000 0x1000 rw- lazy\n", stdout=subprocess.DEVNULL).returncode != 0:
            raise command_line.Unusable("")


class Campaign:
    """All runs of one command."""

    def __init__(self, build, options):
        self.build = build
        self.options = options
        self.subject = Subject(build, options)
        self.state = self.subject.state
        self.corpus = os.path.abspath(options.corpus) if options.corpus else os.path.join(self.state, "corpus")
        self.logs = os.path.join(self.state, "logs")
        self.targets = options.targets or [name + "_fuzzer" for name in self.subject.targets]
        self.slots = min(options.jobs, len(self.targets))
        turns = -(-len(self.targets) // self.slots)
        self.empty_seconds = 1 if options.seconds < 30 else 3
        self.limits = engine.Limits(max(1, (options.seconds - self.empty_seconds) // turns))
        if options.runs:
            self.limits = engine.Limits(NO_TIME_LIMIT, options.runs, 1)
        self.progress = words.Progress()
        self.running = []
        self.ended = []
        self.findings = []
        self.empty_speed = 0
        # AFL++ starts the processes that run the target, so their CPU time is not available here.
        self.clock = "wall" if options.engine == "afl" else "cpu"
        self.interrupted = False
        self.is_starting = False  # a target: its process may exist, and is not in `running` yet
        self.is_aborted = False  # by the second interrupt
        os.makedirs(self.logs, exist_ok=True)

    def interrupt(self, number, frame):
        """Interrupts all targets, which then end cleanly. The loops below see that they have ended."""
        del number, frame
        if self.interrupted:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self.is_aborted = True
            if not self.is_starting:
                sys.exit(130)
            return
        self.interrupted = True
        os.write(sys.stdout.fileno(), b"\nEnding; once more ends it at once.\n")
        for run in self.running:
            run.stop()

    def start(self, target, log, limits, folders):
        """Starts a target. It adds inputs to the first of `folders`, and reads inputs from all of them."""
        crashes = os.path.join(self.state, "crashes", target)
        os.makedirs(crashes, exist_ok=True)
        for folder in folders[:1]:
            os.makedirs(folder, exist_ok=True)
        self.is_starting = True
        try:
            run = running.Run(target, os.path.join(self.logs, log + ".log"),
                              engine.command(self.options.engine, self.build, target, limits, crashes, folders),
                              engine.environment(self.build, target))
            self.running.append(run)
        finally:
            self.is_starting = False
        if self.is_aborted:
            sys.exit(130)
        if self.interrupted:
            run.stop()  # the interrupt came while the target started
        return run

    def measure_empty(self):
        """Measures the executions per second, by self.clock, of a target that does nothing."""
        limits = engine.Limits(self.empty_seconds)
        copies = [self.start("empty_fuzzer", f"empty_fuzzer.{i}", limits, []) for i in range(self.slots)]
        running.wait_for(copies, lambda: None)
        speeds = [summary.speed(run, self.clock) for run in copies]
        self.empty_speed = round(sum(speeds) / len(speeds))

    def fuzz_turn(self, targets):
        """Runs `targets` in parallel until their time is over."""
        self.running = []
        for target in targets:
            if not self.interrupted:
                self.start(target, target, self.limits, [os.path.join(self.corpus, target),
                                                         os.path.join(self.build, "seed_corpus", target)])
        self.ended += self.running
        began = time.monotonic()
        period = 1 if self.progress.is_terminal else 5
        ticks = 0
        reported = set()

        def look():
            nonlocal ticks
            ticks += 1
            for run in self.running:
                run.sample()
                if run not in reported and run.has_crashed():
                    reported.add(run)
                    self.report_crash(run)
            if ticks % period == 0 and any(run.exit_status is None for run in self.running):
                self.progress.show(int(time.monotonic() - began), self.running)

        running.wait_for(self.running, look)
        self.progress.show(int(time.monotonic() - began), self.running)
        self.progress.end_line()
        look()

    def report_crash(self, run):
        self.progress.end_line()
        found = findings.Finding(self.build, run, self.subject.name)
        self.findings.append(found)
        print(found.report(), flush=True)

    def summary(self):
        """The summary in the form that docs/fuzzing.md describes."""
        names = {found.log: found.name for found in self.findings}
        for found in self.findings:
            found.explain()
        return {"version": summary.VERSION, "date": summary.now(), "commit": summary.commit(),
                "engine": self.options.engine, "subject": self.subject.name, "contract": self.options.contract,
                "require": self.options.require, "seconds": self.options.seconds, "runs": self.options.runs or 0,
                "jobs": self.slots, "interrupted": self.interrupted,
                "clock": self.clock, "empty_executions_per_clock_second": self.empty_speed,
                "targets": [summary.of_target(run, names.get(run.log), self.clock, self.empty_speed,
                                              engine.not_judged(run.text())) for run in self.ended],
                "findings": findings.by_bug(self.findings),
                "reach": self.reach(),
                "mutants": last_said.mutants(os.path.dirname(self.build)),
                "coverage": last_said.coverage(os.path.dirname(self.build))}

    def say_plan(self):
        names = " ".join(self.targets)
        if self.subject.name:
            print(f"Subject: {self.subject.name}")
        if self.options.runs:
            print(f"Fuzzing {names}: {self.options.runs} executions each, {self.slots} at a time.", flush=True)
        else:
            print(f"Fuzzing {names}: {self.limits.seconds} s each, {self.slots} at a time, after "
                  f"{self.empty_seconds} s for the empty target.", flush=True)
        kept = sum(len(os.listdir(folder)) for folder in (os.path.join(self.corpus, name) for name in self.targets)
                   if os.path.isdir(folder))
        if kept:
            print(f"Starting from {kept} inputs in {findings.shown(self.corpus)}.", flush=True)

    def reach(self):
        """Returns the output of axsim reach for the kept inputs: for each quantity the minimum, the maximum, and the
        sizes that do not occur. Returns None if there are no kept inputs that are scenarios, or if axsim fails."""
        folders = [os.path.join(self.corpus, run.target) for run in self.ended
                   if run.target not in command_line.NOT_FOR_AXSIM]
        folders = [folder for folder in folders if os.path.isdir(folder) and os.listdir(folder)]
        if not folders:
            return None
        said = subprocess.run([os.path.join(self.build, "bin", "axsim"), "reach", "--format=json", *folders],
                              stdout=subprocess.PIPE, text=True, check=False)
        return json.loads(said.stdout) if said.returncode == 0 else None

    def run(self):
        """Runs the campaign. Returns the exit status."""
        signal.signal(signal.SIGINT, self.interrupt)
        signal.signal(signal.SIGTERM, self.interrupt)
        try:
            self.say_plan()
            if not self.options.runs:
                self.measure_empty()
            for first in range(0, len(self.targets), self.slots):
                if not self.interrupted:
                    self.fuzz_turn(self.targets[first:first + self.slots])
        finally:
            running.kill(self.running)
        if self.interrupted:
            print("Interrupted.")
        made = self.summary()
        print(words.table(made))
        for target in made["targets"]:
            for line in target["not_judged"]:
                print(f"{target['name']}: {line}")
        path = os.path.join(self.state, "summary.json")
        summary.write(made, path)
        report.write(made, os.path.join(self.state, "report.html"))
        print(f"\nSummary: {findings.shown(path)}\nReport:  {findings.shown(os.path.join(self.state, 'report.html'))}")
        return 1 if self.findings else 0


def main(arguments):
    build = os.path.abspath(arguments[0])
    try:
        options = command_line.parse(arguments[1:], command_line.known_targets(build))
        if options.engine == "afl" and not shutil.which("afl-fuzz"):
            raise command_line.Unusable("--engine=afl: afl-fuzz is not installed; it is in Debian's package afl++")
        return Campaign(build, options).run()
    except command_line.Unusable as error:
        if str(error):
            print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
