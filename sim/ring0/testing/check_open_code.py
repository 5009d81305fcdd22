#!/usr/bin/env python3
"""Checks the machine code that runs with user access open: between stac and clac there is no call and no vector
register, except the entries of INTENDED.

    check_open_code.py --objdump PROGRAM [--broken NAME]... FILE

From each stac all paths are followed to clac, or to a stac that only restores the state of an outer access: such a stac
is one arm of a branch whose other arm is a clac. Functions that the library passes to axptr_platform_attempt run with
user access open from their first instruction to their return, and so do functions that are called with user access
open. A call, a jump to another function, a vector register, and a return before clac are mistakes. FILE: a program, or
an object without relocations in this code. `--broken NAME`: exactly the functions with these names must have a mistake.
Exit status: 0 there are no other mistakes; 1 there are; 2 the file could not be read.
"""

import argparse
import os
import re
import sys

sys.dont_write_bytecode = True  # no __pycache__ in the source tree
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "axptr", "testing"))
from disassembly import disassembly_of  # noqa: E402  (of the folder above)

# (regular expression for the function, for what the function does, the reason why this is intended).
INTENDED = [
    (r"", r"(call|jump) .*internal14transfer_bytes.*", "the loop that copies or zeroes, which is followed"),
    (r"", r"call .*7is_utf8EPKvm", "the loop that looks at text where it is, which is followed"),
    (r"is_utf8", r"(call|jump) .*utf8_after_block.*", "a part of that loop, which is followed"),
    (r"axptr7vectors", r"vector register", "a kernel that compiles this subject keeps the user's vector registers"),
    (r"12scan_checked", r"(call|jump) indirect", "RUNS_OPEN: it looks for a terminator"),
    (r"", r"call .*_platform_attempt", "it notes where to go on after a fault, and calls the body"),
    (r"(Access(Value|Slice)|WithFaultsAllowed|with_faults_allowed)", r"call indirect",
     "the caller's function that the access is for"),
    (r"ring0.*4OpenEv|ring0.*RestoreEb", r"return", "the platform's hooks of a subject that calls them"),
    (r"ring0_unruly_copy_in", r"return", "a subject that breaks rules, for tests of those who look"),
    (r"ring0.*(MakeCall|MakeAccess|UseLent|UseAsKernel|TouchAsKernel|RunOp|ProbeHardware|Survives|Replay|SendBare|CountInstructions|"
     r"TicksOfNothing|_guarded_call)", r".*",
     "kernel code without the library, as on a processor without SMAP; and questions to the hardware"),
]

# Functions that are called by pointer with user access open.
RUNS_OPEN = re.compile(r"find_zero_lane|find_zero_element")

TARGET = re.compile(r"^(?:notrack )?(\w+)\s+(?:0x)?([0-9a-f]+)(?:\s+<([^>+]+)(\+0x[0-9a-f]+)?>)?$")
VECTOR = re.compile(r"%[xyz]?mm\d")
ATTEMPT = re.compile(r"_platform_attempt$")


