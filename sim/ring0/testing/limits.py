#!/usr/bin/env python3
"""The image has room for so many areas, files, races, segments and events. A scenario at each limit is equal to the
simulation's. One above it is not run, and that is said; what is sent in parts is equal above it, too.

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
RACES = 256  # sim/ring0/replay/races.h
RUNS = 1024  # sim/ring0/machine/touches.cc
TRANSFERS_AT = 32  # of RUNS segments each: 6,150 events; sim/ring0/machine/kernel.h has 200,000


def page(number):
    return hex(WINDOW + number * PAGE)


def areas(count, kind):
    """Areas of a page, a page apart, and accesses to the last one and behind it."""
    return [*(f"map {page(2 * i)} 0x1000 rw- {kind}" for i in range(count)),
            f"const.get u8 {page(2 * count - 2)} => ok len=1", f"const.get u8 {page(2 * count - 1)} => EFAULT"]


def races(count):
    """Changes at one point, of which the first and the last are noticed."""
    return ["machine cpus=2", f"map {page(0)} {hex(count * PAGE)} rw- eager",
            *(f"@1 race check 1 unmap {page(i)} 0x1000" for i in range(count)),
            f"copy_in {page(0)} 8 => EFAULT done=0", f"const.get u8 {page(count - 1)} => EFAULT"]


def runs(count, transfers=1):
    """Transfers of one byte of each of so many pages, from the last page to the first."""
    segments = " ".join(f"{page(2 * (count - i))} 1" for i in range(count))
    return [f"map {page(0)} {hex((2 * count + 2) * PAGE)} rw- lazy", f"map {page(10000)} 0x5000 rw- eager",
            f"fill {page(10000)} iov {segments}", *([f"writev {page(10000)} {count} {count} => ok len={count}"] * transfers)]


# Name, lines, and what there is too much of; None: nothing.
CASES = (
    ("areas_at", areas(AREAS, "lazy"), None),
    ("areas_above", areas(AREAS + 1, "lazy"), "areas"),
    ("files_at", areas(FILES, "file:0x1000"), None),
    ("files_above", areas(FILES + 1, "file:0x1000"), "areas"),
    ("races_at", races(RACES), None),
    ("races_above", races(RACES + 1), "races"),
    ("runs_at", runs(RUNS // 2), None),
    ("runs_above", runs(RUNS), None),
    ("events_at", runs(RUNS, TRANSFERS_AT), None),
    ("events_above", runs(RUNS, TRANSFERS_AT + 1), "events"),
)


def mistake(said, status, lines, too_much):
    """What is wrong with the output; empty if nothing is."""
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
        print(f"{name}: {wrong or 'as it should be'}")
        failed += 1 if wrong else 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
