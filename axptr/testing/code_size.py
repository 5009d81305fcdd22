#!/usr/bin/env python3
"""Prints the size of the machine code of each function of the library that accesses user memory, as a Markdown table.

    code_size.py --objdump PROGRAM --headers FOLDER [--shown FILE] NAME=OBJECT...

Each OBJECT is code_size.cc, compiled with -ffunction-sections; NAME is the title of its column. A row is a function
of code_size.cc, named after a header and a function of the library. Its size includes all functions that it reaches,
also those that other rows reach. The last row is the size of all functions, each counted once.

The functions of a header are those that take `P&& provider` or `G&& gate`. Each must have a row. With --shown, each
must also have a row in that file; the numbers in that file are not compared.
Exit status: 0 each function has a row; 1 a function has no row; 2 an object could not be read.
"""

import argparse
import pathlib
import re
import subprocess
import sys

FUNCTION = re.compile(r"\b(\w+)\((?:P|G)&& (?:provider|gate)\b")
# Headers whose functions only call those of the other headers, and the header whose functions a kernel implements.
NO_FUNCTIONS_OF_THEIR_OWN = ("addr_space.h", "copy_bytes.h", "copy_str.h", "user_value.h")


def functions_of(folder):
    """The functions of all headers, as HEADER__FUNCTION."""
    found = set()
    for header in sorted(pathlib.Path(folder).glob("*.h")):
        if header.name not in NO_FUNCTIONS_OF_THEIR_OWN:
            found |= {f"{header.stem}__{name}" for name in FUNCTION.findall(header.read_text())}
    return found


class Code:
    """The functions of an object. Each function is a section."""

    def __init__(self, objdump, path):
        listing = subprocess.run([objdump, "--syms", "--reloc", path], capture_output=True, text=True, check=False)
        if listing.returncode != 0:
            print(f"{objdump} cannot read {path}: {listing.stderr}", file=sys.stderr)
            sys.exit(2)
        self.size = {}  # of a section
        self.section = {}  # of a symbol
        for section, size, name in re.findall(
                r"^[0-9a-f]+ .{7} (\.text\S*)\s([0-9a-f]+) (?:\.hidden )?(\S+)$", listing.stdout, re.MULTILINE):
            self.section[name] = section
            self.size[section] = max(self.size.get(section, 0), int(size, 16))
        self.reached = {}  # sections, from a section
        for records in listing.stdout.split("RELOCATION RECORDS FOR ")[1:]:
            section = re.match(r"\[(\S+)\]:", records).group(1)
            targets = re.findall(r"^[0-9a-f]+ R_\w+ +([^-+\s]\S*?)(?:[-+]0x[0-9a-f]+)?$", records, re.MULTILINE)
            self.reached[section] = {self.section.get(name, name) for name in targets}

    def rows(self):
        return [name for name in self.section if "__" in name and not name.startswith(("_", "."))]

    def bytes_from(self, symbol):
        """The size of `symbol` and of all that it reaches."""
        seen = set()
        left = [self.section[symbol]]
        while left:
            section = left.pop()
            if section not in seen and section in self.size:
                seen.add(section)
                left.extend(self.reached.get(section, ()))
        return sum(self.size[section] for section in seen)


def label_of(symbol):
    header, function, *variant = symbol.split("__")
    return f"`{header}.h` `{function}`" + (f", {variant[0]}" if variant else "")


def print_table(columns):
    print("| function | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    rows = sorted({name for code in columns.values() for name in code.rows()})
    for symbol in rows:
        cells = [str(code.bytes_from(symbol)) if symbol in code.section else "-" for code in columns.values()]
        print(f"| {label_of(symbol)} | " + " | ".join(cells) + " |")
    print("| all | " + " | ".join(str(sum(code.size.values())) for code in columns.values()) + " |")
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--objdump", required=True)
    parser.add_argument("--headers", required=True)
    parser.add_argument("--shown")
    parser.add_argument("objects", nargs="+", metavar="NAME=OBJECT")
    arguments = parser.parse_args()
    columns = {}
    for column in arguments.objects:
        name, _, path = column.partition("=")
        columns[name] = Code(arguments.objdump, path)
    rows = print_table(columns)
    wanted = functions_of(arguments.headers)
    missing = {name: "the table" for name in wanted
               if not all(any(f"{symbol}__".startswith(f"{name}__") for symbol in code.rows()) for code in columns.values())}
    if arguments.shown:
        text = pathlib.Path(arguments.shown).read_text()
        missing |= {name: arguments.shown for name in rows if f"| {label_of(name)} |" not in text}
    for name, where in sorted(missing.items()):
        print(f"{label_of(name)} is not in {where}")
    return 1 if missing or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
