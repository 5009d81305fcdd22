#!/usr/bin/env python3
"""Changes axptr/ and sim/machine/ in one place at a time, and sees what notices: `./run generated-mutants`.

    fuzz/generated_mutants.py [--list] [--jobs N] [--every N [--from K] | --sample N [--seed S] | --survivors]
                              [--fuzz SECONDS] [--quick] [--oracle] [FILE|FOLDER...]

Each mutant is one line of a file changed in one place (mutations.py). It is thrown away if an object of what replays
the corpus does not compile with it; one of axptr/ also if neither a unit test nor freestanding_check.cc does, which
uses all of the library. Two nets are tried, each for itself:

  (a) the oracle: a change of sim/machine/ plays the scripts of machine_fuzzer first. The corpus is replayed on the
      whole machine (replay_corpus), and for a change of sim/machine/ on the kernels without faults, too. What it does
      not find meets each function in every situation (`axsim conform`), and is then fuzzed for 60 seconds of CPU time
      from the corpus on (scenario_fuzzer, or the target that has the changed file; for a change of sim/machine/ that
      and machine_fuzzer, each half of the time). A mutant of axptr/ is in the subjects `words` and `vectors` alike, and
      nowhere else. The corpus is replayed on it as the subject `fast`, too, which has a platform with moves of its own;
  (b) the unit tests: the programs of ctest beside the changed file, that of its name first; for sim/machine/ also
      those whose subjects break rules (TESTED_TOO). Then, and in (a) too, what noticed most mutants before comes first.

What has the same object code as without the mutant is not run. A change that leaves as they are the objects of both
subjects or of the machine, and those of the tests of its name, is no mutant: it is counted as `same code`. Each run has
a limit of CPU time, since a mutated loop may be endless; one that runs into it is noticed. `check.h` is left out: it
ends the simulator where the simulator itself is wrong.

What neither net catches must be in mutants/survivors.md, with a reason, as `FILE: OLD LINE -> NEW LINE`, below the
heading of its kind: it makes no difference, or a difference that no test looks at. The table has the shares of all
mutants, and of those that make a difference (mutant_report.py). Leaves build/generated/results.tsv, a line for each
mutant, as they come, with its seconds and what the oracle said. Below the shares stand the intervals that hold those of
all changes with 95 % certainty (Wilson), if a sample was taken. Exit status: 0 of those that make a difference at least
90 % are killed by (a), 97 % by both together, and each survivor is explained; 1 not, or an explained one is killed; 2
the list of survivors is wrong; 130 interrupted, after the table of what was tried.

--list: print the mutants only. --every N: only each N-th, from the K-th on (0), for a quick look or a share of a
night. --sample N: N changes at random, of each folder its share, in an order of which each beginning is a sample, too.
--survivors: only those that are explained; all of them must survive. --fuzz 0: no fuzzing. --quick: of the unit tests
those of the file's name, and all where the oracle notices nothing; (b) is then a lower bound. --oracle: only (a),
without the unit tests.
"""

import argparse
import collections
import filecmp
import math
import os
import platform
import queue
import random
import resource
import re
import shutil
import signal
import subprocess
import sys
import time

import mutant
import mutations
from mutant_report import Change, Result, Unreadable, describe, read_survivors, report

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "campaign"))
import engine  # noqa: E402
import side_by_side  # noqa: E402

