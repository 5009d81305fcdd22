#!/usr/bin/env python3
"""Changes axptr/ and sim/machine/ in one place at a time, and checks what detects it: `./run generated-mutants`.

    fuzz/generated_mutants.py [--list] [--jobs N] [--every N [--from K] | --survivors] [--fuzz SECONDS] [FILE...]

Each mutant is one line of a file, changed in one place (mutations.py). A mutant of axptr/ is dropped if the library
does not compile with it (freestanding_check.cc, which uses the whole library); a mutant of sim/machine/, if an object
does not compile. Two methods are tried independently of each other:

  (a) the oracle: the corpus is replayed on the whole machine (replay_corpus). If this does not detect the mutant, the
      mutant is fuzzed for 60 seconds of CPU time (scenario_fuzzer, or the target that has the changed file), starting
      from the corpus. A mutant of axptr/ is in both subjects `words` and `vectors`, and in no other code;
  (b) the unit tests: the programs of ctest beside the changed file; the program with the name of the file comes first.

A program whose object code does not change is not run. A change that leaves all object code the same is not a mutant;
it is counted as `same code`. Each run has a limit of CPU time, because a mutated loop may be endless; a run that
reaches the limit detects the mutant. `check.h` is excluded: it ends the simulator if the simulator itself is wrong.

Each mutant that neither method detects must be in mutants/survivors.md, with a reason, as `FILE: OLD LINE -> NEW
LINE`. Writes build/generated/results.tsv incrementally, a line for each mutant. Exit status: 0 (a) detects at least
90 %, both methods together 97 %, and each survivor is explained; 1 otherwise, or an explained mutant is detected; 130
interrupted, after the table of what was tried.

--list: only print the mutants. --every N: only each N-th mutant, starting with the K-th (0), for a quick look or a
part of a night. --survivors: only the explained mutants; all of them must survive. --fuzz 0: no fuzzing.
"""

import argparse
import collections
import filecmp
import os
import queue
import resource
import re
import shutil
import subprocess
import sys

import mutant
import mutations

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "campaign"))
import side_by_side  # noqa: E402

ROOT = mutant.ROOT
WORK = os.path.join(ROOT, "build", "generated")
BASE = os.path.join(ROOT, "build", "mutants-base")  # the build that replays the corpus and runs the unit tests
FUZZED = os.path.join(ROOT, "build", "fuzz-fast")
SURVIVORS = os.path.join(ROOT, "fuzz", "mutants", "survivors.md")
FOLDERS = ("axptr", "sim/machine")
LEAST_BY_ORACLE, LEAST_BY_BOTH = 90.0, 97.0  # per cent
CPU_SECONDS = 30  # for a test; and for a compiler, because a mutated template may never finish compiling
WALL_SECONDS = 900  # reached only if the computer fails or is suspended
COMPILES = ["clang++-19", "-std=c++23", "-O0", "-w", "-fsyntax-only"]
NOT_MUTATED = ("sim/machine/check.h",)
# Files whose unit tests have the name of another file.
TESTED_BY = {"transfer": "copy_bytes", "user_out_ptr": "user_value", "frames": "address_space",
             "area_list": "address_space", "machine": "fault_handling", "fault_inside": "fault_handling",
             "fault_outside": "fault_handling", "recovery": "fault_handling", "subject_code": "fixup"}
# Kernels that scenario_fuzzer does not use.
FUZZED_BY = {"flat_kernel": "string_fuzzer", "pageless_kernel": "check_fuzzer"}

Change = collections.namedtuple("Change", "file number old new")
# `oracle` and `units` name what detected the mutant; "" if nothing did.
Result = collections.namedtuple("Result", "change state oracle units")  # state: mutant, same code, no code


def sources():
    for folder in FOLDERS:
        for name in sorted(os.listdir(os.path.join(ROOT, folder))):
            path = f"{folder}/{name}"
            is_test = name.endswith("_test.cc") or name == "freestanding_check.cc"
            if name.endswith((".h", ".cc")) and not is_test and path not in NOT_MUTATED:
                yield path


