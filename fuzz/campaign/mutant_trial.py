"""The trial of one known bug of fuzz/mutants/: the required header lines, and whether the corpus and the fuzzer find
the bug."""

import ctypes
import os
import re
import statistics
import subprocess
import sys

import engine
import running
import side_by_side

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
import mutant  # noqa: E402

REPLAY_SECONDS = 60  # of wall-clock time for the corpus, which takes less than one
DEFAULT_TARGET = "scenario_fuzzer"
MUST_HAVE = ("breaks", "violation", "budget")
# Of the header line `needs`: the mutant touches closed user memory in a way that only the hardware notices.
KEYS = "protection keys"
CAN_BE = {"budget": (r"[1-9]\d*", "a number of seconds"),
          "class": (r"([1-9]|[1-3]\d|4[0-7]), .+", "the number of a row of docs/findings.md, 1 to 47, whose, and when"),
          "needs": (KEYS, KEYS),
          "subject": ("|".join(mutant.SUBJECTS), " or ".join(mutant.SUBJECTS))}
ROW = "{:<38} {:<8} {:<22} {:>6}  {:<16} {:>5} {:>10} {:>7}  {}"
HEAD = ROW.format("mutant", "subject", "must cause", "corpus", "fuzzed by", "found", "executions", "time",
                  "verdict: violations seen")


def mistake_of_header(patch):
    """The first mistake in the header lines of the patch; empty if there is none."""
    for field in MUST_HAVE:
        if not patch.header(field):
            return f"no line '# {field}: ...'"
    for field, (pattern, expected) in CAN_BE.items():
        value = patch.header(field)
        if value and not re.fullmatch(pattern, value):
            return f"{field}: {value}: expected {expected}"
    return ""