class Program:
    def __init__(self, objdump, path):
        self.functions = disassembly_of(objdump, path)
        self.place = {}  # of an address: function, index
        self.starts = {}
        for name, lines in self.functions.items():
            lines[:] = [line for line in lines if line[0] is not None]
            for index, (address, _) in enumerate(lines):
                self.place[address] = (name, index)
            if lines:
                self.starts[lines[0][0]] = name

    def successors(self, name, index):
        """Returns the next instructions in the function, and a text if the instruction leaves the function, or None."""
        _, text = self.functions[name][index]
        word = text.split()[0] if text.split()[0] != "notrack" else text.split()[1]
        following = [index + 1] if index + 1 < len(self.functions[name]) else []
        if word in ("ret", "retq", "iretq"):
            return [], "return"
        if word in ("ud2", "hlt", "int3"):
            return [], None
        target = TARGET.match(text)
        if word.startswith("call"):
            if target is None:
                return following, "call indirect"
            callee = target.group(3) or target.group(2)
            return following, f"call {callee}"
        if word.startswith("j"):
            if target is None:
                return [], "jump indirect"
            where = self.place.get(int(target.group(2), 16))
            if where is None or where[0] != name:
                leaves = f"jump {target.group(3) or target.group(2)}"
                return ([] if word.startswith("jmp") else following), leaves
            return ([] if word.startswith("jmp") else following) + [where[1]], None
        return following, None

    def leads_to(self, name, index):
        """Returns the stac or clac to which straight code leads, and its index; (None, None) if there is none."""
        for _ in range(6):
            word = self.functions[name][index][1].split()[0]
            if word in ("stac", "clac"):
                return word, index
            following, leaves = self.successors(name, index)
            if leaves or len(following) != 1:
                return None, None
            index = following[0]
        return None, None

    def restores(self, name):
        """The stac instructions that restore a state: the other arm of their branch is a clac."""
        found = set()
        for index, (_, text) in enumerate(self.functions[name]):
            if not re.match(r"j(?!mp)", text):
                continue
            arms = [self.leads_to(name, arm) for arm in self.successors(name, index)[0]]
            if sorted(word or "" for word, _ in arms) == ["clac", "stac"]:
                found.update(place for word, place in arms if word == "stac")
        return found

    def body_of(self, name, index):
        """The function that is the fourth argument of axptr_platform_attempt at `index`; None if unknown."""
        for _, text in reversed(self.functions[name][max(0, index - 24):index]):
            if re.search(r",\s*%[er]cx", text):
                number = re.search(r"\$(-?)(?:0x)?([0-9a-f]+),\s*%[er]cx|#()\s+(?:0x)?([0-9a-f]+)", text)
                if number is None:
                    return None
                value = int(number.group(2) or number.group(4), 16)
                return self.starts.get((-value if number.group(1) else value) & 0xffffffffffffffff)
        return None

    def walk(self, name, first, mistakes, bodies):
        """Follows all instructions from `first` that run with user access open."""
        seen, left = set(), [first]
        while left:
            index = left.pop()
            if index in seen:
                continue
            seen.add(index)
            address, text = self.functions[name][index]
            word = text.split()[0]
            if word in ("clac", "stac", "popf", "popfq"):
                continue
            following, leaves = self.successors(name, index)
            found = leaves or ("vector register" if VECTOR.search(text) else None)
            if leaves and ATTEMPT.search(leaves):
                bodies.add((name, index, self.body_of(name, index)))
            elif leaves and leaves.split()[1:] and leaves.split()[1] in self.functions:
                bodies.add((name, index, leaves.split()[1]))
            if found:
                mistakes.setdefault(name, {})[address] = (found, text)
            left.extend(following)


def intended(name, found):
    return any(re.search(where, name) and re.fullmatch(what, found) for where, what, _ in INTENDED)


def mistakes_of(program):
    """Returns for each function its mistakes with user access open, with addresses; and how much code was checked."""
    mistakes, bodies, opened = {}, set(), 0
    for name, lines in program.functions.items():
        restores = program.restores(name)
        for index, (_, text) in enumerate(lines):
            if text == "stac" and index not in restores:
                opened += 1
                if index + 1 < len(lines):
                    program.walk(name, index + 1, mistakes, bodies)
    bodies.update((name, 0, name) for name in program.functions if RUNS_OPEN.search(name))
    walked = set()
    while bodies:
        caller, index, body = bodies.pop()
        if body is None:
            address, text = program.functions[caller][index]
            mistakes.setdefault(caller, {})[address] = ("an attempt of a function that is not known", text)
        elif body not in walked:
            walked.add(body)
            inside = {}
            program.walk(body, 0, inside, bodies)
            for address, (found, text) in inside.get(body, {}).items():
                if found != "return":
                    mistakes.setdefault(body, {})[address] = (found, text)
    left = {}
    for name, places in mistakes.items():
        kept = {address: what for address, what in places.items() if not intended(name, what[0])}
        if kept:
            left[name] = kept
    return left, opened, len(walked)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--objdump", required=True)
    parser.add_argument("--broken", action="append", default=[])
    parser.add_argument("file")
    arguments = parser.parse_args()
    mistakes, opened, bodies = mistakes_of(Program(arguments.objdump, arguments.file))
    for name, places in sorted(mistakes.items()):
        address, (found, text) = min(places.items())
        print(f"{name}: {address:x}: with user memory open: {found}: {text} ({len(places)} such places)")
    print(f"{opened} places that open user memory, {bodies} functions that run with it open")
    if not opened:
        print(f"{arguments.file}: user memory is opened nowhere")
        return 1
    if sorted(mistakes) == sorted(arguments.broken):
        print("no mistakes")
        return 0
    print(f"wanted mistakes in {sorted(arguments.broken) or 'none'}, found them in {sorted(mistakes) or 'none'}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
