#!/usr/bin/env python3
"""Changes axptr/ in one place at a time, and sees whether a test notices: `./run generated-mutants`.

    fuzz/generated_mutants.py [--list] [--jobs N] [--every N | --survivors] [FILE.h...]

Each mutant is one line of a header changed in one place: an operator, a constant, a condition, or a
statement left out. It is thrown away if the library does not compile with it (freestanding_check.cc,
which uses all of it). Then, until something fails:

  1. the unit test of the header is compiled (static_asserts count) and run; for those that go through
     user memory also without vectors, and loads_test.cc, which counts what they load, both ways;
  2. the corpus is replayed on the whole machine (replay_corpus), with the subjects `words` and `vectors`
     mutated;
  3. the other unit tests of the library.

What has the same object code as without the mutant is not run. A change that leaves all of it as it is,
also of freestanding_check.cc, is no mutant: it is counted as `same code`.

Each run has a time limit, since a mutated loop may be endless; one that runs into it is noticed.

What survives must be in mutants/survivors.md, with a reason, as `FILE: OLD LINE -> NEW LINE`. Exit status:
0 at least 95 % are killed and each survivor is explained; 1 not, or an explained one is killed.

--list: print the mutants only. --every N: only each N-th, for a quick look. --survivors: only those that
are explained; all of them must survive.
"""

import argparse
import concurrent.futures
import filecmp
import os
import queue
import re
import resource
import shutil
import subprocess
import sys

import mutant

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(ROOT, "build", "generated")
BASE = os.path.join(ROOT, "build", "mutants-base")  # the libraries as they are
RECORDER = os.path.join(WORK, "load_recorder.o")
SURVIVORS = os.path.join(ROOT, "fuzz", "mutants", "survivors.md")
LEAST_PER_CENT = 95.0
CPU_SECONDS = 20  # of a test; and of a compiler, which a mutated template can lead astray
WALL_SECONDS = 900  # something is wrong with the machine, or it sleeps
COMPILER = ["clang++-19", "-std=c++23", "-O0", "-fPIE", "-w"]
WITHOUT_VECTORS = ["-U__SSE2__"]
TRACE_LOADS = ["-fsanitize-coverage=func,trace-pc-guard,trace-loads"]
HOOKS = ["-DAXPTR_PLATFORM_HEADER=\"axptr/testing/hooked_platform.h\""]
SCANS = ("copy_str", "scan", "utf8")  # headers with two ways through memory
# Those with a unit test.
HEADERS = sorted(name.removesuffix("_test.cc") for name in os.listdir(os.path.join(ROOT, "axptr"))
                 if name.endswith("_test.cc")
                 and os.path.exists(os.path.join(ROOT, "axptr", name.replace("_test.cc", ".h"))))

# Operators stand between blanks (.clang-format), so that template brackets are left alone.
OPERATORS = {
    " < ": [" <= "], " <= ": [" < "], " > ": [" >= "], " >= ": [" > "], " == ": [" != "],
    " != ": [" == "], " + ": [" - "], " - ": [" + "], " * ": [" / "], " / ": [" * "], " & ": [" | "],
    " | ": [" & "], " ^ ": [" | "], " << ": [" >> "], " >> ": [" << "], " && ": [" || "],
    " || ": [" && "], " += ": [" = "], " |= ": [" = "], "++": ["--"],
}
NUMBER = re.compile(r"(?<![\w.\"])(0x[0-9a-f]+|\d+)(?![\w.])")
CONDITION = re.compile(r"\b(if|while) \((.*)\)( \[\[\w+\]\])?( \{| return.*;| at.*;)?$")
STATEMENT = re.compile(r"^\s+[\w:*\[\]().>-]+(\(.*\)| [-+|&^*/]?= .*|\+\+)?;$|^\s+\+\+[\w.]+;$")
NO_STATEMENT = re.compile(
    r"^\s*(return|using|const|constexpr|static|friend|typedef|auto|std::\w+ \w+;|break|default)\b"
    r"|[=] (default|delete);|^\s*\w+ \w+;")
# Not code that runs: declarations for the compiler, which the tests of what must not compile know.
IGNORED = re.compile(r"^\s*(//|#|template|static_assert|concept|requires|using|typedef|namespace|\"|friend"
                     r"|class|struct|asm|\[\[)|\brequires\b|= (default|delete);")


def changes(line):
    """The lines that one change makes of `line`."""
    code = line.split("//")[0].rstrip()
    comment = line[len(code):]
    changed = []
    for old, new in OPERATORS.items():
        start = code.find(old)
        while start >= 0:
            changed += [code[:start] + text + code[start + len(old):] for text in new]
            start = code.find(old, start + len(old))
    for number in NUMBER.finditer(code):
        value = int(number.group(), 0)
        text = hex(value + 1) if number.group().startswith("0x") else str(value + 1)
        changed.append(code[:number.start()] + text + code[number.end():])
    for old, new in (("true", "false"), ("false", "true")):
        for word in re.finditer(rf"\b{old}\b", code):
            changed.append(code[:word.start()] + new + code[word.end():])
    condition = CONDITION.search(code)
    if condition and "constexpr" not in code:
        for value in ("true", "false"):
            if condition.group(2) != value:
                changed.append(code[:condition.start(2)] + value + code[condition.end(2):])
    if re.search(r"\(!\w", code):
        changed.append(re.sub(r"\(!(\w)", r"(\1", code, count=1))
    if STATEMENT.match(code) and not NO_STATEMENT.search(code):
        changed.append(re.match(r"\s*", code).group() + ";")
    return [text + comment for text in changed if text != code]