def mistake(patch):
    """The first mistake in the patch, including that it does not apply to the source; empty if there is none."""
    wrong = mistake_of_header(patch)
    if wrong:
        return wrong
    applied = subprocess.run(["git", "-C", mutant.ROOT, "apply", "--check", patch.path], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return "" if applied.returncode == 0 else applied.stdout.strip() or "does not apply"


def has_protection_keys():
    """Whether the simulated machine closes user memory by a protection key (sim/machine/window_key.h)."""
    if os.environ.get("AXPTR_PROTECTION_KEYS") == "off":
        return False
    host = ctypes.CDLL(None)
    if not hasattr(host, "pkey_alloc"):
        return False
    key = host.pkey_alloc(0, 0)
    if key >= 0:
        host.pkey_free(key)
    return key >= 0


def found_by(run):
    """The violations in the log of a run that has failed; if there are none, the name of what ended the run."""
    text = run.text()
    return sorted(set(re.findall(r"^VIOLATION (\S+)", text, re.MULTILINE))) or [engine.finding(run.exit_status, text)]


class Trial:
    """The trial of one mutant; a row of the table. `seeds`: the number of fuzzing runs. 0: no fuzzing; the object code
    of the subjects is compared instead."""

    def __init__(self, name, build, folder, seeds, stopping):
        self.name, self.build, self.folder, self.seeds, self.stopping = name, build, folder, seeds, stopping
        self.patch = mutant.Patch(name)
        self.target = self.patch.header("target") or DEFAULT_TARGET
        self.wanted = (self.patch.header("violation") or "").split()
        self.subject = ""  # the subject that has the bug; each: all have it
        self.seconds_of_corpus = None  # None: the corpus does not find the mutant
        self.hits = []  # (executions, seconds) of each seed that finds the mutant
        self.seen = set()
        self.mistakes = []
        self.not_tried = ""  # the reason, if the mutant cannot be tried here

    def attempt(self):
        """Runs the trial and fills in the row. Raises side_by_side.Interrupted."""
        wrong = mistake_of_header(self.patch)
        if wrong:
            self.mistakes.append(wrong)
            return
        if self.patch.header("needs") == KEYS and not has_protection_keys():
            self.not_tried = "not tried: this machine has no protection keys"
            return
        try:
            programs = ["replay_corpus"] + ([self.target] if self.seeds else [])
            mutant.link(self.patch, self.build, self.folder, programs)
            self.subject = self.patch.subject()
            self.replay()
            if self.seeds:
                self.fuzz()
            else:
                self.compare_subjects()
        except mutant.Unusable as error:
            self.mistakes.append("DOES NOT BUILD")
            with open(os.path.join(self.folder, "build.log"), "w", encoding="utf-8") as log:
                log.write(f"{error}\n")

    def is_wanted(self, found):
        """Whether one of `found` is expected of the mutant. `crash` in the header means: the bug may destroy the
        stack of its program, so that the program dies before the oracle judges."""
        return any(name.split(":")[0] in self.wanted for name in found)

    def run(self, program, log, command, environment, seconds=None):
        """Runs the program to its end. Returns the run and the list of what it found: empty if it found nothing,
        `timeout` if it ran longer than `seconds`."""
        if self.subject != "each":
            environment["AXPTR_SUBJECT"] = self.subject
        run = running.Run(program, os.path.join(self.folder, log), command, environment)
        in_time = running.wait_within(run, seconds, self.stopping)
        if self.stopping.is_set():
            raise side_by_side.Interrupted
        if not in_time:
            return run, ["timeout"]
        has_found = run.has_crashed() if program == self.target else run.exit_status != 0
        return run, found_by(run) if has_found else []

    def replay_files(self, log, files):
        return self.run("replay_corpus", log, [os.path.join(self.folder, "bin", "replay_corpus"), *files],
                        dict(os.environ), REPLAY_SECONDS)

    def replay(self):
        """Replays the corpus, and the scenario that the header names."""
        run, found = self.replay_files("corpus.log", mutant.corpus())
        if not found:
            self.mistakes.append("SURVIVED THE CORPUS")
            return
        self.seconds_of_corpus = run.wall_seconds
        self.seen.update(found)
        if not self.is_wanted(found):
            self.mistakes.append(f"CORPUS: {' '.join(found)}")
        scenario = self.patch.header("scenario")
        if scenario:
            _, found = self.replay_files("scenario.log", [os.path.join(mutant.ROOT, scenario)])
            if not self.is_wanted(found):
                self.mistakes.append(f"NOT BY {os.path.basename(scenario)}: {' '.join(found) or 'nothing'}")

    def fuzz(self):
        """Fuzzes without seed inputs, for each random seed at most for the budget of the mutant."""
        budget = int(self.patch.header("budget"))
        with open(os.path.join(self.folder, "runs"), "w", encoding="utf-8") as runs:
            for seed in range(1, self.seeds + 1):
                crashes = os.path.join(self.folder, str(seed))
                os.makedirs(crashes, exist_ok=True)
                command = engine.command("libfuzzer", self.folder, self.target, engine.Limits(budget, seed=seed),
                                         crashes, [])
                run, found = self.run(self.target, f"{seed}.log", command,
                                      engine.environment(self.folder, self.target))
                self.seen.update(found)
                if self.is_wanted(found):
                    self.hits.append((run.sample().executions, run.wall_seconds))
                    print(self.hits[-1][0], f"{run.wall_seconds:.2f}", file=runs)
                elif found:
                    self.mistakes.append(f"SEED {seed}: {' '.join(found)}")
        if not self.hits:
            self.mistakes.append("SURVIVED FUZZING")

    def compare_subjects(self):
        """If the patch names its subject, checks that the patch does not change the object code of other subjects."""
        if self.patch.header("subject"):
            for other in mutant.SUBJECTS:
                if other != self.subject and mutant.differs(self.patch, self.build,
                                                            os.path.join(self.folder, other), other):
                    self.mistakes.append("IS IN OTHER SUBJECTS TOO")

    def row(self):
        executions = seconds = "-"
        if self.hits:
            executions = statistics.median_low(count for count, _ in self.hits)
            seconds = f"{statistics.median_low(passed for _, passed in self.hits):.2f}"
        corpus = "-" if self.seconds_of_corpus is None else f"{self.seconds_of_corpus:.2f}"
        verdict = self.not_tried or f"{'; '.join(self.mistakes) or 'as expected'}: {' '.join(sorted(self.seen))}"
        return ROW.format(self.name, self.subject.replace("each", "-"), "".join(self.wanted[:1]), corpus,
                          self.target if self.seeds else "-", f"{len(self.hits)}/{self.seeds}", executions, seconds,
                          verdict)