ROOT = mutant.ROOT
WORK = os.path.join(ROOT, "build", "generated")
BASE = os.path.join(ROOT, "build", "mutants-base")  # the corpus and the unit tests
FUZZED = os.path.join(ROOT, "build", "fuzz-fast")
SURVIVORS = os.path.join(ROOT, "fuzz", "mutants", "survivors.md")
FOLDERS = ("axptr", "sim/machine")
CPU_SECONDS = 12  # of a test, at least
LONGEST_TEST_SECONDS = 120  # of a test without a mutant
CORPUS_SECONDS = 60  # of the corpus, which takes 6 s, and 11 s on a busy machine
COMPILER_SECONDS = 40  # a mutated template can lead a compiler astray
WALL_SECONDS = 900  # something is wrong with the machine, or it sleeps
SITUATION_SECONDS = 300  # of axsim conform
FUZZ_TIMEOUT = 5  # of one input, in seconds of the clock; the longest takes some milliseconds
COMPILES = ["clang++-19", "-std=c++23", "-O0", "-w", "-fsyntax-only"]
NOT_MUTATED = ("sim/machine/check.h",)
# Whose tests are those of another file.
TESTED_BY = {"transfer": "copy_bytes", "user_out_ptr": "user_value", "frames": "address_space",
             "address_space_files": "address_space", "page_ranges": "address_space",
             "area_list": "address_space", "machine": "fault_handling", "fault_inside": "fault_handling",
             "fault_outside": "fault_handling", "recovery": "fault_handling", "subject_code": "fixup",
             "kernel": "fault_handling", "load_trace": "touch", "subject_services": "touch", "subject_flag": "smap",
             "flat_kernel": "small_kernels", "pageless_kernel": "small_kernels"}
# Unit tests of other folders: what the machine notices of subjects that break a rule, and of failures.
TESTED_TOO = {"axptr": [], "sim/machine": ["touch_test", "stray_store_test", "smap_test", "nest_test", "runner_test",
                                           "exception_table_test", "small_kernels_test", "injection_test",
                                           "run_order_test"]}
# Fuzz targets on kernels without faults: built without an engine, they run the corpus.
SMALL_KERNELS = ("check_fuzzer", "string_fuzzer")
# The library on a platform with moves of its own: a shared object that a command of its own compiles.
FAST_SUBJECT = "sim/subject/fast.so"
SCRIPTS = "machine_fuzzer"  # what the simulated kernel does, compared with the reference of sim/script
# The kernels that are not those of scenario_fuzzer.
FUZZED_BY = {"flat_kernel": "string_fuzzer", "pageless_kernel": "check_fuzzer"}



def sources():
    for folder in FOLDERS:
        for name in sorted(os.listdir(os.path.join(ROOT, folder))):
            path = f"{folder}/{name}"
            is_test = name.endswith("_test.cc") or name == "freestanding_check.cc"
            if name.endswith((".h", ".cc")) and not is_test and path not in NOT_MUTATED:
                yield path


def base_name(change):
    return os.path.basename(change.file).split(".")[0]


def status(command, cpu_seconds=CPU_SECONDS, **more):
    """Its exit status; minus SIGXCPU if it is not in time. CPU time, so that a busy computer changes nothing."""
    limit = (cpu_seconds, cpu_seconds + 1)
    more = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | more
    try:
        return subprocess.run(command, timeout=WALL_SECONDS, stdin=subprocess.DEVNULL, check=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, limit),
                              **more).returncode
    except subprocess.TimeoutExpired:
        return -signal.SIGXCPU


def run(command, cpu_seconds=CPU_SECONDS, **more):
    """Whether it ends well, and in time."""
    return status(command, cpu_seconds, **more) == 0


def must(command, **more):
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False, **more).returncode != 0:
        sys.exit("cannot go on without: " + " ".join(command))