def mutants_of(name):
    """(header, line number, old line, new line) for each change of axptr/NAME.h."""
    with open(os.path.join(ROOT, "axptr", name + ".h"), encoding="utf-8") as source:
        lines = source.read().split("\n")
    skipping = False  # a declaration for the compiler over several lines
    for number, line in enumerate(lines, 1):
        skipping = (skipping or bool(IGNORED.search(line))) and not line.startswith("//")
        if not skipping:
            for text in changes(line):
                yield name, number, line, text
        elif re.search(r"[;{}>]\s*(//.*)?$", line) or line.lstrip().startswith(("//", "#")):
            skipping = False


def run(command, **more):
    """Whether it ends well, and in time. CPU time, so that a busy computer changes nothing."""
    limit = (CPU_SECONDS, CPU_SECONDS)
    return subprocess.run(command, timeout=WALL_SECONDS, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, limit),
                          **more).returncode == 0


def must(command, **more):
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False, **more).returncode != 0:
        sys.exit("cannot go on without: " + " ".join(command))


def prepare():
    """What all mutants share: the libraries of the simulator, and GoogleTest's headers compiled."""
    os.makedirs(WORK, exist_ok=True)
    must(["cmake", "--preset", "mutants", "-B", BASE], cwd=ROOT)
    must(["cmake", "--build", BASE, "--target", "replay_corpus", "axptr_fake_platform",
          "axptr_hooked_fake_platform"], cwd=ROOT)
    with open(os.path.join(WORK, "gmock.h"), "w", encoding="utf-8") as header:
        header.write('#include "gmock/gmock.h"\n#include "gtest/gtest.h"\n')
    must(COMPILER + ["-x", "c++-header", os.path.join(WORK, "gmock.h"), "-o", os.path.join(WORK, "pch")])
    words = COMPILER + WITHOUT_VECTORS + ["-x", "c++-header", os.path.join(WORK, "gmock.h")]
    must(words + ["-o", os.path.join(WORK, "pch-words")])
    must(COMPILER + ["-I", ROOT, "-c", os.path.join(ROOT, "axptr/testing/load_recorder.cc"),
                     "-o", RECORDER])
    return mutant.Build(BASE, CPU_SECONDS)


class Job:
    """A folder for what a mutant changes, one mutant at a time. Without any, for comparison: ORIGINAL."""

    ORIGINAL = "original"

    def __init__(self, name, build):
        self.folder = os.path.join(WORK, name)
        self.is_original = name == Job.ORIGINAL
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(os.path.join(self.folder, "axptr"))
        self.build = build
        self.differs = False  # whether any object is not that of the original

    def path(self, name):
        return os.path.join(self.folder, name)

    def is_changed(self, name):
        """Whether the object is another one than the original's. All of the original's are."""
        original = os.path.join(WORK, Job.ORIGINAL, name)
        changed = self.is_original or not filecmp.cmp(self.path(name), original, shallow=False)
        self.differs = self.differs or changed
        return changed

    def compile(self, source, out, flags):
        return run(COMPILER + flags + ["-iquote", self.folder, "-I", ROOT, "-c",
                                       os.path.join(ROOT, source), "-o", self.path(out)])

    def compiles(self):
        return self.compile("axptr/freestanding_check.cc", "freestanding_check.o", [])

    def passes_unit_test(self, name, words=False):
        flags = WITHOUT_VECTORS if words else []
        platform = "fake_platform"
        if name == "platform_hooks":
            flags = flags + HOOKS
            platform = "hooked_fake_platform"
        libraries = [os.path.join(BASE, f"axptr/libaxptr_{platform}.a"),
                     "-lgmock", "-lgtest", "-lgtest_main", "-lpthread"]
        if name == "loads":
            flags = flags + TRACE_LOADS
            libraries = [RECORDER] + libraries
        pch = os.path.join(WORK, "pch-words" if words else "pch")
        compiled = f"{name}_words_test.o" if words else f"{name}_test.o"
        if not self.compile(f"axptr/{name}_test.cc", compiled, flags + ["-include-pch", pch]):
            return False
        if not self.is_changed(compiled):
            return True
        program = self.path("test")
        return (run(COMPILER + [self.path(compiled), "-o", program] + libraries) and
                run([program, "--gtest_fail_fast"]))

    def failing_test_of(self, name):
        """The first test of its own that the header fails; "" if none."""
        tests = [(name, False)]
        if name in SCANS:
            tests += [(name, True), ("loads", False), ("loads", True)]
        if name == "user_access":
            tests += [("platform_hooks", False)]
        for test, words in tests:
            if not self.passes_unit_test(test, words):
                return f"{test}_words_test" if words else f"{test}_test"
        return ""

    def failing_corpus(self):
        """The subject by which the corpus notices the mutant; "" if it does not."""
        changed = {}
        for subject in mutant.SUBJECTS:
            name = self.build.object_of_subject(subject)
            try:
                self.build.compile(name, self.folder, self.path(f"{subject}.o"))
            except mutant.Unusable:
                return f"corpus on {subject}"
            if self.is_changed(f"{subject}.o"):
                changed[subject] = name
        if not changed:
            return ""
        program = self.path("replay")
        self.build.link("replay_corpus",
                        {name: self.path(f"{subject}.o") for subject, name in changed.items()}, program)
        for subject in changed:
            if not run([program] + corpus_files(), env=os.environ | {"AXPTR_SUBJECT": subject}):
                return f"corpus on {subject}"
        return ""

    def try_mutant(self, change):
        """How it was killed, "survived", "same code", or "" if it does not compile."""
        name, number, _, new = change
        with open(os.path.join(ROOT, "axptr", name + ".h"), encoding="utf-8") as source:
            lines = source.read().split("\n")
        lines[number - 1] = new
        header = self.path(f"axptr/{name}.h")
        with open(header, "w", encoding="utf-8") as mutated:
            mutated.write("\n".join(lines))
        self.differs = False
        try:
            if not self.compiles():
                return ""
            self.is_changed("freestanding_check.o")
            failing = self.failing_test_of(name) or self.failing_corpus()
            if failing:
                return failing
            for other in HEADERS:
                if other != name and not self.passes_unit_test(other):
                    return f"{other}_test"
            return "survived" if self.differs else "same code"
        finally:
            os.remove(header)


