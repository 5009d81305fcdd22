#!/usr/bin/env python3
"""Prints a table of coverage, and fails below the thresholds: coverage.py ROOT PROFILES

PROFILES holds what coverage.sh exported: corpus.{lcov,json} and all.{lcov,json}.

Templates: all instantiations of a line or a branch of a header count as one. The line or branch is covered
if it is covered in any instantiation. The export of llvm-cov merges the lines of instantiations, but lists
branches once for each instantiation; read() merges the branches by their position.

A branch with no side taken, in a line that was executed, was decided by the compiler (`if constexpr`,
`while (true)`). Such branches do not count.

coverage_exceptions.txt lists the lines that need not be covered: FILE | TEXT OF THE LINE | REASON.
An exception that matches no line, or only covered lines, is an error.
"""

import collections
import json
import os
import sys

# Folder, what is counted, in which run, minimum in per cent.
THRESHOLDS = [
    ("axptr", "lines", "corpus", 100.0),
    ("axptr", "branches", "corpus", 100.0),
    ("sim", "lines", "all", 95.0),
]


class FileCoverage:
    def __init__(self):
        self.lines = {}  # line: number of executions
        self.branches = collections.defaultdict(lambda: [0, 0])  # position: times taken, times not taken

    def missed_lines(self):
        return {line for line, times in self.lines.items() if times == 0}

    def drop_decided_branches(self):
        for place in [p for p, times in self.branches.items() if times == [0, 0]]:
            if self.lines.get(place[0], 0) > 0:
                del self.branches[place]

    def missed_sides(self):
        """Yields (line, the side that was never taken)."""
        for place, times in sorted(self.branches.items()):
            for side, count in zip(("true", "false"), times):
                if count == 0:
                    yield place[0], side


def read(root, stem):
    """The files below axptr/ and sim/ in the export `stem`, by path.

    Without sim/ring0/: a build for coverage has no image, and without an image none of its code runs.
    """
    files = collections.defaultdict(FileCoverage)

    def relative(path):
        path = os.path.relpath(path, root)
        is_counted = "/testing/" not in path and not path.startswith("sim/ring0/")
        return path if path.split("/")[0] in ("axptr", "sim") and is_counted else None

    current = None
    with open(stem + ".lcov", encoding="utf-8") as lcov:
        for row in lcov:
            if row.startswith("SF:"):
                current = relative(row[3:].strip())
            elif row.startswith("DA:") and current:
                line, times = row[3:].split(",")[:2]
                lines = files[current].lines
                lines[int(line)] = lines.get(int(line), 0) + int(times)
    with open(stem + ".json", encoding="utf-8") as exported:
        for entry in json.load(exported)["data"][0]["files"]:
            path = relative(entry["filename"])
            if not path:
                continue
            for branch in entry.get("branches", []):
                sides = files[path].branches[tuple(branch[:4])]
                sides[0] += branch[4]
                sides[1] += branch[5]
    for coverage in files.values():
        coverage.drop_decided_branches()
    return files


def named_lines(source, text):
    """The numbers of the lines that match the TEXT of an exception. `LAST` has the indentation of `FIRST`."""
    first, _, last = text.partition(" ... ")
    source_lines = list(source)
    lines = [line.strip() for line in source_lines]
    named = []
    for start, line in enumerate(lines):
        if line != first:
            continue
        end = start
        indent = len(source_lines[start]) - len(source_lines[start].lstrip())
        while last and end < len(lines) - 1 and (
                end == start or source_lines[end].rstrip() != " " * indent + last):
            end += 1
        named += range(start + 1, end + 2)
    return named


def read_exceptions(root):
    """Returns a list with the set of positions (file, line) of each entry, and a list of errors in the entries."""
    exceptions, wrong = [], []
    name = os.path.join(root, "fuzz", "coverage_exceptions.txt")
    with open(name, encoding="utf-8") as entries:
        for entry in entries:
            if entry.startswith("#") or not entry.strip():
                continue
            path, text, reason = (part.strip() for part in entry.split(" | "))
            with open(os.path.join(root, path), encoding="utf-8") as source:
                found = named_lines(source, text)
            if not found or not reason:
                wrong.append(f"{name}: no such line, or no reason: {entry.strip()}")
            exceptions.append({(path, line) for line in found})
    return exceptions, wrong


def count(files, folder, excepted, used):
    """Returns (lines covered, lines, branch sides covered, sides, (lines missed, sides missed))."""
    covered_lines = lines = covered_sides = sides = 0
    missed = [], []
    for path, coverage in sorted(files.items()):
        if not path.startswith(folder + "/"):
            continue
        gone = {line for line in coverage.lines if (path, line) in excepted}
        not_run = coverage.missed_lines()
        one_sided = list(coverage.missed_sides())
        used.update((path, line) for line in gone & (not_run | {line for line, _ in one_sided}))
        lines += len(coverage.lines) - len(gone)
        covered_lines += len(coverage.lines) - len(gone | not_run)
        all_sides = 2 * sum(1 for place in coverage.branches if place[0] not in gone)
        one_sided = [(line, side) for line, side in one_sided if line not in gone]
        sides += all_sides
        covered_sides += all_sides - len(one_sided)
        missed[0].extend(f"{path}:{line}: not run" for line in sorted(not_run - gone))
        missed[1].extend(f"{path}:{line}: never {side}" for line, side in one_sided)
    return covered_lines, lines, covered_sides, sides, missed


def per_cent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def main():
    root, profiles = sys.argv[1:]
    exceptions, wrong = read_exceptions(root)
    runs = {name: read(root, os.path.join(profiles, name)) for name in ("corpus", "all")}
    folders = ["axptr", "sim"] + sorted(
        {"/".join(path.split("/")[:2]) for path in runs["all"] if path.startswith("sim/")})
    used, results = set(), {}
    excepted = set().union(*exceptions)
    print(f"{'':16} {'by the corpus':>30} {'and by unit tests':>30}")
    print(f"{'':16} {'lines':>15} {'branches':>14} {'lines':>15} {'branches':>14}")
    for folder in folders:
        row = f"{folder:16}"
        for name in ("corpus", "all"):
            covered, lines, taken, sides, missed = count(runs[name], folder, excepted, used)
            results[folder, "lines", name] = per_cent(covered, lines), missed[0]
            results[folder, "branches", name] = per_cent(taken, sides), missed[1]
            row += f" {covered:5}/{lines:<4} {per_cent(covered, lines):3.0f}%"
            row += f" {taken:5}/{sides:<4} {per_cent(taken, sides):3.0f}%"
        print(row)
    print(f"{len(excepted)} lines are excepted: fuzz/coverage_exceptions.txt")
    for folder, what, name, least in THRESHOLDS:
        share, missed = results[folder, what, name]
        if share < least:
            wrong.append(f"{folder}/: {share:.2f} % of {what} are covered ({name}), {least:g} % is due:")
            wrong += ["  " + entry for entry in missed]
    for entry in exceptions:
        if entry and not entry & used:
            path, line = min(entry)
            wrong.append(f"{path}:{line}: excepted, and covered all the same")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
