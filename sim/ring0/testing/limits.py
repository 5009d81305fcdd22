#!/usr/bin/env python3
"""Tests the limits of the image: areas, files, races, segments, events, and pages of alias. A scenario at a limit is
equal in the image and in the simulation. A scenario above a limit is reported as not run. Exceptions are data that is
sent in parts, and pages of alias (ENOMEM): such scenarios are equal above the limit too.

    limits.py AXSIM IMAGE FOLDER
"""

import os
import re
import subprocess
import sys

WINDOW = 0x550000000000
PAGE = 0x1000
AREAS = 4096  # sim/ring0/machine/address_space.h
FILES = 1024
ALIAS_PAGES = 1024
RACES = 256  # sim/ring0/replay/races.h
RUNS = 1024  # sim/ring0/machine/touches.cc
TRANSFERS_AT = 32  # of RUNS segments each: 6,150 events; sim/ring0/machine/kernel.h has 200,000


def page(number):
    return hex(WINDOW + number * PAGE)


def areas(count, kind):
    """Areas of one page with one free page after each, and accesses to the last area and to the page after it."""
    return [*(f"map {page(2 * i)} 0x1000 rw- {kind}" for i in range(count)),
            f"const.get u8 {page(2 * count - 2)} => ok len=1", f"const.get u8 {page(2 * count - 1)} => EFAULT"]


def alias(count, result):
    """Maps one page of a file `count` more times; `result` is the outcome of the last time."""
    again = [f"alias {page(2 + 2 * i)} 0x1000 r-- {page(0)}" for i in range(count)]
    access = "ok len=1" if result == "ok" else "EFAULT"
    return [f"map {page(0)} 0x1000 rw- shared", *(f"{line} => ok" for line in again[:-1]), f"{again[-1]} => {result}",
            f"const.get u8 {page(2 * count)} => {access}"]


def races(count):
    """Changes at one point of an access. The results depend on the first and the last change."""
    return ["machine cpus=2", f"map {page(0)} {hex(count * PAGE)} rw- eager",
            *(f"@1 race check 1 unmap {page(i)} 0x1000" for i in range(count)),
            f"copy_in {page(0)} 8 => EFAULT done=0", f"const.get u8 {page(count - 1)} => EFAULT"]


def runs(count, transfers=1):
    """Transfers of one byte of each of `count` pages, from the last page to the first."""
    segments = " ".join(f"{page(2 * (count - i))} 1" for i in range(count))
    return [f"map {page(0)} {hex((2 * count + 2) * PAGE)} rw- lazy", f"map {page(10000)} 0x5000 rw- eager",
            f"fill {page(10000)} iov {segments}", *([f"writev {page(10000)} {count} {count} => ok len={count}"] * transfers)]


# Name, lines, and the noun in the message of a scenario that is not run; None: the scenario is equal.
CASES = (
    ("areas_at", areas(AREAS, "lazy"), None),
    ("areas_above", areas(AREAS + 1, "lazy"), "areas"),
    ("files_at", areas(FILES, "file:0x1000"), None),
    ("files_above", areas(FILES + 1, "file:0x1000"), "areas"),
    ("alias_at", alias(ALIAS_PAGES, "ok"), None),
    ("alias_above", alias(ALIAS_PAGES + 1, "ENOMEM"), None),
    ("races_at", races(RACES), None),
    ("races_above", races(RACES + 1), "races"),
    ("runs_at", runs(RUNS // 2), None),
    ("runs_above", runs(RUNS), None),
    ("events_at", runs(RUNS, TRANSFERS_AT), None),
    ("events_above", runs(RUNS, TRANSFERS_AT + 1), "events"),
)


def mistake(said, status, lines, too_much):
    """The mistake in the output; empty if there is none."""
    if too_much:
        wanted, text = 3, f"not run: more {too_much} than the image has room for +1$"
    else:
        operations = sum(1 for line in lines if not line.startswith("machine"))
        wanted, text = 0, f"equal to the simulation's +{operations}$"
    if status == wanted and re.search(text, said, re.MULTILINE):
        return ""
    return f"status {status}, wanted {wanted} and a line {text}\n{said}"


def main(axsim, image, folder):
    os.makedirs(folder, exist_ok=True)
    failed = 0
    for name, lines, too_much in CASES:
        path = os.path.join(folder, name + ".scn")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        ran = subprocess.run([axsim, "ring0", f"--image={image}", path], stdin=subprocess.DEVNULL, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        wrong = mistake(ran.stdout, ran.returncode, lines, too_much)
        print(f"{name}: {wrong or 'as expected'}")
        failed += 1 if wrong else 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
