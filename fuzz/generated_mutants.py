#!/usr/bin/env python3
"""Changes axptr/ in one place at a time, and sees whether a test notices: `./run generated-mutants`.

    fuzz/generated_mutants.py [--list] [--jobs N] [--every N | --survivors] [FILE.h...]

Each mutant is one line of a header changed in one place: an operator, a constant, a condition, or a
statement left out. It is thrown away if the library does not compile with it (freestanding_check.cc,
which uses all of it). Then, until something fails:

  1. the unit test of the header is compiled (static_asserts count) and run; for those that go through
     user memory also without vectors, and loads_test.cc, which counts what they load, both ways;
  2. the corpus is replayed on the whole machine, with the library mutated: replay_corpus;
  3. the other unit tests of the library.

Each run has a time limit, since a mutated loop may be endless; one that runs into it is noticed.

What survives must be in mutants/survivors.md, with a reason, as `FILE: OLD LINE -> NEW LINE`. Exit status:
0 at least 95 % are killed and each survivor is explained; 1 not, or an explained one is killed.

--list: print the mutants only. --every N: only each N-th, for a quick look. --survivors: only those that
are explained; all of them must survive.
"""

import argparse
import concurrent.futures
import os
import queue
import re
import resource
import shutil
import subprocess
import sys

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
# As axptr_subject_options of sim/subject/CMakeLists.txt.
VECTORS_SUBJECT = ["-Daxptr=axptr::vectors", "-DAXPTR_SUBJECT_NAME=\"vectors\"",
                   "-DAXPTR_SUBJECT_ENTRY=axptr_vectors_subject",
                   "-Daxptr_platform_attempt=axptr_vectors_platform_attempt"]
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
    # The link of replay_corpus, with the object of the subject `vectors` replaced.
    line = subprocess.run(["ninja", "-C", BASE, "-t", "commands", "replay_corpus"], check=True,
                          capture_output=True, text=True).stdout.strip().split("\n")[-1]
    return line[line.index("clang++"):].removesuffix(" && :")


class Job:
    """A copy of axptr/, in which one mutant lives at a time."""

    def __init__(self, number, link):
        self.folder = os.path.join(WORK, f"job{number}")
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(os.path.join(ROOT, "axptr"), os.path.join(self.folder, "axptr"))
        self.link = link

    def path(self, name):
        return os.path.join(self.folder, name)

    def compiles(self):
        return run(COMPILER + ["-fsyntax-only", "-I", self.folder,
                               self.path("axptr/freestanding_check.cc")])

    def passes_unit_test(self, name, words=False):
        program = self.path("test")
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
        built = run(COMPILER + flags + ["-include-pch", pch, "-I", self.folder,
                                        self.path(f"axptr/{name}_test.cc"), "-o", program] +
                    libraries)
        return built and run([program, "--gtest_fail_fast"])

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

    def passes_corpus(self):
        subject = self.path("subject.o")
        if not run(COMPILER + VECTORS_SUBJECT + ["-I", self.folder, "-I", ROOT, "-c",
                               os.path.join(ROOT, "sim/subject/axptr/axptr_subject.cc"),
                               "-o", subject]):
            return False
        program = self.path("replay")
        link = re.sub(r"-o \S+", f"{subject} -o {program}", self.link, count=1)
        if not run(link, shell=True, cwd=BASE):
            raise RuntimeError("cannot link: " + link)
        return run([program] + corpus_files())

    def try_mutant(self, mutant):
        """How it was killed, "survived", or "" if it is none."""
        name, number, _, new = mutant
        header = self.path(f"axptr/{name}.h")
        with open(os.path.join(ROOT, "axptr", name + ".h"), encoding="utf-8") as source:
            original = source.read()
        lines = original.split("\n")
        lines[number - 1] = new
        with open(header, "w", encoding="utf-8") as mutated:
            mutated.write("\n".join(lines))
        try:
            if not self.compiles():
                return ""
            failing = self.failing_test_of(name)
            if failing:
                return failing
            if not self.passes_corpus():
                return "corpus"
            for other in HEADERS:
                if other != name and not self.passes_unit_test(other):
                    return f"{other}_test"
            return "survived"
        finally:
            with open(header, "w", encoding="utf-8") as restored:
                restored.write(original)


def corpus_files():
    folder = os.path.join(ROOT, "corpus")
    return sorted(os.path.join(path, name) for path, _, names in os.walk(folder) for name in names
                  if name.endswith(".scn") and not path.endswith("traces"))


def describe(mutant):
    name, _, old, new = mutant
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
    mutants = [mutant for name in names for mutant in mutants_of(name)][::arguments.every]
    if arguments.survivors:
        known = explained()
        mutants = [mutant for mutant in mutants if describe(mutant) in known]
    if arguments.list:
        print("\n".join(f"{mutant[1]:4} {describe(mutant)}" for mutant in mutants))
        return

    link = prepare()
    jobs = queue.SimpleQueue()
    for number in range(arguments.jobs):
        jobs.put(Job(number, link))
    job = jobs.get()
    if not job.passes_corpus() or any(job.failing_test_of(name) for name in HEADERS):
        sys.exit("a test fails without any mutant")
    jobs.put(job)

    def attempt(mutant):
        taken = jobs.get()
        try:
            return taken.try_mutant(mutant)
        finally:
            jobs.put(taken)

    killers, survivors = {}, []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for mutant, result in zip(mutants, pool.map(attempt, mutants)):
            if result == "survived":
                survivors.append(mutant)
                print(f"survived: {mutant[1]}: {describe(mutant)}", flush=True)
            elif result:
                killers[result] = killers.get(result, 0) + 1
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
    named = {describe(mutant) for mutant in survivors}
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