def limit_of(test):
    """The limit of CPU time of a test with a mutant: four times what the test takes without one."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not run([os.path.join(BASE, "bin", test)], cpu_seconds=LONGEST_TEST_SECONDS):
        sys.exit(f"a test fails without any mutant: {test}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return max(CPU_SECONDS, math.ceil(4 * seconds))


def corpus_files():
    """The scenarios of the corpus; those of corpus/long/, which take 30 times as long as all others, come last."""
    folder = os.path.join(ROOT, "corpus")
    files = sorted(os.path.join(path, name) for path, _, names in os.walk(folder) for name in names
                   if name.endswith(".scn") and not path.endswith("traces"))
    return sorted(files, key=lambda file: os.path.basename(os.path.dirname(file)) == "long")


class Programs:
    """A build, and what its programs are made of."""

    def __init__(self, folder, preset, targets):
        must(["cmake", "--preset", preset, "-B", folder], cwd=ROOT)
        must(["cmake", "--build", folder, "--target", *targets], cwd=ROOT)
        self.build = mutant.Build(folder, COMPILER_SECONDS)
        self.deps = self.build.deps()

    def objects(self, program, file):
        """The objects of the program that a change of `file` changes; of the library, those of its subjects and of
        the tests beside it."""
        command = self.build.link_command(program)
        if file.startswith("axptr/") and not program.startswith("axptr_"):
            return [self.build.object_of_subject(subject) for subject in mutant.SUBJECTS]
        return [name for name, files in self.deps.items() if file in files and (name in command or any(
            word.endswith(mutant.archive_of(name)) for word in command))]


def unit_tests(folders):
    """For each of `folders` the targets of its unit tests, from the build's own list of tests."""
    found = {}
    for folder in folders:
        with open(os.path.join(ROOT, folder, "CMakeLists.txt"), encoding="utf-8") as text:
            lines = text.read()
        names = re.findall(r"axptr_test\(([\w{}$]+)", lines)
        for prefix, files in re.findall(r'axptr_tests\(\w+ PREFIX "?(\w*)"? FILES((?:\s+\w+[.]cc)+)', lines):
            names += [prefix + file.removesuffix(".cc") for file in files.split()]
        found[folder] = sorted(name for name in set(names) if "$" not in name) + TESTED_TOO[folder]
    return found


class NoticedMost:
    """What noticed how many mutants of which file so far: a test, or a scenario."""

    def __init__(self):
        self.counts = collections.Counter()

    def add(self, file, name):
        self.counts[file, name] += 1
        self.counts["", name] += 1

    def first(self, file, names):
        """`names`, sorted: first by the mutants of the file, then by those of all."""
        return sorted(names, key=lambda name: (-self.counts[file, name], -self.counts["", name]))


