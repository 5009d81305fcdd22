#!/usr/bin/env python3
"""Checks for each bug of linux_like that one cell of `axsim conform` fails, with the violation of the bug.

    conform_bugs.py AXSIM FOLDER [--write]

FOLDER has the shared objects linux_like_BUG.so. The bugs and their violations are in the table of README.md in this
folder; the table of cells is in docs/conformance.md. Each bug must have a row there; its cell must fail with that
violation, and must not fail without the bug. With --write: searches the cells, and writes the table.
Exit status: 0 the page is right; 1 it is not; 2 unusable arguments.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parents[2] / "docs" / "conformance.md"
BUG_ROW = re.compile(r"^\| \d+ \| `(\w+)` \|[^|]*\| `\w+` \| line \d+: `([a-z_.]+)` \|$", re.M)
HEAD = "| bug | cell | violation |\n|---|---|---|\n"
CELL_ROW = re.compile(r"^\| `(\w+)` \| `([\w.]+)`, (\w+) \| `([a-z_.]+)` \|$", re.M)


def conform(axsim, subject, function):
    """The cells of one function, by situation."""
    done = subprocess.run(
        [axsim, "conform", f"--subject={subject}", f"--only={function}", "--format=json", "--seconds=300"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True)
    return {cell["situation"]: cell for one in json.loads(done.stdout)["functions"] for cell in one["cells"]}


def functions_of(axsim, subject):
    """The names of the functions of the subject."""
    listed = subprocess.run([axsim, "conform", f"--subject={subject}", "--only=none"], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, check=False, text=True).stderr
    return listed.split("expected ")[1].strip().split(", ")


def violations_of(axsim, subject, cell):
    """The names of the violations in the scenario of a failing cell."""
    if cell.get("state") != "failed":
        return set()
    with tempfile.NamedTemporaryFile("w", suffix=".scn") as file:
        file.write(cell["scenario"])
        file.flush()
        done = subprocess.run([axsim, "run", f"--subject={subject}", "--format=json", file.name],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True)
    return {violation["name"] for violation in json.loads(done.stdout)["violations"]}


def find_cell(axsim, subject, violation):
    for function in functions_of(axsim, subject):
        for situation, cell in conform(axsim, subject, function).items():
            if violation in violations_of(axsim, subject, cell):
                return function, situation
    return None


def check(bugs, rows, cells_of, is_shown):
    """The mistakes of the page, one line each."""
    wrong = [f"{bug}: no row in {PAGE.name}" for bug in bugs if bug not in rows]
    wrong += [f"{bug}: no such bug" for bug in rows if bug not in bugs]
    for bug, (function, situation, violation) in rows.items():
        if violation != bugs.get(bug):
            wrong.append(f"{bug}: its violation is {bugs.get(bug)}, not {violation}")
            continue
        got = cells_of(f"_{bug}", function).get(situation, {})
        if not is_shown(bug, got, violation):
            wrong.append(f"{bug}: {function}, {situation}: {got.get('state')}, {got.get('violation')}")
        if cells_of("", function)[situation]["state"] == "failed":
            wrong.append(f"{bug}: {function}, {situation} fails without it, too")
    return wrong


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[3:] not in ([], ["--write"]):
        print(__doc__, file=sys.stderr)
        return 2
    axsim, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    bugs = dict(BUG_ROW.findall((HERE / "README.md").read_text()))
    page = PAGE.read_text()
    before, after = page.split(HEAD)
    if sys.argv[3:]:
        found = {bug: find_cell(axsim, folder / f"linux_like_{bug}.so", bugs[bug]) for bug in sorted(bugs)}
        table = "".join(f"| `{bug}` | `{cell[0]}`, {cell[1]} | `{bugs[bug]}` |\n" for bug, cell in found.items() if cell)
        PAGE.write_text(before + HEAD + table + re.sub(r"^(\|.*\n)*", "", after))
        return 0 if all(found.values()) else 1
    rows = {bug: row for bug, *row in CELL_ROW.findall(after)}
    known = {}

    def cells_of(suffix, function):
        if (suffix, function) not in known:
            known[suffix, function] = conform(axsim, folder / f"linux_like{suffix}.so", function)
        return known[suffix, function]

    def is_shown(bug, cell, violation):
        return violation in violations_of(axsim, folder / f"linux_like_{bug}.so", cell)

    wrong = check(bugs, rows, cells_of, is_shown)
    print("\n".join(wrong) or f"{len(bugs)} bugs, each fails in its cell")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
