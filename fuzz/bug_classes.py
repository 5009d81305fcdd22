#!/usr/bin/env python3
"""Compares the table of bug classes in docs/findings.md with the mutants, the scenarios and the tests.

    fuzz/bug_classes.py [FILE]              FILE replaces docs/findings.md

- The table has one row for each class, in order: number, class, where and when, scenarios, mutants and
  tests, seconds.
- Each mutant that a row names is a patch whose header line `# class:` has the number of the row. Each
  patch with such a line is named in the row with its number.
- Each scenario that a row names is a file. The scenario of each mutant of the row is named in the row.
- Each test that a row names (`subject.NAME`) is a test of sim/subject/CMakeLists.txt.
- Each bug of the table in sim/subject/linux_like/README.md is in the row of its class, as the test
  `subject.linux_like_NAME`. Both rows have the same text for where and when. Its scenario is a file.
- A row with neither a mutant nor a test says `none: ` and the reason.

Exit status: 0 all of this holds; 1 otherwise, with a line for each mistake.
"""

import os
import re
import sys

import mutant

ROOT = mutant.ROOT
CLASSES = 47
NAME = re.compile(r"`([\w.]+)`")
SUBJECT_TEST = re.compile(r"axptr_(subject|ex_table|copy_loops)_test\((\w+)")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def patches_with_a_class():
    """For each patch with a `# class:` line, by name: the number of the class and the name of the scenario."""
    found = {}
    for name in mutant.names():
        patch = mutant.Patch(name)
        number = patch.header("class")
        if number:
            scenario = os.path.basename(patch.header("scenario") or "").removesuffix(".scn")
            found[name] = (int(number.split(",")[0]), scenario)
    return found


def subject_tests():
    prefixes = {"subject": "", "ex_table": "", "copy_loops": "copy_loops_"}
    return {"subject." + prefixes[kind] + name
            for kind, name in SUBJECT_TEST.findall(read("sim", "subject", "CMakeLists.txt"))}


def bugs_of_linux_like():
    """For each bug of sim/subject/linux_like, by test name: number of the class, where and when, scenario."""
    rows = rows_of(read("sim", "subject", "linux_like", "README.md"))
    return {"subject.linux_like_" + cells[1].strip("`"): (int(cells[0]), cells[2], cells[3].strip("`"))
            for cells in rows}


def rows_of(text):
    """The cells of each row of the table."""
    lines = re.findall(r"^\| *\d+ *\|.*\|$", text, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def mistakes_of_bugs(cells, bugs):
    """Mistakes in how the row of a class names the bugs of sim/subject/linux_like."""
    number, named = int(cells[0]), NAME.findall(cells[4])
    for name, (its_class, where, scenario) in bugs.items():
        if (its_class == number) != (name in named):
            yield f"{name} is of class {its_class}"
        if its_class != number:
            continue
        if where != cells[2]:
            yield f"{name}: expected {cells[2]}, found {where}"
        if not os.path.exists(os.path.join(ROOT, "sim", "subject", "linux_like", "scenarios", scenario + ".scn")):
            yield f"{name}: no scenario {scenario}"


def mistakes_of_row(cells, patches, tests):
    number = int(cells[0])
    named = NAME.findall(cells[4])
    scenarios = set(NAME.findall(cells[3]))
    mutants = [name for name in named if not name.startswith("subject.")]
    for name in set(named) - set(mutants) - tests:
        yield f"{name} is no test of sim/subject/CMakeLists.txt"
    for name in scenarios:
        if not os.path.exists(os.path.join(ROOT, "corpus", "regressions", name + ".scn")):
            yield f"no scenario corpus/regressions/{name}.scn"
    for name in mutants:
        if patches.get(name, (None,))[0] != number:
            yield f"{name} is no mutant of class {number}"
        elif patches[name][1] not in scenarios:
            yield f"{name} is shown by {patches[name][1]}, which the row does not name"
    for name, (its_class, _) in patches.items():
        if its_class == number and name not in mutants:
            yield f"the mutant {name} is missing"
    if not named and not re.search(r"none: \w", cells[4]):
        yield "no mutant, no test, and no reason"


def main():
    path = sys.argv[1] if len(sys.argv) == 2 else os.path.join(ROOT, "docs", "findings.md")
    rows = rows_of(read(path))
    mistakes = []
    if [cells[0] for cells in rows] != [str(number) for number in range(1, CLASSES + 1)]:
        mistakes.append(f"{path}: expected rows 1 to {CLASSES}, found {len(rows)} rows")
    patches, bugs = patches_with_a_class(), bugs_of_linux_like()
    tests = subject_tests() | set(bugs)
    for cells in rows:
        if len(cells) != 6:
            mistakes.append(f"row {cells[0]}: expected 6 cells, found {len(cells)}")
            continue
        found = [*mistakes_of_row(cells, patches, tests), *mistakes_of_bugs(cells, bugs)]
        mistakes += [f"row {cells[0]}: {mistake}" for mistake in found]
    counts = f"{len(rows)} classes, {len(patches)} mutants, {len(bugs)} bugs of linux_like"
    print("\n".join(mistakes + [f"{counts}, {len(mistakes)} mistakes"]))
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