class Job:
    """A folder for what a mutant changes, one mutant at a time."""

    def __init__(self, name, programs, fuzzed, tests, limits, noticed_most, fuzz_seconds, quick, no_difference):
        self.folder = os.path.join(WORK, name)
        self.programs, self.fuzzed, self.tests, self.noticed_most = programs, fuzzed, tests, noticed_most
        self.fuzz_seconds, self.quick = fuzz_seconds, quick
        self.limits = limits  # of each test: seconds of CPU time
        self.no_difference = no_difference  # explained: nothing can notice these
        self.compiled = {}  # by build folder and object: the new object, or None where it is as it was
        self.differs = False

    def change(self, change):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.compiled, self.differs = {}, False
        source, new = os.path.join(ROOT, change.file), os.path.join(self.folder, "source", change.file)
        os.makedirs(os.path.dirname(new))
        with open(source, encoding="utf-8") as text:
            lines = text.read().split("\n")
        lines[change.number - 1] = change.new
        with open(new, "w", encoding="utf-8") as text:
            text.write("\n".join(lines))

    def objects(self, programs, program, file, subject):
        """What replaces objects of the program; of the library, those of one subject if it is named. Raises
        mutant.Unusable where one does not compile."""
        replaced = {}
        names = programs.objects(program, file)
        if subject and file.startswith("axptr/"):
            names = [programs.build.object_of_subject(subject)]
        for name in names:
            key = (programs.build.folder, name)
            if key not in self.compiled:
                out = os.path.join(self.folder, f"{len(self.compiled)}.o")
                programs.build.compile(name, os.path.join(self.folder, "source"), out)
                same = filecmp.cmp(out, os.path.join(programs.build.folder, name), shallow=False)
                self.compiled[key] = None if same else out
            if self.compiled[key]:
                self.differs = True
                replaced[name] = self.compiled[key]
        return replaced

    def linked(self, programs, program, file, subject=None):
        """The program with the mutant; None where it is as it was."""
        replaced = self.objects(programs, program, file, subject)
        if not replaced:
            return None
        out = os.path.join(self.folder, program)
        programs.build.link(program, replaced, out)
        return out

    def is_code(self, change):
        """Whether what uses all of the library compiles."""
        return not change.file.startswith("axptr/") or run(COMPILES + [
            "-iquote", os.path.join(self.folder, "source"), "-I", ROOT,
            os.path.join(ROOT, "axptr/freestanding_check.cc")])

    def noticed_by(self, test, change):
        try:
            program = self.linked(self.programs, test, change.file)
        except mutant.Unusable:
            return f"{test} does not compile"
        limit = self.limits[test]
        return test if program and not run([program, "--gtest_fail_fast", "--gtest_brief=1"], limit) else ""

    def noticed_by_units(self, change, is_noticed):
        tests = self.tests[os.path.dirname(change.file)]
        name = TESTED_BY.get(base_name(change), base_name(change))
        own = [test for test in tests if f"{name}_" in test.removeprefix("axptr_")]
        others = [test for test in tests if test not in own]
        for some in (own, others):
            if some is others and own and not self.differs:
                return ""  # same code
            if some is others and self.quick and is_noticed:
                return ""
            for test in self.noticed_most.first(change.file, some):
                noticed = self.noticed_by(test, change)
                if noticed:
                    self.noticed_most.add(change.file, test)
                    return noticed
        return ""

    def noticed_by_oracle(self, change):
        """What noticed it, and what it said; raises mutant.Unusable where the program does not compile."""
        finding = self.noticed_by_scripts(change)
        if finding:
            return "scripts", finding
        subjects = reversed(mutant.SUBJECTS) if change.file.startswith("axptr/") else mutant.SUBJECTS[-1:]
        changed = []
        for subject in subjects:
            program = self.linked(self.programs, "replay_corpus", change.file, subject)
            if program:
                changed.append(subject)
                finding = self.noticed_by_corpus(change, program, subject) or self.noticed_by_small_kernels(change)
                if finding:
                    return "corpus", finding
        finding = self.noticed_as_fast_subject(change)
        if finding:
            return "corpus", finding
        if describe(change) in self.no_difference:
            return "", ""  # --survivors tries it to the end
        for subject in changed:
            if self.noticed_in_situations(change, subject):
                return "situations", f"axsim conform of {subject}"
        for subject in changed if self.fuzz_seconds else ():
            targets = [FUZZED_BY.get(base_name(change), "scenario_fuzzer")]
            if change.file.startswith("sim/machine/"):
                targets.insert(0, SCRIPTS)
            for target in targets:
                seconds = max(1, self.fuzz_seconds // len(changed) // len(targets))
                finding = self.noticed_by_fuzzing(change, subject, target, seconds)
                if finding:
                    return "fuzzing", finding
        return "", ""

    def noticed_by_scripts(self, change):
        if not change.file.startswith("sim/machine/"):
            return ""
        program = self.linked(self.programs, SCRIPTS, change.file)
        seeds = os.path.join(ROOT, "corpus", SCRIPTS)
        return f"{SCRIPTS} of its seeds" if program and not run([program, seeds]) else ""

    def noticed_by_corpus(self, change, program, subject):
        log = os.path.join(self.folder, "replay.log")
        with open(log, "w", encoding="utf-8") as out:
            ended = status([program] + self.noticed_most.first(change.file, corpus_files()),
                           CORPUS_SECONDS, env=os.environ | {"AXPTR_SUBJECT": subject}, stdout=out, stderr=out)
        if ended == 0:
            return ""
        text = engine.read_log(log)
        scenario = (re.findall(r"^Running: (.*)$", text, re.MULTILINE) or ["no scenario"])[-1]
        self.noticed_most.add(change.file, scenario)
        return f"{engine.finding(ended, text)} in {os.path.basename(scenario)}"

    def noticed_by_small_kernels(self, change):
        for target in SMALL_KERNELS if change.file.startswith("sim/machine/") else ():
            program = self.linked(self.programs, target, change.file)
            seeds = os.path.join(BASE, "seed_corpus", target)
            if program and not run([program, seeds], env=os.environ | {"AXPTR_SUBJECT": mutant.SUBJECTS[-1]}):
                return f"{target} of its seeds"
        return ""

    def noticed_as_fast_subject(self, change):
        build = self.programs.build
        if not change.file.startswith("axptr/") or not os.path.exists(os.path.join(build.folder, FAST_SUBJECT)):
            return ""
        out = os.path.join(self.folder, "fast.so")
        command = build.custom_command(FAST_SUBJECT)
        command[command.index("-o") + 1] = out
        mutant.run(command[:1] + ["-iquote", os.path.join(self.folder, "source")] + command[1:] + ["-w"], build.folder,
                   COMPILER_SECONDS)
        if filecmp.cmp(out, os.path.join(build.folder, FAST_SUBJECT), shallow=False):
            return ""
        self.differs = True
        return self.noticed_by_corpus(change, os.path.join(build.folder, "bin", "replay_corpus"), out)

    def noticed_in_situations(self, change, subject):
        """By the optimised build, where there is one: it runs in a fifth of the time, and fuzzing needs its objects."""
        program = self.linked(self.fuzzed or self.programs, "axsim", change.file, subject)
        return program and not run([program, "conform", f"--subject={subject}", "--contract=axptr"],
                                   cpu_seconds=SITUATION_SECONDS)

    def noticed_by_fuzzing(self, change, subject, target, seconds):
        bin_folder = os.path.join(self.folder, "bin")
        working = os.path.join(self.folder, f"{target}_corpus")  # what the fuzzer adds
        log = os.path.join(self.folder, "fuzzing.log")
        try:
            program = self.linked(self.fuzzed, target, change.file, subject)
        except mutant.Unusable:
            return "does not compile"
        if program is None:
            return ""
        os.makedirs(bin_folder, exist_ok=True)
        os.makedirs(working, exist_ok=True)
        shutil.move(program, os.path.join(bin_folder, target))
        for beside in (".options", ".dict"):
            shutil.copy(os.path.join(FUZZED, "bin", target + beside), bin_folder)
        # It fuzzes until it has no CPU time left.
        with open(log, "w", encoding="utf-8") as out:
            ended = status([os.path.join(ROOT, "fuzz/campaign/target.py"), "run", self.folder, target, "-seed=1",
                            f"-timeout={FUZZ_TIMEOUT}", f"-artifact_prefix={self.folder}/", working,
                            os.path.join(FUZZED, "seed_corpus", target)],
                           cpu_seconds=seconds, env=os.environ | {"AXPTR_SUBJECT": subject}, cwd=self.folder,
                           stdout=out, stderr=out)
        return "" if ended == -signal.SIGXCPU else engine.finding(ended, engine.read_log(log))

    def attempt(self, change):
        began = time.monotonic()
        self.change(change)
        state, oracle, finding, units = "no code", "", "", ""
        try:
            oracle, finding = self.noticed_by_oracle(change)
            units = self.noticed_by_units(change, oracle != "")
            if not units.endswith("does not compile") or self.is_code(change):
                state = "mutant" if self.differs or units or oracle else "same code"
        except mutant.Unusable:
            pass
        return Result(change, state, oracle, finding, units, time.monotonic() - began)


def sample(changes, count, seed):
    """`count` of the changes at random. They come so that each beginning has of each folder its share."""
    shuffled = random.Random(seed)
    placed = []
    for folder in FOLDERS:
        own = [change for change in changes if change.file.startswith(folder + "/")]
        shuffled.shuffle(own)
        placed += [((place + 0.5) / len(own), change) for place, change in enumerate(own)]
    return [change for _, change in sorted(placed, key=lambda one: one[0])][:count]


def parse():
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="start")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--survivors", action="store_true")
    parser.add_argument("--fuzz", type=int, default=60)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    known = list(sources())
    files = [os.path.relpath(os.path.join(ROOT, file), ROOT) for file in arguments.files] or known
    files = [path for file in files for path in (known if file in FOLDERS else [file])
             if file not in FOLDERS or path.startswith(file + "/")]
    for file in files:
        if file not in known:
            parser.error(f"{file}: expected a header or source of {' or '.join(FOLDERS)}, no test")
    changes = [Change(file, *change) for file in files
               for change in mutations.changes_of_file(os.path.join(ROOT, file))]
    try:
        survivors = read_survivors(SURVIVORS)
    except Unreadable as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    if arguments.survivors:
        changes = [change for change in changes if any(describe(change) in kind for kind in survivors)]
    if arguments.sample:
        changes = sample(changes, arguments.sample, arguments.seed)
    return arguments, changes[arguments.start::arguments.every], survivors


