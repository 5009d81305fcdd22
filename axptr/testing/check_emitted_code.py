#!/usr/bin/env python3
"""Checks the machine code of emitted_code.cc: the user-access flag is set before an access and restored after it,
and the progress of a transfer is stored after the access that it counts.

    check_emitted_code.py --objdump PROGRAM --machine x86_64|aarch64|riscv64 [--broken NAME]... OBJECT

Reads each function as a list of events, in the order of its instructions:

    flag     a store of one byte that is not to the stack. emitted_code.cc has no such store except to the flag
    attempt  a reference to axptr_platform_attempt, i.e. the call
    first, second, third
             an access of memory at the displacement of that name in emitted_code.cc

In a function for the progress of a transfer, which sets no flag:

    kernel   one or more of flag and second: kernel memory has any alignment, and riscv64 accesses it byte by byte

Compares the events with the expected ones. `--broken NAME` is for the control: code that was compiled
without compiler barriers and with -fdelete-null-pointer-checks. Exactly the named functions must be wrong.
Exit status: 0 the events are as expected; 1 they are not; 2 the object could not be read.
"""

import argparse
import re
import sys

sys.dont_write_bytecode = True  # write no files into the source tree
from disassembly import functions_of  # noqa: E402

DISPLACEMENTS = {0x2a8: "first", 0x4c8: "second", 0x628: "third"}

# The stores of one byte of each machine, and the memory operand of any access: displacement, base register.
BYTE_STORE = {
    "x86_64": re.compile(r"^(?:movb\s+\$\S+|mov\s+%(?:[abcd]l|[sd]il|bpl|r\d+b)),(?!%\w+$)(?!.*\(%rsp)"),
    "aarch64": re.compile(r"^sturb?\s+w\w+, \[(?!sp\b|x29\b)|^strb\s+w\w+, \[(?!sp\b|x29\b)"),
    "riscv64": re.compile(r"^sb\s+\w+,-?\d+\((?!sp\))"),
}
DISPLACEMENT = {
    "x86_64": re.compile(r"(0x[0-9a-f]+)\(%(?!rsp|rip)"),
    "aarch64": re.compile(r"^(?:ld|st)\w+\s.*\[(?!sp\b|x29\b)\w+, #(\d+)\]"),
    "riscv64": re.compile(r"^[ls][bhwd]u?\s+\w+,(\d+)\((?!sp\))"),
}
LOAD = {
    "x86_64": re.compile(r"^mov\s+(?:0x0|\(%\w+\)),%r"),
    "aarch64": re.compile(r"^ldr\s+x\d+, \[x\d+\]"),
    "riscv64": re.compile(r"^ld\s+\w+,0\(\w+\)"),
}
TRAP = re.compile(r"^(?:ud2|int3|brk|udf|ebreak|unimp|c\.unimp)\b|^\.")
NULL_ANSWER = re.compile(r"(?<!\w)(?:0x5a5|1445)\b")

# The expected events of each function. It has no others.
EVENTS = {
    "flag_around_a_store": "flag first flag",
    "flag_around_a_load": "flag first flag",
    "flag_around_nested_stores": "flag flag first flag second flag",
    "flag_not_around_neighbours": "second flag first flag third",
    "flag_clear_around_a_store": "flag second flag",
    "flag_around_an_attempt": "flag attempt flag",
    "progress_after_a_load": "first kernel third",
    "progress_after_a_store": "kernel first third",
    "progress_after_a_zero": "first third",
    "progress_after_a_character": "first kernel third",
}


def events_of(lines, machine):
    events = []
    for line in lines:
        if re.match(r"R_\w+\s+axptr_platform_attempt\b", line):
            events.append("attempt")
        elif BYTE_STORE[machine].search(line):
            events.append("flag")
        elif not line.startswith("lea") and (displacement := DISPLACEMENT[machine].search(line)):
            name = DISPLACEMENTS.get(int(displacement.group(1), 0))
            if name:
                events.append(name)
    return " ".join(events)


def mistakes_of(functions, machine):
    """The mistakes, by the name of the function in emitted_code.cc."""
    mistakes = {}
    for name, wanted in EVENTS.items():
        found = events_of(functions.get(name, []), machine)
        if name.startswith("progress_"):
            found = re.sub(r"\b(?:flag|second)(?: (?:flag|second))*", "kernel", found)
        if found != wanted:
            mistakes[name] = f"wanted: {wanted or 'nothing'}; found: {found or 'nothing'}"
    # The function that axptr_platform_attempt calls back is the only one that is not extern "C".
    bodies = [name for name in functions if name.startswith("_Z")]
    accessed = [events_of(functions[name], machine) for name in bodies]
    if accessed != ["first"]:
        mistakes["flag_around_an_attempt"] = f"wanted the access alone in one function, found {accessed}"
    if not any(NULL_ANSWER.search(line) for line in functions.get("null_check_of_a_reference", [])):
        mistakes["null_check_of_a_reference"] = "the comparison with null is gone"
    zero = functions.get("load_at_address_zero", [])
    if (any(TRAP.search(line) for line in zero) or not any(LOAD[machine].search(line) for line in zero)
            or zero[-1].split()[0] != "ret"):
        mistakes["load_at_address_zero"] = "wanted a load and a return"
    return mistakes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--objdump", required=True)
    parser.add_argument("--machine", required=True, choices=sorted(BYTE_STORE))
    parser.add_argument("--broken", action="append", default=[])
    parser.add_argument("object")
    arguments = parser.parse_args()
    functions = functions_of(arguments.objdump, arguments.object)
    mistakes = mistakes_of(functions, arguments.machine)
    for name, mistake in sorted(mistakes.items()):
        print(f"{name}: {mistake}")
        print("".join(f"    {line}\n" for line in functions.get(name, ["is not there"])), end="")
    if sorted(mistakes) == sorted(arguments.broken):
        print("no mistakes")
        return 0
    print(f"{arguments.object}: wanted mistakes in {sorted(arguments.broken) or 'none'}, "
          f"found them in {sorted(mistakes) or 'none'}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