def describe(change):
    return f"{os.path.basename(change.file)}: {change.old.strip()} -> {change.new.strip()}"


def base_name(change):
    return os.path.basename(change.file).split(".")[0]


def run(command, cpu_seconds=CPU_SECONDS, **more):
    """Whether the command ends with status 0 within its CPU time. Load on the computer does not change the result."""
    limit = (cpu_seconds, cpu_seconds)
    try:
        return subprocess.run(command, timeout=WALL_SECONDS, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, limit),
                              **more).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def must(command, **more):
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False, **more).returncode != 0:
        sys.exit("cannot go on without: " + " ".join(command))


def corpus_files():
    folder = os.path.join(ROOT, "corpus")
    return sorted(os.path.join(path, name) for path, _, names in os.walk(folder) for name in names
                  if name.endswith(".scn") and not path.endswith("traces"))


class Programs:
    """A build, and the objects of its programs."""

    def __init__(self, folder, preset, targets):
        must(["cmake", "--preset", preset, "-B", folder], cwd=ROOT)
        must(["cmake", "--build", folder, "--target", *targets], cwd=ROOT)
        self.build = mutant.Build(folder, CPU_SECONDS)
        self.deps = self.build.deps()

    def objects(self, program, file):
        """The objects of the program that a change of `file` affects. For a file of the library: the objects of the
        subjects and of the tests beside the file."""
        command = self.build.link_command(program)
        if file.startswith("axptr/") and not program.startswith("axptr_"):
            return [self.build.object_of_subject(subject) for subject in mutant.SUBJECTS]
        return [name for name, files in self.deps.items() if file in files and (name in command or any(
            word.endswith(mutant.archive_of(name)) for word in command))]


def unit_tests():
    """For each folder the targets of its unit tests, from the list of tests of the build."""
    found = {}
    for folder in FOLDERS:
        with open(os.path.join(ROOT, folder, "CMakeLists.txt"), encoding="utf-8") as text:
            lines = text.read()
        names = re.findall(r"axptr_test\(([\w{}$]+)", lines)
        for items, pattern in re.findall(r"foreach\(name IN ITEMS([\w\s]+)\)\s*axptr_test\((\S+)", lines):
            names += [pattern.replace("${name}", item) for item in items.split()]
        found[folder] = sorted(name for name in set(names) if "$" not in name)
    return found