def try_all(changes, jobs):
    """The results as they come, each also written to results.tsv; fewer after an interruption."""
    free = queue.SimpleQueue()
    for job in jobs:
        free.put(job)
    stopping = side_by_side.stops_on_interrupt()

    def attempt(change):
        job = free.get()
        try:
            return job.attempt(change)
        finally:
            free.put(job)

    with open(os.path.join(WORK, "results.tsv"), "w", encoding="utf-8") as out:
        for done, result in enumerate(side_by_side.results(attempt, changes, len(jobs), stopping), 1):
            fields = (result.change.file, result.change.number, result.change.old.strip(), result.change.new.strip(),
                      result.state, result.oracle or "-", result.units or "-", f"{result.seconds:.1f}", result.finding)
            print(*fields, sep="\t", file=out, flush=True)
            if result.state == "mutant":
                print(f"{done}/{len(changes)} {describe(result.change)}: oracle: {result.oracle or 'SURVIVED'}; "
                      f"unit tests: {result.units or 'SURVIVED'}", flush=True)
            yield result
    if stopping.is_set():
        print("interrupted")
        yield None


def main():
    arguments, changes, survivors = parse()
    if arguments.list:
        print("\n".join(f"{change.number:4} {describe(change)}" for change in changes))
        return 0
    mutant.LAUNCHER.clear()  # no mutant is ever compiled again
    os.makedirs(WORK, exist_ok=True)
    folders = [folder for folder in FOLDERS if any(change.file.startswith(folder + "/") for change in changes)]
    tests = {folder: [] for folder in folders} if arguments.oracle else unit_tests(folders)
    replayed = ["replay_corpus"] if arguments.fuzz else ["replay_corpus", "axsim"]  # Job.noticed_in_situations
    fuzzed_by = ["scenario_fuzzer"]
    if "axptr" in folders and platform.machine() == "x86_64":
        replayed.append("subject_fast")
    if "sim/machine" in folders:
        replayed += [SCRIPTS, *SMALL_KERNELS, *(f"{target}_seeds" for target in SMALL_KERNELS)]
        fuzzed_by += [SCRIPTS, *FUZZED_BY.values()]
    all_tests = [test for folder in folders for test in tests[folder]]
    programs = Programs(BASE, "mutants", [*replayed, *all_tests])
    targets = ["axsim", *fuzzed_by, *(f"{target}_seeds" for target in fuzzed_by)]
    fuzzed = Programs(FUZZED, "fuzz-fast", targets) if arguments.fuzz else None
    os.environ["CCACHE_DISABLE"] = "1"  # the builds above are cached
    limits = {test: limit_of(test) for test in all_tests}
    if not run([os.path.join(BASE, "bin", "replay_corpus")] + corpus_files(), CORPUS_SECONDS):
        sys.exit("the corpus fails without any mutant")
    if "sim/machine" in folders and not run([os.path.join(BASE, "bin", SCRIPTS),
                                             os.path.join(ROOT, "corpus", SCRIPTS)]):
        sys.exit("a script fails without any mutant")
    most = NoticedMost()
    no_difference = set() if arguments.survivors else survivors.no_difference
    jobs = [Job(f"job{number}", programs, fuzzed, tests, limits, most, arguments.fuzz, arguments.quick, no_difference)
            for number in range(arguments.jobs)]
    results = list(try_all(changes, jobs))
    interrupted = None in results
    return report([result for result in results if result], arguments, interrupted, survivors)


if __name__ == "__main__":
    sys.exit(main())