def corpus_files():
    folder = os.path.join(ROOT, "corpus")
    return sorted(os.path.join(path, name) for path, _, names in os.walk(folder) for name in names
                  if name.endswith(".scn") and not path.endswith("traces"))


def describe(change):
    name, _, old, new = change
    return f"{name}.h: {old.strip()} -> {new.strip()}"


def explained():
    """The survivors that are explained: lines `- `FILE: OLD -> NEW`` of survivors.md."""
    with open(SURVIVORS, encoding="utf-8") as text:
        return set(re.findall(r"^- `` (.*) ``", text.read(), re.MULTILINE))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--survivors", action="store_true")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    names = [os.path.basename(file).removesuffix(".h") for file in arguments.files] or HEADERS
    mutants = [change for name in names for change in mutants_of(name)][::arguments.every]
    if arguments.survivors:
        known = explained()
        mutants = [change for change in mutants if describe(change) in known]
    if arguments.list:
        print("\n".join(f"{change[1]:4} {describe(change)}" for change in mutants))
        return

    os.environ["CCACHE_DISABLE"] = "1"  # none of these is ever compiled again
    build = prepare()
    original = Job(Job.ORIGINAL, build)
    if (not original.compiles() or original.failing_corpus()
            or any(original.failing_test_of(name) for name in HEADERS)):
        sys.exit("a test fails without any mutant")
    jobs = queue.SimpleQueue()
    for number in range(arguments.jobs):
        jobs.put(Job(f"job{number}", build))

    def attempt(change):
        taken = jobs.get()
        try:
            return taken.try_mutant(change)
        finally:
            jobs.put(taken)

    killers, survivors, same = {}, [], []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for change, result in zip(mutants, pool.map(attempt, mutants)):
            if result == "survived":
                survivors.append(change)
                print(f"survived: {change[1]}: {describe(change)}", flush=True)
            elif result == "same code":
                same.append(change)
                print(f"same code: {change[1]}: {describe(change)}", flush=True)
            elif result:
                killers[result] = killers.get(result, 0) + 1
    print(f"\n{len(same)} changes leave the object code as it is")
    sys.exit(report(names, killers, survivors, arguments))


def report(names, killers, survivors, arguments):
    killed = sum(killers.values())
    whole = killed + len(survivors)
    share = 100.0 * killed / whole if whole else 100.0
    print("\nkilled by:")
    for killer, count in sorted(killers.items(), key=lambda item: -item[1]):
        print(f"  {killer:24} {count:5}")
    print(f"{killed} of {whole} mutants of {len(names)} headers killed: {share:.1f} %")
    reasons = explained()
    named = {describe(change) for change in survivors}
    unexplained = sorted(named - reasons)
    for text in unexplained:
        print("not explained in mutants/survivors.md:", text)
    gone = []
    if arguments.every == 1:
        gone = sorted(text for text in reasons - named if text.split(".h:")[0] in names)
    for text in gone:
        print("explained in mutants/survivors.md, but killed or no longer there:", text)
    if arguments.survivors:
        return 1 if gone else 0
    return 1 if unexplained or gone or share < LEAST_PER_CENT else 0


if __name__ == "__main__":
    main()