class Job:
    """A folder for the changed source, objects and programs of one mutant at a time."""

    def __init__(self, name, programs, fuzzed, tests, fuzz_seconds):
        self.folder = os.path.join(WORK, name)
        self.programs, self.fuzzed, self.tests = programs, fuzzed, tests
        self.fuzz_seconds = fuzz_seconds
        self.compiled = {}  # by build folder and object: the new object; None if it equals the old one
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

    def objects(self, programs, program, file):
        """The objects of the program that change, with their replacements. Raises mutant.Unusable if one does not
        compile."""
        replaced = {}
        for name in programs.objects(program, file):
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

    def linked(self, programs, program, file):
        """The program with the mutant; None if no object of the program changes."""
        replaced = self.objects(programs, program, file)
        if not replaced:
            return None
        out = os.path.join(self.folder, program)
        programs.build.link(program, replaced, out)
        return out

    def compiles(self, change):
        if change.file.startswith("axptr/"):
            return run(COMPILES + ["-iquote", os.path.join(self.folder, "source"), "-I", ROOT,
                                   os.path.join(ROOT, "axptr/freestanding_check.cc")])
        try:
            self.objects(self.programs, "replay_corpus", change.file)
            return True
        except mutant.Unusable:
            return False

    def noticed_by_units(self, change):
        folder = os.path.dirname(change.file)
        name = TESTED_BY.get(base_name(change), base_name(change))
        own_first = sorted(self.tests[folder], key=lambda test: f"{name}_" not in f"{test.removeprefix('axptr_')}")
        for test in own_first:
            try:
                program = self.linked(self.programs, test, change.file)
            except mutant.Unusable:
                return f"{test} does not compile"
            if program and not run([program, "--gtest_fail_fast", "--gtest_brief=1"]):
                return test
        return ""

    def noticed_by_oracle(self, change):
        is_of_library = change.file.startswith("axptr/")
        subjects = mutant.SUBJECTS if is_of_library else mutant.SUBJECTS[-1:]
        try:
            program = self.linked(self.programs, "replay_corpus", change.file)
        except mutant.Unusable:
            return "does not compile"
        for subject in subjects if program else ():
            if not run([program] + corpus_files(), env=os.environ | {"AXPTR_SUBJECT": subject}):
                return "corpus"
        if not self.fuzz_seconds:
            return ""
        return self.noticed_by_fuzzing(change, subjects)

    def noticed_by_fuzzing(self, change, subjects):
        target = FUZZED_BY.get(base_name(change), "scenario_fuzzer")
        bin_folder = os.path.join(self.folder, "bin")
        os.makedirs(bin_folder)
        try:
            program = self.linked(self.fuzzed, target, change.file)
        except mutant.Unusable:
            return "does not compile"
        if program is None:
            return ""
        shutil.move(program, os.path.join(bin_folder, target))
        for beside in (".options", ".dict"):
            shutil.copy(os.path.join(FUZZED, "bin", target + beside), bin_folder)
        working = os.path.join(self.folder, "working_corpus")  # inputs that the fuzzer adds
        os.makedirs(working)
        for subject in subjects:
            seconds = self.fuzz_seconds // len(subjects)
            # The fuzzer ends by itself, with status 0. The limit of CPU time stops a fuzzer that hangs.
            ended_well = run([os.path.join(ROOT, "fuzz/campaign/target.py"), "run", self.folder, target, "-seed=1",
                              f"-max_total_time={seconds}", f"-artifact_prefix={self.folder}/", working,
                              os.path.join(FUZZED, "seed_corpus", target)], cpu_seconds=4 * seconds + CPU_SECONDS,
                             env=os.environ | {"AXPTR_SUBJECT": subject}, cwd=self.folder)
            if not ended_well:
                return "fuzzing"
        return ""

    def attempt(self, change):
        self.change(change)
        if not self.compiles(change):
            return Result(change, "no code", "", "")
        units = self.noticed_by_units(change)
        oracle = self.noticed_by_oracle(change)
        state = "mutant" if self.differs or units or oracle else "same code"
        return Result(change, state, oracle, units)


def explained():
    """The explained survivors: lines `- `FILE: OLD -> NEW`` of survivors.md."""
    with open(SURVIVORS, encoding="utf-8") as text:
        return set(re.findall(r"^- `` (.*) ``", text.read(), re.MULTILINE))


def table(results):
    """The lines of the table: for each folder and file, the share of mutants that each method detected."""
    def row(name, some):
        tried = [result for result in some if result.state == "mutant"]
        counts = [sum(1 for result in tried if caught(result)) for caught in (
            lambda result: result.oracle == "corpus", lambda result: result.oracle,
            lambda result: result.units, lambda result: result.oracle or result.units)]
        shares = "".join(f" {count:6} {100.0 * count / len(tried) if tried else 100.0:5.1f}%" for count in counts)
        return f"{name:32} {len(tried):7}{shares}"

    yield f"{'':32} mutants  corpus alone  (a) with fuzzing  (b) unit tests  (c) both"
    for folder in FOLDERS:
        own = [result for result in results if result.change.file.startswith(folder + "/")]
        for file in sorted({result.change.file for result in own}):
            yield row(file, [result for result in own if result.change.file == file])
        yield row(folder + "/", own)
    yield row("all", results)


