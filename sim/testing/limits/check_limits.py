#!/usr/bin/env python3
"""Checks that each numeric limit of the tree has a scenario or test at the limit and one above it: compares a table
with the constants, the scenarios and the tests.

    check_limits.py ROOT TABLE

TABLE has a paragraph for each limit:

    limit FILE NAME       a constant that FILE of ROOT defines
      at PLACE            a scenario or test that reaches the limit and does not exceed it
      above PLACE         a scenario or test that exceeds the limit

or, instead of `at` and `above`, one of

      same FILE NAME      another limit of the table, with the same number
      no REASON           no caller, scenario or file can exceed the limit

PLACE is a file of ROOT, a colon, and a text. For a test of GoogleTest (*_test.cc) the text is `Suite.Name`; in any
other file a line must begin with the text, apart from spaces.

Every constant kMax... or kMost... that a file of axptr/ or sim/ defines with an equals sign must have a paragraph,
except in tests and in folders named testing/. Exit status: 0 no mistake, 1 mistakes, 2 the table is malformed.
"""

import pathlib
import re
import sys

FOLDERS = ("axptr", "sim")
CONSTANT = re.compile(r"\bconstexpr\b[^=;()]*?\b(kM(?:ax|ost)[A-Z]\w*)\s*=", re.DOTALL)


def is_looked_at(path):
    return path.suffix in {".h", ".cc"} and not path.name.endswith("_test.cc") and "testing" not in path.parts


def constants(root):
    """(file, name) of each constant that must have a paragraph."""
    found = set()
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if is_looked_at(path.relative_to(root)):
                file = path.relative_to(root).as_posix()
                found.update((file, name) for name in CONSTANT.findall(path.read_text()))
    return found


def read_table(path):
    """By (file, name): a list of (line, key, rest)."""
    limits, current = {}, None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0] if line.startswith("#") else line
        key, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if not key:
            continue
        if key == "limit":
            current = tuple(rest.split())
            if len(current) != 2 or current in limits:
                sys.exit(wrong(path, number, f"`{rest}`: expected a file and a name, once"))
            limits[current] = []
        elif current is None or key not in ("at", "above", "same", "no") or not rest:
            sys.exit(wrong(path, number, f"`{line.strip()}`: expected limit, at, above, same or no"))
        else:
            limits[current].append((number, key, rest))
    return limits


def wrong(path, number, message):
    print(f"{path}:{number}: {message}")
    return 2


def words(text):
    return " ".join(text.split())


def is_there(root, place):
    """The mistake in the place; empty if there is none."""
    file, _, what = place.partition(":")
    what = words(what)
    path = root / file.strip()
    if not what or not path.is_file():
        return f"no file {file}, or no text after it"
    text = path.read_text(errors="replace")
    if file.endswith("_test.cc"):
        suite, _, name = what.partition(".")
        if not re.search(rf"\bTEST(_F|_P)?\({re.escape(suite)},\s*{re.escape(name)}\)", text):
            return f"{file} has no test {what}"
    elif not any(words(line).startswith(what) for line in text.splitlines()):
        return f"{file} has no line that begins with `{what}`"
    return ""


def defines(root, file, name):
    path = root / file
    return path.is_file() and re.search(rf"\b{re.escape(name)}\s*(=|\{{)", path.read_text()) is not None


def mistakes_of(root, limits, limit, entries):
    file, name = limit
    if not defines(root, file, name):
        yield f"{file} defines no {name}"
    keys = sorted({key for _, key, _ in entries})
    if keys not in (["above", "at"], ["same"], ["no"]):
        yield f"{file} {name}: expected at and above, or same, or no; it has {', '.join(keys) or 'nothing'}"
    for _, key, rest in entries:
        if key in ("at", "above"):
            missing = is_there(root, rest)
            if missing:
                yield f"{file} {name}: {key}: {missing}"
        if key == "same" and tuple(rest.split()) not in limits:
            yield f"{file} {name}: same: the table has no limit {rest}"


def main(arguments):
    root, table = (pathlib.Path(argument) for argument in arguments)
    limits = read_table(table)
    mistakes = [f"{file} {name}: no scenario or test on either side; expected a paragraph in {table.name}"
                for file, name in sorted(constants(root) - set(limits))]
    for limit, entries in limits.items():
        mistakes += mistakes_of(root, limits, limit, entries)
    for mistake in mistakes:
        print(mistake)
    tried = sum(1 for entries in limits.values() if any(key == "at" for _, key, _ in entries))
    print(f"{len(limits)} limits, {tried} with both sides, {len(mistakes)} mistakes")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
