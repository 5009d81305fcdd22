#!/usr/bin/env python3
"""Prints the counts of instructions of sim/ring0/costs.json as a table of Markdown.

    costs_table.py [--shown FILE] costs.json

A cell has two numbers of instructions: of the library, and with the image's platform. Exit status: 1 with --shown, if
FILE does not contain each line of the table.
"""

import argparse
import json
import sys


def table(compilers):
    columns = [(compiler, subject, rows) for compiler, subjects in compilers.items()
               for subject, rows in subjects.items()]
    lines = ["| call | " + " | ".join(f"`{subject}`, {compiler}" for compiler, subject, _ in columns) + " |",
             "|---|" + "---:|" * len(columns)]
    names = list(dict.fromkeys(name for _, _, rows in columns for name in rows))
    for name in names:
        cells = []
        for _, _, rows in columns:
            library, both = rows.get(name, (None, None))
            cells.append("-" if both is None else f"{library} / {both}" if library else str(both))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shown")
    parser.add_argument("counts")
    arguments = parser.parse_args()
    with open(arguments.counts, encoding="utf-8") as counts:
        lines = table(json.load(counts))
    print("\n".join(lines))
    if arguments.shown is None:
        return 0
    with open(arguments.shown, encoding="utf-8") as shown:
        there = set(shown.read().split("\n"))
    missing = [line for line in lines if line not in there]
    for line in missing:
        print(f"{arguments.shown} does not contain: {line}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