def report(results, arguments, interrupted):
    print()
    print("\n".join(table(results)))
    for state, text in (("same code", "do not change the object code"), ("no code", "do not compile")):
        print(f"{sum(1 for result in results if result.state == state)} changes {text}")
    tried = [result for result in results if result.state == "mutant"]
    named = {describe(result.change) for result in tried if not result.oracle and not result.units}
    reasons = explained()
    unexplained = sorted(named - reasons)
    for text in unexplained:
        print("not explained in mutants/survivors.md:", text)
    killed = {describe(result.change) for result in tried} - named
    gone = sorted(reasons & killed)
    for text in gone:
        print("explained in mutants/survivors.md, but killed:", text)
    if interrupted:
        return 130
    if arguments.survivors:
        return 1 if gone else 0
    by_oracle = 100.0 * sum(1 for result in tried if result.oracle) / max(len(tried), 1)
    by_both = 100.0 * (1 - len(named) / max(len(tried), 1))
    if arguments.fuzz and by_oracle < LEAST_BY_ORACLE:
        print(f"(a) is {by_oracle:.1f} %; expected at least {LEAST_BY_ORACLE:.0f} %")
        return 1
    if by_both < LEAST_BY_BOTH:
        print(f"(c) is {by_both:.1f} %; expected at least {LEAST_BY_BOTH:.0f} %")
        return 1
    return 1 if unexplained or gone else 0


def parse():
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="start")
    parser.add_argument("--survivors", action="store_true")
    parser.add_argument("--fuzz", type=int, default=60)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    known = list(sources())
    files = [os.path.relpath(file, ROOT) if os.path.isabs(file) else file for file in arguments.files] or known
    for file in files:
        if file not in known:
            parser.error(f"{file}: expected a header or source of {' or '.join(FOLDERS)}, no test")
    changes = [Change(file, *change) for file in files
               for change in mutations.changes_of_file(os.path.join(ROOT, file))]
    if arguments.survivors:
        reasons = explained()
        changes = [change for change in changes if describe(change) in reasons]
    return arguments, changes[arguments.start::arguments.every]


def try_all(changes, jobs):
    """The results. Each is written to results.tsv as soon as it is there. Fewer after an interruption."""
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
                      result.state, result.oracle or "-", result.units or "-")
            print(*fields, sep="\t", file=out, flush=True)
            if result.state == "mutant":
                print(f"{done}/{len(changes)} {describe(result.change)}: oracle: {result.oracle or 'SURVIVED'}; "
                      f"unit tests: {result.units or 'SURVIVED'}", flush=True)
            yield result
    if stopping.is_set():
        print("interrupted")
        yield None


def main():
    arguments, changes = parse()
    if arguments.list:
        print("\n".join(f"{change.number:4} {describe(change)}" for change in changes))
        return 0
    os.environ["CCACHE_DISABLE"] = "1"  # no mutant is compiled twice, so caching is useless
    mutant.LAUNCHER.clear()
    os.makedirs(WORK, exist_ok=True)
    tests = unit_tests()
    programs = Programs(BASE, "mutants", ["replay_corpus", *tests["axptr"], *tests["sim/machine"]])
    fuzzed = Programs(FUZZED, "fuzz-fast", ["fuzz_targets"]) if arguments.fuzz else None
    for test in tests["axptr"] + tests["sim/machine"]:
        if not run([os.path.join(BASE, "bin", test)]):
            sys.exit(f"a test fails without any mutant: {test}")
    if not run([os.path.join(BASE, "bin", "replay_corpus")] + corpus_files()):
        sys.exit("the corpus fails without any mutant")
    jobs = [Job(f"job{number}", programs, fuzzed, tests, arguments.fuzz) for number in range(arguments.jobs)]
    results = list(try_all(changes, jobs))
    interrupted = None in results
    return report([result for result in results if result], arguments, interrupted)


if __name__ == "__main__":
    sys.exit(main())
